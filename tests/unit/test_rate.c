/* SPDX-License-Identifier: MIT */
/* Folder daemon/miner/: hash rates. */
#include <check.h>
#include <stdlib.h>

#include "common/clock.h"
#include "miner/rate.h"
#include "suite_main.h"

static const uint64_t start = 12345 * CLOCK_S + 678;

/* Since the first sample, by all counters. */
static uint64_t counted(const struct rate *rate)
{
	return rate->log.last.total - rate->log.begin.total;
}

START_TEST(nothing_known_yet)
{
	static struct rate rate;
	static struct rate_short one;

	ck_assert_double_eq(rate_window(&rate, RATE_10_S), 0);
	ck_assert_double_eq(rate_session(&rate), 0);
	ck_assert_double_eq(rate_short_window(&one), 0);
	rate_sample(&rate, start, 1000);
	ck_assert_double_eq(rate_window(&rate, RATE_10_S), 0);
	ck_assert_double_eq(rate_session(&rate), 0);
	ck_assert_uint_eq(counted(&rate), 0);
	rate_sample(&rate, start, 1000);
	ck_assert_double_eq(rate_window(&rate, RATE_10_S), 0);
	rate_sample(&rate, start + CLOCK_S / 2, 2000);
	ck_assert_double_eq_tol(rate_window(&rate, RATE_10_S), 2000, 1e-6);
	ck_assert_double_eq_tol(rate_session(&rate), 2000, 1e-6);
}
END_TEST

/* Each window is filled by another rate, so none can be taken for the other. */
START_TEST(windows_are_exact)
{
	static struct rate rate;
	static struct rate_short one;
	uint64_t counter = 500, now = start;

	rate_sample(&rate, now, counter);
	rate_short_sample(&one, now, counter);
	for (unsigned second = 1; second <= 5000; second++) {
		counter += second <= 4100   ? 7
			   : second <= 4940 ? 100
			   : second <= 4990 ? 4000
					    : 90000;
		now += CLOCK_S;
		rate_sample(&rate, now, counter);
		rate_short_sample(&one, now, counter);
	}
	ck_assert_double_eq_tol(rate_window(&rate, RATE_10_S), 90000, 1e-6);
	ck_assert_double_eq_tol(rate_window(&rate, RATE_1_M), (90000. * 10 + 4000 * 50) / 60, 1e-6);
	ck_assert_double_eq_tol(rate_window(&rate, RATE_15_M),
				(90000. * 10 + 4000 * 50 + 100 * 840) / 900, 1e-6);
	ck_assert_double_eq_tol(rate_session(&rate),
				(90000. * 10 + 4000 * 50 + 100 * 840 + 7 * 4100) / 5000, 1e-6);
	ck_assert_uint_eq(counted(&rate), counter - 500);
	ck_assert_double_eq_tol(rate_short_window(&one), 90000, 1e-6);
}
END_TEST

/* Where samples come at any time, also far too often, a steady rate is read as what it is. */
START_TEST(irregular_samples)
{
	static struct rate rate;
	static struct rate_short one;
	uint64_t ns = 0;

	srand(1);
	rate_sample(&rate, start, 0);
	rate_short_sample(&one, start, 0);
	for (unsigned n = 0; n < 50000; n++) {
		unsigned kind = (unsigned)rand() % 100;

		ns += (uint64_t)(rand() % 1000 + 1) * (kind < 50   ? 10
						       : kind < 99 ? 2000000
								   : 30000000);
		/* 3 a microsecond */
		rate_sample(&rate, start + ns, ns / 1000 * 3);
		rate_short_sample(&one, start + ns, ns / 1000 * 3);
		if (ns < 100000000)
			continue;
		ck_assert_double_eq_tol(rate_window(&rate, RATE_10_S), 3e6, 300);
		ck_assert_double_eq_tol(rate_window(&rate, RATE_1_M), 3e6, 300);
		ck_assert_double_eq_tol(rate_window(&rate, RATE_15_M), 3e6, 300);
		ck_assert_double_eq_tol(rate_short_window(&one), 3e6, 300);
	}
}
END_TEST

/* A step in the rate shows within the window in proportion, between samples too. */
START_TEST(window_slides_between_samples)
{
	static struct rate rate;
	uint64_t counter = 0, now = start;

	for (unsigned i = 0; i <= 100; i++, now += 3 * CLOCK_S)
		rate_sample(&rate, now, counter);
	now -= 3 * CLOCK_S;
	for (unsigned i = 1; i <= 5; i++) {
		now += 3 * CLOCK_S;
		counter += 3000;
		rate_sample(&rate, now, counter);
		ck_assert_double_eq_tol(rate_window(&rate, RATE_10_S), i * 3 < 10 ? i * 300 : 1000,
					1);
	}
}
END_TEST

START_TEST(counter_begins_anew)
{
	static struct rate rate;
	static struct rate_short one;
	uint64_t now = start;

	for (unsigned second = 0; second <= 100; second++, now += CLOCK_S) {
		uint64_t counter = (second <= 50 ? second : second - 51) * 1000;

		if (second == 51)
			rate_restart(&rate);
		rate_sample(&rate, now, counter);
		rate_short_sample(&one, now, counter); /* does not know of the new counter */
	}
	ck_assert_uint_eq(counted(&rate), 99000);
	ck_assert_double_eq_tol(rate_window(&rate, RATE_10_S), 1000, 1e-6);
	ck_assert_double_eq_tol(rate_window(&rate, RATE_1_M), 59000. / 60, 1e-6);
	ck_assert_double_eq_tol(rate_short_window(&one), 1000, 1e-6);

	/* If it knows, a counter that is already higher than the old one is a new one all the same.
	 */
	rate_restart(&rate);
	rate_sample(&rate, now, 500000);
	ck_assert_uint_eq(counted(&rate), 599000);
}
END_TEST

START_TEST(a_pause_is_in_the_average)
{
	static struct rate rate;

	for (unsigned second = 0; second <= 20; second++)
		rate_sample(&rate, start + second * CLOCK_S, second <= 15 ? second * 100 : 1500);
	ck_assert_double_eq_tol(rate_window(&rate, RATE_10_S), 50, 1e-6);
	ck_assert_double_eq_tol(rate_session(&rate), 75, 1e-6);
	/* Nobody sampled for an hour. */
	rate_sample(&rate, start + 3620 * CLOCK_S, 1500 + 3600);
	ck_assert_double_eq_tol(rate_window(&rate, RATE_10_S), 1, 1e-6);
	ck_assert_double_eq_tol(rate_window(&rate, RATE_15_M), 1, 1e-6);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("rate");
	TCase *rate = tcase_create("rate");

	tcase_add_test(rate, nothing_known_yet);
	tcase_add_test(rate, windows_are_exact);
	tcase_add_test(rate, irregular_samples);
	tcase_add_test(rate, window_slides_between_samples);
	tcase_add_test(rate, counter_begins_anew);
	tcase_add_test(rate, a_pause_is_in_the_average);
	suite_add_tcase(suite, rate);
	return suite_main(suite);
}
