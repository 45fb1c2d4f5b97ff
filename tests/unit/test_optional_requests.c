/* SPDX-License-Identifier: MIT */
/* Which request is blamed for the end of a login. */
#include <check.h>
#include <string.h>

#include "common/clock.h"
#include "suite_main.h"
#include "upstream/stratum/optional_requests.h"

#define BIT(request) (1u << (request))

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
static unsigned close_after(const enum optional_request *sent, unsigned n)
{
	now += 60 * CLOCK_S;
	optional_begin(&requests, false, now);
	for (unsigned i = 0; i < n; i++)
		if (optional_wanted(&requests, sent[i]))
			optional_sent(&requests, sent[i], i + 1, now);
	now += 50 * CLOCK_MS;
	return optional_blame(&requests, false, false, now);
}

static void answered_before(enum optional_request request)
{
	optional_sent(&requests, request, 1, now);
	ck_assert_int_eq(optional_answered(&requests, 1, false), request);
}

/* mining.configure of a server that was silent to it before the login, and now closes over it. */
START_TEST(the_last_of_a_burst_is_blamed)
{
	static const enum optional_request sent[] = {OPTIONAL_SUGGEST, OPTIONAL_EXTRANONCE,
						     OPTIONAL_CONFIGURE};

	ck_assert_uint_eq(close_after(sent, 3), BIT(OPTIONAL_CONFIGURE));
	ck_assert(optional_wanted(&requests, OPTIONAL_SUGGEST));
	ck_assert(optional_wanted(&requests, OPTIONAL_EXTRANONCE));
	/* Then the one before it. */
	ck_assert_uint_eq(close_after(sent, 3), BIT(OPTIONAL_EXTRANONCE));
	ck_assert_uint_eq(close_after(sent, 3), BIT(OPTIONAL_SUGGEST));
}
END_TEST

/* One that was answered may have been left alone at a bad moment: three times is proof. */
START_TEST(one_that_was_answered_before_is_tried_again)
{
	static const enum optional_request sent[] = {OPTIONAL_CONFIGURE};

	answered_before(OPTIONAL_CONFIGURE);
	for (unsigned i = 1; i < OPTIONAL_REQUESTS_LOSSES; i++)
		ck_assert_uint_eq(close_after(sent, 1), 0);
	ck_assert_uint_eq(close_after(sent, 1), BIT(OPTIONAL_CONFIGURE));
}
END_TEST

/* Of a burst, the one that no server was ever heard to accept. */
START_TEST(one_before_what_was_answered_before)
{
	static const enum optional_request sent[] = {OPTIONAL_SUGGEST, OPTIONAL_EXTRANONCE,
						     OPTIONAL_CONFIGURE};

	answered_before(OPTIONAL_EXTRANONCE);
	answered_before(OPTIONAL_CONFIGURE);
	ck_assert_uint_eq(close_after(sent, 3), BIT(OPTIONAL_SUGGEST));
	ck_assert(optional_wanted(&requests, OPTIONAL_CONFIGURE));
}
END_TEST

/* A server that has changed closes over one of them: which one is not worth twice the losses. */
START_TEST(all_of_a_burst_that_was_answered_before)
{
	static const enum optional_request sent[] = {OPTIONAL_EXTRANONCE, OPTIONAL_CONFIGURE};
	char names[OPTIONAL_NAMES_MAX];
	unsigned both = BIT(OPTIONAL_EXTRANONCE) | BIT(OPTIONAL_CONFIGURE);

	answered_before(OPTIONAL_EXTRANONCE);
	answered_before(OPTIONAL_CONFIGURE);
	for (unsigned i = 1; i < OPTIONAL_REQUESTS_LOSSES; i++)
		ck_assert_uint_eq(close_after(sent, 2), 0);
	ck_assert_uint_eq(close_after(sent, 2), both);
	optional_names(names, both);
	ck_assert_str_eq(names, "mining.configure and mining.extranonce.subscribe");
}
END_TEST

/* It went on after them, and shares were accepted: the end is over the last one at the most. */
START_TEST(only_the_last_of_those_that_went_well)
{
	static const enum optional_request sent[] = {OPTIONAL_CONFIGURE, OPTIONAL_EXTRANONCE};
	unsigned blamed = 0;

	for (unsigned i = 0; i < OPTIONAL_REQUESTS_LOSSES; i++) {
		ck_assert_uint_eq(blamed, 0);
		now += 60 * CLOCK_S;
		optional_begin(&requests, false, now);
		for (unsigned k = 0; k < 2; k++) {
			optional_sent(&requests, sent[k], k + 1, now);
			ck_assert_int_eq(optional_answered(&requests, k + 1, false), sent[k]);
		}
		now += CLOCK_S;
		optional_settle(&requests, now);
		blamed = optional_blame(&requests, false, false, now);
	}
	ck_assert_uint_eq(blamed, BIT(OPTIONAL_EXTRANONCE));
	ck_assert(optional_wanted(&requests, OPTIONAL_CONFIGURE));
}
END_TEST

START_TEST(names_of_all)
{
	char names[OPTIONAL_NAMES_MAX];

	optional_names(names, BIT(OPTIONAL_N) - 1);
	ck_assert_ptr_nonnull(strstr(names, " and mining.suggest_difficulty before mining.authorize"
					    " and mining.extranonce.subscribe and "));
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("optional_requests");
	TCase *tests = tcase_create("optional_requests");

	tcase_add_checked_fixture(tests, setup, NULL);
	tcase_add_test(tests, the_last_of_a_burst_is_blamed);
	tcase_add_test(tests, one_that_was_answered_before_is_tried_again);
	tcase_add_test(tests, one_before_what_was_answered_before);
	tcase_add_test(tests, all_of_a_burst_that_was_answered_before);
	tcase_add_test(tests, only_the_last_of_those_that_went_well);
	tcase_add_test(tests, names_of_all);
	suite_add_tcase(suite, tests);
	return suite_main(suite);
}
