/* SPDX-License-Identifier: MIT */
/* state/found_blocks on a simulated disk: what crashes, full and slow disks leave of a block. */
#include <check.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>

#include "common/cleanup.h"
#include "common/clock.h"
#include "common/container.h"
#include "common/log.h"
#include "common/log_limit.h"
#include "fake_disk.h"
#include "found_blocks_fixture.h"
#include "io/store_files.h"
#include "suite_main.h"
#include "systemd/ids.h"

static struct found_blocks_fixture *const fixture = &found_blocks_fixture;
static unsigned unsaved, restored, answers, given_up, confirmed, orphaned, back, unreadable,
	unwritable;

static void hear(enum log_level level, const char *text, const struct log_field *fields)
{
	const struct {
		const char *id;
		unsigned *n;
	} events[] = {
		{ID_SOLO_BLOCK_UNSAVED, &unsaved},     {ID_SOLO_BLOCK_RESTORED, &restored},
		{ID_SOLO_BLOCK_ACCEPTED, &answers},    {ID_SOLO_BLOCK_INCONCLUSIVE, &answers},
		{ID_SOLO_BLOCK_STALE, &answers},       {ID_SOLO_BLOCK_INVALID, &answers},
		{ID_SOLO_BLOCK_UNANSWERED, &answers},  {ID_SOLO_BLOCK_GIVEN_UP, &given_up},
		{ID_SOLO_BLOCK_CONFIRMED, &confirmed}, {ID_SOLO_BLOCK_ORPHANED, &orphaned},
		{ID_SOLO_BLOCK_BACK, &back},	       {ID_STATE_UNREADABLE, &unreadable},
		{ID_STATE_UNWRITABLE, &unwritable},
	};

	for (; fields && fields->name; fields++)
		for (size_t i = 0; i < ARRAY_SIZE(events); i++)
			if (strcmp(fields->name, "MESSAGE_ID") == 0 &&
			    strcmp(fields->value, events[i].id) == 0)
				++*events[i].n;
}

static void setup(void)
{
	unsaved = restored = answers = given_up = confirmed = orphaned = back = unreadable = 0;
	unwritable = 0;
	log_set_sink(hear);
	found_blocks_fixture_begin();
}

static void check_state(unsigned i, enum found_block_state state)
{
	const struct found_block *record = found_blocks_fixture_record(i);

	ck_assert_ptr_nonnull(record);
	ck_assert_int_eq(record->state, state);
}

static void tip(uint32_t height)
{
	found_blocks_tip(&fixture->found, "regtest", height);
}

static void see(unsigned i, int64_t confirmations)
{
	const struct target hash = found_blocks_fixture_hash(i);

	found_blocks_seen(&fixture->found, &hash, confirmations);
}

START_TEST(saved_before_it_is_submitted)
{
	found_blocks_fixture_find(1, 100);
	ck_assert_uint_eq(fixture->submitted, 0);
	found_blocks_fixture_pass(100 * CLOCK_MS);
	ck_assert_uint_eq(fixture->submitted, 1);
	ck_assert(fixture->saved);
	check_state(1, FOUND_BLOCK_SUBMITTING);
	found_blocks_fixture_answer(1, BLOCK_ACCEPTED, "null: accepted");
	check_state(1, FOUND_BLOCK_ACCEPTED);
	ck_assert_uint_eq(answers, 1);
	ck_assert_uint_eq(unsaved, 0);
	found_blocks_fixture_settle();
	ck_assert(found_blocks_fixture_file_has("found-blocks.json", "null: accepted"));
	ck_assert_uint_eq(fixture->submitted, 1);
}
END_TEST

/*
 * Whatever the operation is at which the machine ends: a block that was submitted is there
 * afterwards, and one whose answer is not known is submitted again.
 */
START_TEST(a_crash_at_every_step)
{
	bool over = false;

	for (unsigned crash = 1; !over; crash++) {
		bool power_loss = _i, answered = false;
		unsigned submitted;

		ck_assert_uint_lt(crash, 200);
		found_blocks_fixture_end();
		found_blocks_fixture_begin();
		fixture->crash = crash;
		found_blocks_fixture_find(1, 100);
		for (unsigned i = 0; i < 40 && !fixture->crashed; i++) {
			found_blocks_fixture_pass(100 * CLOCK_MS);
			if (fixture->crashed)
				break;
			ck_assert_uint_eq(fixture->submitted, 1);
			ck_assert(fixture->saved);
			if (i == 20) {
				found_blocks_fixture_answer(1, BLOCK_ACCEPTED, "null");
				answered = true;
			}
			if (i == 30) {
				tip(199);
				see(1, FOUND_BLOCK_CONFIRMATIONS);
			}
			found_blocks_tick(&fixture->found);
		}
		over = !fixture->crashed;
		submitted = fixture->submitted;
		found_blocks_fixture_restart(power_loss);
		if (submitted)
			ck_assert_ptr_nonnull(found_blocks_fixture_record(1));
		found_blocks_ready(&fixture->found, "regtest");
		if (submitted && !answered)
			ck_assert_uint_eq(fixture->submitted, 2);
		found_blocks_fixture_answer(1, BLOCK_ACCEPTED, "duplicate");
		ck_assert_uint_eq(unreadable, 0);
	}
}
END_TEST

START_TEST(pending_over_restarts)
{
	found_blocks_fixture_find(1, 100);
	found_blocks_fixture_settle();
	for (unsigned i = 1; i < 4; i++) {
		found_blocks_fixture_restart(true);
		ck_assert_uint_eq(restored, i);
		ck_assert_uint_eq(fixture->submitted, i);
		check_state(1, FOUND_BLOCK_SUBMITTING);
		ck_assert_uint_eq(found_blocks_fixture_record(1)->height, 100);
		ck_assert_str_eq(found_blocks_fixture_record(1)->chain, "regtest");
		/* Not to a node of another chain. */
		found_blocks_ready(&fixture->found, "main");
		ck_assert_uint_eq(fixture->submitted, i);
		found_blocks_ready(&fixture->found, "regtest");
		ck_assert_uint_eq(fixture->submitted, i + 1);
	}
	found_blocks_fixture_answer(1, BLOCK_ACCEPTED, "duplicate");
	found_blocks_fixture_settle();
	found_blocks_fixture_restart(false);
	check_state(1, FOUND_BLOCK_ACCEPTED);
	ck_assert_str_eq(found_blocks_fixture_record(1)->answer, "duplicate");
	found_blocks_ready(&fixture->found, "regtest");
	ck_assert_uint_eq(fixture->submitted, 4);
	ck_assert_uint_eq(restored, 3);
}
END_TEST

/* The last write of the list began before the end. */
START_TEST(written_at_the_end)
{
	found_blocks_fixture_find(1, 100);
	found_blocks_fixture_pass(100 * CLOCK_MS);
	found_blocks_fixture_answer(1, BLOCK_INVALID, "high-hash");
	found_blocks_fixture_pass(20 * CLOCK_MS);
	found_blocks_stop(&fixture->found);
	while (found_blocks_busy(&fixture->found))
		found_blocks_fixture_pass(CLOCK_MS);
	found_blocks_fixture_restart(true);
	check_state(1, FOUND_BLOCK_REJECTED);
	ck_assert_uint_eq(restored, 0);
}
END_TEST

START_TEST(found_at_the_very_end)
{
	found_blocks_fixture_find(1, 100);
	found_blocks_stop(&fixture->found);
	ck_assert_uint_eq(fixture->submitted, 1);
	while (found_blocks_busy(&fixture->found))
		found_blocks_fixture_pass(CLOCK_MS);
	ck_assert_uint_eq(fixture->submitted, 1);
	found_blocks_fixture_restart(true);
	check_state(1, FOUND_BLOCK_SUBMITTING);
}
END_TEST

START_TEST(a_full_disk)
{
	fixture->error = -ENOSPC;
	found_blocks_fixture_find(1, 100);
	found_blocks_fixture_pass(100 * CLOCK_MS);
	ck_assert_uint_eq(fixture->submitted, 1);
	ck_assert(!fixture->saved);
	ck_assert_uint_eq(unsaved, 1);
	found_blocks_fixture_pass(CLOCK_S);
	found_blocks_tick(&fixture->found);
	found_blocks_fixture_pass(CLOCK_S);
	ck_assert_uint_eq(unwritable, 1);
	/* Nothing of it takes up space. */
	ck_assert_uint_eq(found_blocks_fixture_files(), 0);
	ck_assert(!found_blocks_fixture_file_has("found-block-00.new", ""));
	/* Once there is space it is saved after all, and not submitted for that. */
	fixture->error = 0;
	found_blocks_fixture_pass(FOUND_BLOCKS_RETRY_MS * CLOCK_MS);
	found_blocks_fixture_settle();
	ck_assert_uint_eq(found_blocks_fixture_files(), 1);
	ck_assert_uint_eq(fixture->submitted, 1);
	ck_assert_uint_eq(unsaved, 1);
	found_blocks_fixture_restart(true);
	check_state(1, FOUND_BLOCK_SUBMITTING);
}
END_TEST

START_TEST(a_slow_disk)
{
	fixture->fsync_ns = 20 * CLOCK_S;
	found_blocks_fixture_find(1, 100);
	found_blocks_fixture_pass(CLOCK_S);
	found_blocks_fixture_find(2, 101);
	found_blocks_fixture_pass(900 * CLOCK_MS);
	ck_assert_uint_eq(fixture->submitted, 0);
	found_blocks_fixture_pass(200 * CLOCK_MS);
	ck_assert_uint_eq(fixture->submitted, 1);
	ck_assert_uint_eq(unsaved, 1);
	found_blocks_fixture_pass(CLOCK_S);
	ck_assert_uint_eq(fixture->submitted, 2);
	ck_assert_uint_eq(unsaved, 2);
	/* The first one is answered while it is still being written. */
	found_blocks_fixture_answer(1, BLOCK_ACCEPTED, "null");
	for (unsigned i = 0; i < 200; i++) {
		found_blocks_tick(&fixture->found);
		found_blocks_fixture_pass(CLOCK_S);
	}
	ck_assert_uint_eq(fixture->submitted, 2);
	found_blocks_fixture_restart(true);
	check_state(1, FOUND_BLOCK_ACCEPTED);
	check_state(2, FOUND_BLOCK_SUBMITTING);
}
END_TEST

START_TEST(no_directory)
{
	fixture->no_directory = true;
	found_blocks_fixture_restart(false);
	found_blocks_fixture_find(1, 100);
	ck_assert_uint_eq(fixture->submitted, 1);
	ck_assert_uint_eq(unsaved, 1);
	found_blocks_fixture_answer(1, BLOCK_ACCEPTED, "null");
	check_state(1, FOUND_BLOCK_ACCEPTED);
	found_blocks_tick(&fixture->found);
	found_blocks_stop(&fixture->found);
	ck_assert(!found_blocks_busy(&fixture->found));
}
END_TEST

START_TEST(found_twice)
{
	found_blocks_fixture_find(1, 100);
	found_blocks_fixture_find(1, 100);
	found_blocks_fixture_pass(100 * CLOCK_MS);
	found_blocks_fixture_find(1, 100);
	found_blocks_fixture_pass(100 * CLOCK_MS);
	ck_assert_uint_eq(fixture->submitted, 1);
	ck_assert_uint_eq(fixture->found.list.n, 1);
	found_blocks_fixture_answer(1, BLOCK_ACCEPTED, "null");
	found_blocks_fixture_find(1, 100);
	found_blocks_fixture_pass(100 * CLOCK_MS);
	ck_assert_uint_eq(fixture->submitted, 1);
}
END_TEST

/* Of several nodes' answers the best one counts, whichever comes first. */
START_TEST(answered_twice)
{
	static const struct {
		enum block_verdict first, second;
		enum found_block_state state;
		unsigned logged;
	} cases[] = {
		{BLOCK_ACCEPTED, BLOCK_ACCEPTED, FOUND_BLOCK_ACCEPTED, 1},
		{BLOCK_ACCEPTED, BLOCK_INVALID, FOUND_BLOCK_ACCEPTED, 1},
		{BLOCK_ACCEPTED, BLOCK_INCONCLUSIVE, FOUND_BLOCK_ACCEPTED, 1},
		{BLOCK_INVALID, BLOCK_ACCEPTED, FOUND_BLOCK_ACCEPTED, 2},
		{BLOCK_INVALID, BLOCK_STALE, FOUND_BLOCK_STALE, 2},
		{BLOCK_INVALID, BLOCK_INVALID, FOUND_BLOCK_REJECTED, 1},
		{BLOCK_STALE, BLOCK_INCONCLUSIVE, FOUND_BLOCK_ORPHANED, 2},
		{BLOCK_STALE, BLOCK_ACCEPTED, FOUND_BLOCK_ACCEPTED, 2},
		{BLOCK_INCONCLUSIVE, BLOCK_STALE, FOUND_BLOCK_ORPHANED, 1},
		{BLOCK_INCONCLUSIVE, BLOCK_ACCEPTED, FOUND_BLOCK_ACCEPTED, 2},
		{BLOCK_UNANSWERED, BLOCK_ACCEPTED, FOUND_BLOCK_ACCEPTED, 2},
		{BLOCK_ACCEPTED, BLOCK_UNANSWERED, FOUND_BLOCK_ACCEPTED, 1},
	};

	for (unsigned i = 0; i < ARRAY_SIZE(cases); i++) {
		answers = 0;
		found_blocks_fixture_find(i, 100 + i);
		found_blocks_fixture_pass(100 * CLOCK_MS);
		found_blocks_fixture_answer(i, cases[i].first, "one");
		found_blocks_fixture_answer(i, cases[i].second, "two");
		check_state(i, cases[i].state);
		ck_assert_uint_eq(answers, cases[i].logged);
		ck_assert_str_eq(found_blocks_fixture_record(i)->answer,
				 cases[i].logged == 2 ? "two" : "one");
		/* The log has so many of each place and pool a minute. */
		found_blocks_fixture_pass(61 * CLOCK_S);
	}
	/* Of a block that nobody knows. */
	found_blocks_fixture_answer(99, BLOCK_ACCEPTED, "null");
	ck_assert_uint_eq(fixture->found.list.n, ARRAY_SIZE(cases));
}
END_TEST

START_TEST(a_node_that_cannot_judge)
{
	found_blocks_fixture_find(1, 100);
	found_blocks_fixture_pass(100 * CLOCK_MS);
	found_blocks_fixture_answer(1, BLOCK_UNANSWERED, "busy");
	check_state(1, FOUND_BLOCK_SUBMITTING);
	found_blocks_fixture_settle();
	ck_assert_uint_eq(fixture->submitted, 1);
	found_blocks_fixture_pass(FOUND_BLOCKS_AGAIN_MS * CLOCK_MS);
	found_blocks_fixture_settle();
	ck_assert_uint_eq(fixture->submitted, 2);
	found_blocks_fixture_pass(FOUND_BLOCKS_AGAIN_MS * CLOCK_MS);
	found_blocks_fixture_settle();
	ck_assert_uint_eq(fixture->submitted, 2);
}
END_TEST

START_TEST(confirmed_after_100)
{
	found_blocks_fixture_find(1, 100);
	found_blocks_fixture_pass(100 * CLOCK_MS);
	found_blocks_fixture_answer(1, BLOCK_ACCEPTED, "null");
	tip(99); /* of a node that is behind */
	ck_assert_uint_eq(fixture->asked, 0);
	for (uint32_t height = 100; height < 199; height++) {
		tip(height);
		tip(height);
		ck_assert_uint_eq(fixture->asked, height - 99);
		see(1, height - 99);
		check_state(1, FOUND_BLOCK_ACCEPTED);
		ck_assert_uint_eq(found_blocks_fixture_record(1)->confirmations, height - 99);
	}
	found_blocks_fixture_settle();
	ck_assert_uint_eq(found_blocks_fixture_files(), 1);
	/* Another chain is of no account. */
	found_blocks_tip(&fixture->found, "main", 900000);
	ck_assert_uint_eq(fixture->asked, 99);
	tip(199);
	see(1, 100);
	check_state(1, FOUND_BLOCK_CONFIRMED);
	ck_assert_uint_eq(confirmed, 1);
	found_blocks_fixture_settle();
	ck_assert_uint_eq(found_blocks_fixture_files(), 0);
	tip(200);
	ck_assert_uint_eq(fixture->asked, 100);
	found_blocks_fixture_restart(true);
	check_state(1, FOUND_BLOCK_CONFIRMED);
}
END_TEST

START_TEST(orphaned_and_back)
{
	found_blocks_fixture_find(1, 100);
	found_blocks_fixture_pass(100 * CLOCK_MS);
	found_blocks_fixture_answer(1, BLOCK_ACCEPTED, "null");
	tip(100);
	see(1, 1);
	tip(101);
	see(1, -1);
	check_state(1, FOUND_BLOCK_ORPHANED);
	see(1, -1);
	ck_assert_uint_eq(orphaned, 1);
	ck_assert_uint_eq(found_blocks_fixture_record(1)->confirmations, 0);
	found_blocks_fixture_settle();
	found_blocks_fixture_restart(true);
	tip(102);
	ck_assert_uint_eq(fixture->asked, 3);
	see(1, 3);
	check_state(1, FOUND_BLOCK_ACCEPTED);
	ck_assert_uint_eq(back, 1);
	tip(103);
	see(1, -1);
	ck_assert_uint_eq(orphaned, 2);
	tip(199);
	see(1, -1);
	ck_assert(found_blocks_fixture_record(1)->watched);
	tip(200);
	see(1, -1);
	/* For good. */
	ck_assert(!found_blocks_fixture_record(1)->watched);
	see(1, 5);
	check_state(1, FOUND_BLOCK_ORPHANED);
	found_blocks_fixture_settle();
	ck_assert_uint_eq(found_blocks_fixture_files(), 0);
}
END_TEST

/* A node that is behind the one that took the block does not know it yet. */
START_TEST(a_node_that_is_behind)
{
	found_blocks_fixture_find(1, 100);
	found_blocks_fixture_pass(100 * CLOCK_MS);
	found_blocks_fixture_answer(1, BLOCK_ACCEPTED, "null");
	tip(99);
	see(1, -1);
	check_state(1, FOUND_BLOCK_ACCEPTED);
	fixture->deaf = true;
	tip(101);
	fixture->deaf = false;
	tip(102);
	ck_assert_uint_eq(fixture->asked, 1);
}
END_TEST

/* As on regtest: each with its answer and a new tip. */
START_TEST(a_thousand_in_a_row)
{
	size_t size;

	for (unsigned i = 0; i < 1000; i++) {
		unsigned asked = fixture->asked;

		found_blocks_fixture_find(i, 1 + i);
		found_blocks_fixture_pass(60 * CLOCK_MS);
		ck_assert_uint_eq(fixture->submitted, i + 1);
		ck_assert(fixture->saved);
		found_blocks_fixture_answer(i, BLOCK_ACCEPTED, "null");
		tip(1 + i);
		ck_assert_uint_le(fixture->asked - asked, FOUND_BLOCKS_ASKS);
		for (; asked < fixture->asked; asked++) {
			const struct target *hash = &fixture->asks[asked % FOUND_BLOCKS_ASKS];
			const struct found_block *record =
				found_block_list_find(&fixture->found.list, hash);

			found_blocks_seen(&fixture->found, hash, 2 + (int64_t)i - record->height);
		}
		ck_assert_uint_le(fixture->found.list.n, FOUND_BLOCK_LIST_MAX);
		ck_assert_uint_le(found_blocks_fixture_files(), FOUND_BLOCKS_SLOTS);
		if (i % 10 == 0)
			found_blocks_tick(&fixture->found);
	}
	found_blocks_fixture_settle();
	/* All that are deep enough, however fast they came. */
	for (unsigned i = 800; i < 900; i++)
		check_state(i, FOUND_BLOCK_CONFIRMED);
	check_state(999, FOUND_BLOCK_ACCEPTED);
	ck_assert_ptr_null(found_blocks_fixture_record(0));
	ck_assert_ptr_nonnull(fake_disk_file("found-blocks.json", &size));
	ck_assert_uint_lt(size, FOUND_BLOCKS_FIXTURE_DIGITS * 1000);
	found_blocks_fixture_restart(true);
	ck_assert_uint_eq(fixture->found.list.n, FOUND_BLOCK_LIST_MAX);
	ck_assert_uint_eq(unreadable + unsaved + restored, 0);
}
END_TEST

/* All wait for a node: the oldest one gives way, and all others are there after a restart. */
START_TEST(more_than_can_wait)
{
	for (unsigned i = 0; i <= FOUND_BLOCK_PENDING_MAX; i++) {
		found_blocks_fixture_find(i, 100 + i);
		found_blocks_fixture_pass(100 * CLOCK_MS);
		ck_assert(fixture->saved);
	}
	ck_assert_uint_eq(given_up, 1);
	check_state(0, FOUND_BLOCK_ORPHANED);
	ck_assert(found_blocks_fixture_record(0)->watched);
	found_blocks_fixture_settle();
	found_blocks_fixture_restart(true);
	for (unsigned i = 1; i <= FOUND_BLOCK_PENDING_MAX; i++)
		check_state(i, FOUND_BLOCK_SUBMITTING);
	ck_assert_uint_eq(restored, LOG_LIMIT_MESSAGES);
	tip(100);
	see(0, 1);
	check_state(0, FOUND_BLOCK_ACCEPTED);
}
END_TEST

static void put_file(const char *name, const char *text, size_t size)
{
	int fd = fake_disk_open(FAKE_DISK_DIRECTORY, name, O_CREAT);

	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(fake_disk_write(fd, text, size, 0), (int)size);
	fake_disk_fsync(fd);
	fake_disk_fsync(FAKE_DISK_DIRECTORY);
	store_files_close(fd);
}

/* Each file that is torn is set aside, and the others count. */
START_TEST(torn_files)
{
	static char text[FAKE_DISK_SIZE];
	const char *bytes;
	size_t size;

	for (unsigned i = 0; i < 3; i++)
		found_blocks_fixture_find(i, 100 + i);
	found_blocks_fixture_settle();
	bytes = fake_disk_file("found-block-01", &size);
	ck_assert_ptr_nonnull(bytes);
	memcpy(text, bytes, size);
	fake_disk_unlink(FAKE_DISK_DIRECTORY, "found-block-01");
	put_file("found-block-01", text, size - 40);
	fake_disk_unlink(FAKE_DISK_DIRECTORY, "found-blocks.json");
	put_file("found-blocks.json", "{\"version\":1,\"blo", 17);
	/* Digits of another block. */
	bytes = fake_disk_file("found-block-02", &size);
	memcpy(text, bytes, size);
	text[size - 5] = text[size - 200] = '7';
	fake_disk_unlink(FAKE_DISK_DIRECTORY, "found-block-02");
	put_file("found-block-02", text, size);
	found_blocks_fixture_restart(false);
	ck_assert_uint_eq(unreadable, 3);
	ck_assert_uint_eq(fixture->found.list.n, 1);
	check_state(0, FOUND_BLOCK_SUBMITTING);
	ck_assert(found_blocks_fixture_file_has("found-block-01.bad", "digits"));
	ck_assert(found_blocks_fixture_file_has("found-block-02.bad", "digits"));
	ck_assert(found_blocks_fixture_file_has("found-blocks.json.bad", "blo"));
	/* And the next ones work. */
	found_blocks_fixture_find(7, 107);
	found_blocks_fixture_settle();
	ck_assert(fixture->saved);
	ck_assert_uint_eq(found_blocks_fixture_files(), 2);
}
END_TEST

/* The list says that a block is submitted, but its file is gone: the chain knows. */
START_TEST(a_file_that_is_missing)
{
	found_blocks_fixture_find(1, 100);
	found_blocks_fixture_settle();
	fake_disk_unlink(FAKE_DISK_DIRECTORY, "found-block-00");
	found_blocks_fixture_restart(false);
	found_blocks_ready(&fixture->found, "regtest");
	ck_assert_uint_eq(fixture->submitted, 1);
	check_state(1, FOUND_BLOCK_ORPHANED);
	tip(102);
	see(1, 3);
	check_state(1, FOUND_BLOCK_ACCEPTED);
}
END_TEST

START_TEST(the_reply)
{
	CLEANUP(block_unrefp) struct block *block = found_blocks_fixture_block(1, 100);
	char hash[TARGET_TEXT_MAX];
	const char *text, *newer, *older;
	size_t size;

	ck_assert_str_eq(found_blocks_json(&fixture->found, &size), "{\"blocks\":[]}");
	found_blocks_fixture_find(1, 100);
	found_blocks_fixture_find(2, 101);
	found_blocks_fixture_pass(100 * CLOCK_MS);
	found_blocks_fixture_answer(1, BLOCK_ACCEPTED, "null");
	text = found_blocks_json(&fixture->found, &size);
	ck_assert_uint_eq(strlen(text), size);
	newer = strstr(text, "\"height\":101,");
	older = strstr(text, "\"height\":100,");
	ck_assert(newer && older && newer < older);
	ck_assert_ptr_nonnull(strstr(older, target_text(hash, &block->hash)));
	ck_assert_ptr_nonnull(strstr(
		older, "\"value\":5000000000,\"pool\":\"node\",\"chain\":\"regtest\",\"state\":"
		       "\"accepted\",\"watched\":true,\"confirmations\":0,\"answer\":\"null\"}"));
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("found_blocks");
	TCase *tc = tcase_create("found_blocks");

	tcase_add_checked_fixture(tc, setup, found_blocks_fixture_end);
	tcase_add_test(tc, saved_before_it_is_submitted);
	tcase_add_loop_test(tc, a_crash_at_every_step, 0, 2);
	tcase_add_test(tc, pending_over_restarts);
	tcase_add_test(tc, written_at_the_end);
	tcase_add_test(tc, found_at_the_very_end);
	tcase_add_test(tc, a_full_disk);
	tcase_add_test(tc, a_slow_disk);
	tcase_add_test(tc, no_directory);
	tcase_add_test(tc, found_twice);
	tcase_add_test(tc, answered_twice);
	tcase_add_test(tc, a_node_that_cannot_judge);
	tcase_add_test(tc, confirmed_after_100);
	tcase_add_test(tc, orphaned_and_back);
	tcase_add_test(tc, a_node_that_is_behind);
	tcase_add_test(tc, a_thousand_in_a_row);
	tcase_add_test(tc, more_than_can_wait);
	tcase_add_test(tc, torn_files);
	tcase_add_test(tc, a_file_that_is_missing);
	tcase_add_test(tc, the_reply);
	suite_add_tcase(suite, tc);
	return suite_main(suite);
}
