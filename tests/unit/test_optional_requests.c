/* SPDX-License-Identifier: MIT */
/* Which request is blamed for the end of a login. */
#include <check.h>

#include "common/clock.h"
#include "suite_main.h"
#include "upstream/stratum/optional_requests.h"

static struct optional_requests requests;
static uint64_t now;

/* A server that says nothing about any of them, yet. */
static void setup(void)
{
	requests = (struct optional_requests){0};
	now = 1000 * CLOCK_S;
	optional_begin(&requests, false, now);
}

/* A login sends these, one right after the other, and is closed 50 ms later. */
static enum optional_request close_after(const enum optional_request *sent, unsigned n)
{
	now += 60 * CLOCK_S;
	optional_begin(&requests, false, now);
	for (unsigned i = 0; i < n; i++)
		if (optional_wanted(&requests, sent[i]))
			optional_sent(&requests, sent[i], i + 1, now);
	now += 50 * CLOCK_MS;
	return optional_blame(&requests, false, false, now);
}

/* mining.configure of a server that was silent to it before the login, and now closes over it. */
START_TEST(the_last_of_a_burst_is_blamed)
{
	static const enum optional_request sent[] = {OPTIONAL_SUGGEST, OPTIONAL_EXTRANONCE,
						     OPTIONAL_CONFIGURE};

	ck_assert_int_eq(close_after(sent, 3), OPTIONAL_CONFIGURE);
	ck_assert(optional_wanted(&requests, OPTIONAL_SUGGEST));
	ck_assert(optional_wanted(&requests, OPTIONAL_EXTRANONCE));
	/* Then the one before it. */
	ck_assert_int_eq(close_after(sent, 3), OPTIONAL_EXTRANONCE);
	ck_assert_int_eq(close_after(sent, 3), OPTIONAL_SUGGEST);
}
END_TEST

/* One that was answered may have been left alone at a bad moment: three times is proof. */
START_TEST(one_that_was_answered_before_is_tried_again)
{
	static const enum optional_request sent[] = {OPTIONAL_EXTRANONCE, OPTIONAL_CONFIGURE};

	optional_sent(&requests, OPTIONAL_CONFIGURE, 1, now);
	ck_assert_int_eq(optional_answered(&requests, 1, false), OPTIONAL_CONFIGURE);
	for (unsigned i = 1; i < OPTIONAL_REQUESTS_LOSSES; i++)
		ck_assert_int_eq(close_after(sent, 2), OPTIONAL_N);
	ck_assert_int_eq(close_after(sent, 2), OPTIONAL_CONFIGURE);
	ck_assert(optional_wanted(&requests, OPTIONAL_EXTRANONCE));
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("optional_requests");
	TCase *tests = tcase_create("optional_requests");

	tcase_add_checked_fixture(tests, setup, NULL);
	tcase_add_test(tests, the_last_of_a_burst_is_blamed);
	tcase_add_test(tests, one_that_was_answered_before_is_tried_again);
	suite_add_tcase(suite, tests);
	return suite_main(suite);
}
