/* SPDX-License-Identifier: MIT */
/* Folder pool/: which shares came before, how long to wait, which difficulty to ask for. */
#include <check.h>
#include <stdlib.h>

#include "bitcoin/reject.h"
#include "common/clock.h"
#include "common/container.h"
#include "pool/backoff.h"
#include "pool/share_dedup.h"
#include "pool/stop_after.h"
#include "pool/suggest_difficulty.h"
#include "suite_main.h"

START_TEST(each_reason_has_a_name)
{
	for (unsigned i = 0; i < REJECT_N; i++)
		ck_assert_ptr_nonnull(reject_name(i));
}
END_TEST

static struct target hash_of(uint64_t number)
{
	uint64_t key = number * UINT64_C(0x9e3779b97f4a7c15);

	return (struct target){.word = {(uint32_t)key, (uint32_t)(key >> 32)}};
}

/* The limits, and when which is reached. */
START_TEST(limits_to_stop_after)
{
	struct share_stats stats = {};
	char why[STOP_AFTER_TEXT] = "";

	stats.accepted = stats.blocks.accepted = UINT64_MAX;
	ck_assert(!stop_after_reached(why, &(struct conf_stop_after){}, &stats, UINT64_MAX));
	stats.accepted = 4;
	stats.blocks.accepted = 1;
	ck_assert(!stop_after_reached(
		why, &(struct conf_stop_after){.blocks = 2, .shares = 5, .seconds = 3}, &stats,
		3 * CLOCK_S - 1));
	ck_assert_str_eq(why, "");
	ck_assert(stop_after_reached(why, &(struct conf_stop_after){.blocks = 1}, &stats, 0));
	ck_assert_str_eq(why, "1 block accepted");
	ck_assert(stop_after_reached(why, &(struct conf_stop_after){.shares = 4}, &stats, 0));
	ck_assert_str_eq(why, "4 shares accepted");
	ck_assert(stop_after_reached(why, &(struct conf_stop_after){.seconds = 3}, &stats,
				     3 * CLOCK_S));
	ck_assert_str_eq(why, "3 s since the start");
}
END_TEST

START_TEST(share_dedup_knows_what_came)
{
	struct share_dedup *dedup = calloc(1, sizeof(*dedup));
	struct target hash;

	for (uint64_t i = 1; i <= 1000; i++) {
		hash = hash_of(i);
		ck_assert(!share_dedup_add(dedup, &hash));
	}
	ck_assert(share_dedup_add(dedup, &hash));
	hash = hash_of(990);
	ck_assert(share_dedup_add(dedup, &hash));
	free(dedup);
}
END_TEST

START_TEST(backoff_doubles_within_its_bound)
{
	for (unsigned round = 0; round < 200; round++) {
		struct backoff backoff = {};
		uint64_t bound = CLOCK_S;

		for (unsigned i = 0; i < 40; i++) {
			uint64_t wait = backoff_next(&backoff, 60);

			ck_assert_uint_ge(wait, 100 * CLOCK_MS);
			ck_assert_uint_le(wait, bound);
			bound = MIN(bound * 2, 60 * CLOCK_S);
		}
	}
}
END_TEST

START_TEST(difficulty_follows_the_rate)
{
	struct suggest_difficulty suggest = {};
	const uint64_t start = 1000 * CLOCK_S, pause = SUGGEST_DIFFICULTY_PAUSE * CLOCK_S;
	double first;

	/* Nothing is said before the rate is known. */
	ck_assert_double_eq(suggest_difficulty_next(&suggest, 10, 0, start), 0);
	first = suggest_difficulty_next(&suggest, 10, 42.95e6, start);
	ck_assert_double_eq_tol(first, 0.1, 0.0001);
	/* Not twice, not for little, not soon. */
	ck_assert_double_eq(suggest_difficulty_next(&suggest, 10, 42.95e6, start + 1), 0);
	ck_assert_double_eq(suggest_difficulty_next(&suggest, 10, 80e6, start + 2 * pause), 0);
	ck_assert_double_eq(suggest_difficulty_next(&suggest, 10, 22e6, start + 2 * pause), 0);
	ck_assert_double_eq(suggest_difficulty_next(&suggest, 10, 90e6, start + pause - 1), 0);
	ck_assert_double_eq_tol(suggest_difficulty_next(&suggest, 10, 90e6, start + pause), 0.2095,
				0.0001);
	ck_assert_double_eq(suggest_difficulty_next(&suggest, 10, 1e6, start + 2 * pause - 1), 0);
	ck_assert_double_eq_tol(suggest_difficulty_next(&suggest, 10, 1e6, start + 2 * pause),
				0.00233, 0.00001);
	/* Another login hears it at once. */
	suggest = (struct suggest_difficulty){};
	ck_assert_double_gt(suggest_difficulty_next(&suggest, 10, 1e6, start + 2 * pause + 1), 0);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("share_stats");
	TCase *tests = tcase_create("share_stats");

	tcase_add_test(tests, each_reason_has_a_name);
	tcase_add_test(tests, limits_to_stop_after);
	tcase_add_test(tests, share_dedup_knows_what_came);
	tcase_add_test(tests, backoff_doubles_within_its_bound);
	tcase_add_test(tests, difficulty_follows_the_rate);
	suite_add_tcase(suite, tests);
	return suite_main(suite);
}
