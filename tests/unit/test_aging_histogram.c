/* SPDX-License-Identifier: MIT */
/* The last hour beside all since the start, while hours pass. */
#include <check.h>

#include "common/aging_histogram.h"
#include "common/clock.h"
#include "jump_clock.h"
#include "suite_main.h"

enum { MINUTE = 60 };

static struct aging_histogram histogram;

static void setup(void)
{
	histogram = (struct aging_histogram){};
}

static void record(uint64_t ns)
{
	aging_histogram_record(&histogram, ns, clock_now());
}

static struct histogram last_hour(void)
{
	struct histogram ret = {.count = 99};

	aging_histogram_last_hour(&histogram, clock_now(), &ret);
	return ret;
}

START_TEST(nothing_yet)
{
	ck_assert_uint_eq(last_hour().count, 0);
	ck_assert_uint_eq(last_hour().max, 0);
}
END_TEST

START_TEST(both_are_equal_at_first)
{
	struct histogram hour;

	for (uint64_t ns = 1; ns <= 1000; ns++)
		record(ns * CLOCK_US);
	hour = last_hour();
	ck_assert_uint_eq(hour.count, 1000);
	ck_assert_uint_eq(hour.sum, histogram.all.sum);
	ck_assert_uint_eq(hour.max, 1000 * CLOCK_US);
	for (unsigned percent = 1; percent <= 100; percent++)
		ck_assert_uint_eq(histogram_quantile(&hour, percent / 100.0),
				  histogram_quantile(&histogram.all, percent / 100.0));
}
END_TEST

/* Of a slow first hour the second one knows nothing; the start remembers. */
START_TEST(an_hour_is_forgotten)
{
	struct histogram hour;

	for (int i = 0; i < 100; i++)
		record(CLOCK_S);
	jump_clock(54 * MINUTE * CLOCK_S);
	record(CLOCK_MS);
	ck_assert_uint_eq(last_hour().count, 101);
	ck_assert_uint_eq(last_hour().max, CLOCK_S);
	jump_clock(6 * MINUTE * CLOCK_S);
	hour = last_hour();
	ck_assert_uint_eq(hour.count, 1);
	ck_assert_uint_eq(hour.max, CLOCK_MS);
	ck_assert_uint_eq(histogram_quantile(&hour, 0.99), CLOCK_MS);
	ck_assert_uint_eq(histogram.all.count, 101);
	ck_assert_uint_eq(histogram.all.max, CLOCK_S);
	jump_clock(60 * MINUTE * CLOCK_S);
	ck_assert_uint_eq(last_hour().count, 0);
}
END_TEST

/* At each time between 55 and 60 minutes are there. */
START_TEST(a_day_minute_by_minute)
{
	for (unsigned minute = 0; minute < 24 * 60; minute++) {
		record(minute);
		if (minute >= 60) {
			ck_assert_uint_ge(last_hour().count, 55);
			ck_assert_uint_le(last_hour().count, 60);
		} else {
			ck_assert_uint_le(last_hour().count, minute + 1);
		}
		jump_clock(MINUTE * CLOCK_S);
	}
	ck_assert_uint_eq(histogram.all.count, 24 * 60);
}
END_TEST

/* Slices of the same place, a year apart. */
START_TEST(a_year_of_silence)
{
	record(CLOCK_S);
	jump_clock(365 * 24 * 60 * MINUTE * CLOCK_S);
	ck_assert_uint_eq(last_hour().count, 0);
	record(5);
	ck_assert_uint_eq(last_hour().count, 1);
	ck_assert_uint_eq(last_hour().max, 5);
}
END_TEST

/* A worker's timestamp may be a little older than the record before. */
START_TEST(somewhat_out_of_order)
{
	uint64_t period = AGING_HISTOGRAM_SLICE_S * CLOCK_S;
	uint64_t border = (clock_now() / period + 1) * period;
	struct histogram hour;

	aging_histogram_record(&histogram, 1, border + 1);
	aging_histogram_record(&histogram, 2, border - 1);
	aging_histogram_record(&histogram, 3, border + 2);
	aging_histogram_last_hour(&histogram, border + 3, &hour);
	ck_assert_uint_eq(hour.count, 3);
	ck_assert_uint_eq(hour.sum, 6);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("aging_histogram");
	TCase *tests = tcase_create("aging_histogram");

	tcase_add_checked_fixture(tests, setup, NULL);
	tcase_add_test(tests, nothing_yet);
	tcase_add_test(tests, both_are_equal_at_first);
	tcase_add_test(tests, an_hour_is_forgotten);
	tcase_add_test(tests, a_day_minute_by_minute);
	tcase_add_test(tests, a_year_of_silence);
	tcase_add_test(tests, somewhat_out_of_order);
	suite_add_tcase(suite, tests);
	return suite_main(suite);
}
