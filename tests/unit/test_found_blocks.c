/* SPDX-License-Identifier: MIT */
/* state/found_blocks on a simulated disk: what crashes, full and slow disks leave of a block. */
#include <check.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>

#include "common/clock.h"
#include "common/log_limit.h"
#include "fake_disk.h"
#include "found_blocks_fixture.h"
#include "io/store_files.h"
#include "suite_main.h"

static struct found_blocks_fixture *const fixture = &found_blocks_fixture;

START_TEST(saved_before_it_is_submitted)
{
	found_blocks_fixture_find(1, 100);
	ck_assert_uint_eq(fixture->submitted, 0);
	found_blocks_fixture_pass(100 * CLOCK_MS);
	ck_assert_uint_eq(fixture->submitted, 1);
	ck_assert(fixture->saved);
	found_blocks_fixture_check(1, FOUND_BLOCK_SUBMITTING);
	found_blocks_fixture_answer(1, BLOCK_ACCEPTED, "null: accepted");
	found_blocks_fixture_check(1, FOUND_BLOCK_ACCEPTED);
	ck_assert_uint_eq(fixture->answers, 1);
	ck_assert_uint_eq(fixture->unsaved, 0);
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
				found_blocks_fixture_tip(199);
				found_blocks_fixture_see(1, FOUND_BLOCK_CONFIRMATIONS);
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
		ck_assert_uint_eq(fixture->unreadable, 0);
	}
}
END_TEST

START_TEST(pending_over_restarts)
{
	found_blocks_fixture_find(1, 100);
	found_blocks_fixture_settle();
	for (unsigned i = 1; i < 4; i++) {
		found_blocks_fixture_restart(true);
		ck_assert_uint_eq(fixture->restored, i);
		ck_assert_uint_eq(fixture->submitted, i);
		found_blocks_fixture_check(1, FOUND_BLOCK_SUBMITTING);
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
	found_blocks_fixture_check(1, FOUND_BLOCK_ACCEPTED);
	ck_assert_str_eq(found_blocks_fixture_record(1)->answer, "duplicate");
	found_blocks_ready(&fixture->found, "regtest");
	ck_assert_uint_eq(fixture->submitted, 4);
	ck_assert_uint_eq(fixture->restored, 3);
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
	found_blocks_fixture_check(1, FOUND_BLOCK_REJECTED);
	ck_assert_uint_eq(fixture->restored, 0);
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
	found_blocks_fixture_check(1, FOUND_BLOCK_SUBMITTING);
}
END_TEST

START_TEST(a_full_disk)
{
	fixture->error = -ENOSPC;
	found_blocks_fixture_find(1, 100);
	found_blocks_fixture_pass(100 * CLOCK_MS);
	ck_assert_uint_eq(fixture->submitted, 1);
	ck_assert(!fixture->saved);
	ck_assert_uint_eq(fixture->unsaved, 1);
	found_blocks_fixture_pass(CLOCK_S);
	found_blocks_tick(&fixture->found);
	found_blocks_fixture_pass(CLOCK_S);
	ck_assert_uint_eq(fixture->unwritable, 1);
	/* Nothing of it takes up space. */
	ck_assert_uint_eq(found_blocks_fixture_files(), 0);
	ck_assert(!found_blocks_fixture_file_has("found-block-00.new", ""));
	/* Once there is space it is saved after all, and not submitted for that. */
	fixture->error = 0;
	found_blocks_fixture_pass(FOUND_BLOCKS_RETRY_MS * CLOCK_MS);
	found_blocks_fixture_settle();
	ck_assert_uint_eq(found_blocks_fixture_files(), 1);
	ck_assert_uint_eq(fixture->submitted, 1);
	ck_assert_uint_eq(fixture->unsaved, 1);
	found_blocks_fixture_restart(true);
	found_blocks_fixture_check(1, FOUND_BLOCK_SUBMITTING);
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
	ck_assert_uint_eq(fixture->unsaved, 1);
	found_blocks_fixture_pass(CLOCK_S);
	ck_assert_uint_eq(fixture->submitted, 2);
	ck_assert_uint_eq(fixture->unsaved, 2);
	/* The first one is answered while it is still being written. */
	found_blocks_fixture_answer(1, BLOCK_ACCEPTED, "null");
	for (unsigned i = 0; i < 200; i++) {
		found_blocks_tick(&fixture->found);
		found_blocks_fixture_pass(CLOCK_S);
	}
	ck_assert_uint_eq(fixture->submitted, 2);
	found_blocks_fixture_restart(true);
	found_blocks_fixture_check(1, FOUND_BLOCK_ACCEPTED);
	found_blocks_fixture_check(2, FOUND_BLOCK_SUBMITTING);
}
END_TEST

START_TEST(no_directory)
{
	fixture->no_directory = true;
	found_blocks_fixture_restart(false);
	found_blocks_fixture_find(1, 100);
	ck_assert_uint_eq(fixture->submitted, 1);
	ck_assert_uint_eq(fixture->unsaved, 0);
	found_blocks_fixture_answer(1, BLOCK_ACCEPTED, "null");
	found_blocks_fixture_check(1, FOUND_BLOCK_ACCEPTED);
	found_blocks_tick(&fixture->found);
	found_blocks_stop(&fixture->found);
	ck_assert(!found_blocks_busy(&fixture->found));
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
	ck_assert_uint_eq(fixture->given_up, 1);
	found_blocks_fixture_check(0, FOUND_BLOCK_ORPHANED);
	ck_assert(found_blocks_fixture_record(0)->watched);
	found_blocks_fixture_settle();
	found_blocks_fixture_restart(true);
	for (unsigned i = 1; i <= FOUND_BLOCK_PENDING_MAX; i++)
		found_blocks_fixture_check(i, FOUND_BLOCK_SUBMITTING);
	ck_assert_uint_eq(fixture->restored, LOG_LIMIT_MESSAGES);
	found_blocks_fixture_tip(100);
	found_blocks_fixture_see(0, 1);
	found_blocks_fixture_check(0, FOUND_BLOCK_ACCEPTED);
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
	ck_assert_uint_eq(fixture->unreadable, 3);
	ck_assert_uint_eq(fixture->found.list.n, 1);
	found_blocks_fixture_check(0, FOUND_BLOCK_SUBMITTING);
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
	found_blocks_fixture_check(1, FOUND_BLOCK_ORPHANED);
	found_blocks_fixture_tip(102);
	found_blocks_fixture_see(1, 3);
	found_blocks_fixture_check(1, FOUND_BLOCK_ACCEPTED);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("found_blocks");
	TCase *tc = tcase_create("found_blocks");

	tcase_add_checked_fixture(tc, found_blocks_fixture_begin, found_blocks_fixture_end);
	tcase_add_test(tc, saved_before_it_is_submitted);
	tcase_add_loop_test(tc, a_crash_at_every_step, 0, 2);
	tcase_add_test(tc, pending_over_restarts);
	tcase_add_test(tc, written_at_the_end);
	tcase_add_test(tc, found_at_the_very_end);
	tcase_add_test(tc, a_full_disk);
	tcase_add_test(tc, a_slow_disk);
	tcase_add_test(tc, no_directory);
	tcase_add_test(tc, more_than_can_wait);
	tcase_add_test(tc, torn_files);
	tcase_add_test(tc, a_file_that_is_missing);
	suite_add_tcase(suite, tc);
	return suite_main(suite);
}
