/* SPDX-License-Identifier: MIT */
/* state/found_blocks: what nodes say of a block, and what the chain does. */
#include <check.h>
#include <string.h>

#include "common/cleanup.h"
#include "common/clock.h"
#include "common/container.h"
#include "fake_disk.h"
#include "found_blocks_fixture.h"
#include "suite_main.h"

static struct found_blocks_fixture *const fixture = &found_blocks_fixture;

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
		fixture->answers = 0;
		found_blocks_fixture_find(i, 100 + i);
		found_blocks_fixture_pass(100 * CLOCK_MS);
		found_blocks_fixture_answer(i, cases[i].first, "one");
		found_blocks_fixture_answer(i, cases[i].second, "two");
		found_blocks_fixture_check(i, cases[i].state);
		ck_assert_uint_eq(fixture->answers, cases[i].logged);
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
	found_blocks_fixture_check(1, FOUND_BLOCK_SUBMITTING);
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
	found_blocks_fixture_tip(99); /* of a node that is behind */
	ck_assert_uint_eq(fixture->asked, 0);
	for (uint32_t height = 100; height < 199; height++) {
		found_blocks_fixture_tip(height);
		found_blocks_fixture_tip(height);
		ck_assert_uint_eq(fixture->asked, height - 99);
		found_blocks_fixture_see(1, height - 99);
		found_blocks_fixture_check(1, FOUND_BLOCK_ACCEPTED);
		ck_assert_uint_eq(found_blocks_fixture_record(1)->confirmations, height - 99);
	}
	found_blocks_fixture_settle();
	ck_assert_uint_eq(found_blocks_fixture_files(), 1);
	/* Another chain is of no account. */
	found_blocks_tip(&fixture->found, "main", 900000);
	ck_assert_uint_eq(fixture->asked, 99);
	found_blocks_fixture_tip(199);
	found_blocks_fixture_see(1, 100);
	found_blocks_fixture_check(1, FOUND_BLOCK_CONFIRMED);
	ck_assert_uint_eq(fixture->confirmed, 1);
	found_blocks_fixture_settle();
	ck_assert_uint_eq(found_blocks_fixture_files(), 0);
	found_blocks_fixture_tip(200);
	ck_assert_uint_eq(fixture->asked, 100);
	found_blocks_fixture_restart(true);
	found_blocks_fixture_check(1, FOUND_BLOCK_CONFIRMED);
}
END_TEST

START_TEST(orphaned_and_back)
{
	found_blocks_fixture_find(1, 100);
	found_blocks_fixture_pass(100 * CLOCK_MS);
	found_blocks_fixture_answer(1, BLOCK_ACCEPTED, "null");
	found_blocks_fixture_tip(100);
	found_blocks_fixture_see(1, 1);
	found_blocks_fixture_tip(101);
	found_blocks_fixture_see(1, -1);
	found_blocks_fixture_check(1, FOUND_BLOCK_ORPHANED);
	found_blocks_fixture_see(1, -1);
	ck_assert_uint_eq(fixture->orphaned, 1);
	ck_assert_uint_eq(found_blocks_fixture_record(1)->confirmations, 0);
	found_blocks_fixture_settle();
	found_blocks_fixture_restart(true);
	found_blocks_fixture_tip(102);
	ck_assert_uint_eq(fixture->asked, 3);
	found_blocks_fixture_see(1, 3);
	found_blocks_fixture_check(1, FOUND_BLOCK_ACCEPTED);
	ck_assert_uint_eq(fixture->back, 1);
	found_blocks_fixture_tip(103);
	found_blocks_fixture_see(1, -1);
	ck_assert_uint_eq(fixture->orphaned, 2);
	found_blocks_fixture_tip(199);
	found_blocks_fixture_see(1, -1);
	ck_assert(found_blocks_fixture_record(1)->watched);
	found_blocks_fixture_tip(200);
	found_blocks_fixture_see(1, -1);
	/* For good. */
	ck_assert(!found_blocks_fixture_record(1)->watched);
	found_blocks_fixture_see(1, 5);
	found_blocks_fixture_check(1, FOUND_BLOCK_ORPHANED);
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
	found_blocks_fixture_tip(99);
	found_blocks_fixture_see(1, -1);
	found_blocks_fixture_check(1, FOUND_BLOCK_ACCEPTED);
	fixture->deaf = true;
	found_blocks_fixture_tip(101);
	fixture->deaf = false;
	found_blocks_fixture_tip(102);
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
		found_blocks_fixture_tip(1 + i);
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
		found_blocks_fixture_check(i, FOUND_BLOCK_CONFIRMED);
	found_blocks_fixture_check(999, FOUND_BLOCK_ACCEPTED);
	ck_assert_ptr_null(found_blocks_fixture_record(0));
	ck_assert_ptr_nonnull(fake_disk_file("found-blocks.json", &size));
	ck_assert_uint_lt(size, FOUND_BLOCKS_FIXTURE_DIGITS * 1000);
	found_blocks_fixture_restart(true);
	ck_assert_uint_eq(fixture->found.list.n, FOUND_BLOCK_LIST_MAX);
	ck_assert_uint_eq(fixture->unreadable + fixture->unsaved + fixture->restored, 0);
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
	Suite *suite = suite_create("block_watch");
	TCase *tc = tcase_create("block_watch");

	tcase_add_checked_fixture(tc, found_blocks_fixture_begin, found_blocks_fixture_end);
	tcase_add_test(tc, found_twice);
	tcase_add_test(tc, answered_twice);
	tcase_add_test(tc, a_node_that_cannot_judge);
	tcase_add_test(tc, confirmed_after_100);
	tcase_add_test(tc, orphaned_and_back);
	tcase_add_test(tc, a_node_that_is_behind);
	tcase_add_test(tc, a_thousand_in_a_row);
	tcase_add_test(tc, the_reply);
	suite_add_tcase(suite, tc);
	return suite_main(suite);
}
