/* SPDX-License-Identifier: MIT */
/* common/units: numbers as people read them. */
#include <check.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "common/container.h"
#include "common/units.h"
#include "suite_main.h"

struct example {
	double value;
	const char *text;
};

static void all(char *(*fn)(char *, double), const struct example *examples, size_t n)
{
	for (size_t i = 0; i < n; i++)
		ck_assert_str_eq(fn((char[UNITS_MAX]){}, examples[i].value), examples[i].text);
}

START_TEST(hashrate)
{
	static const struct example examples[] = {
		{0, "0 H/s"},		{7, "7 H/s"},		{999, "999 H/s"},
		{999.6, "1.00 kH/s"},	{1000, "1.00 kH/s"},	{51.4e6, "51.4 MH/s"},
		{51.44e6, "51.4 MH/s"}, {99.96e6, "100 MH/s"},	{9.996e6, "10.0 MH/s"},
		{999.4e6, "999 MH/s"},	{999.6e6, "1.00 GH/s"}, {1.25e12, "1.25 TH/s"},
		{0.5, "0.50 H/s"},	{3e24, "3.00 YH/s"},	{NAN, "-"},
		{INFINITY, "-"},	{1e30, "1e+30 H/s"},
	};

	all(units_hashrate, examples, ARRAY_SIZE(examples));
	ck_assert_str_eq(units_count((char[UNITS_MAX]){}, 12.3e12, "H"), "12.3 TH");
	ck_assert_str_eq(units_count((char[UNITS_MAX]){}, -1500, ""), "-1.50 k");
}
END_TEST

START_TEST(difficulty)
{
	static const struct example examples[] = {
		{0, "0"},	   {1e-9, "1e-09"}, {0.001, "0.001"},	{0.1, "0.1"},
		{1, "1"},	   {42, "42"},	    {512, "512"},	{16384, "16.4k"},
		{1.2e6, "1.2M"},   {1e6, "1M"},	    {126.3e12, "126T"}, {999.6, "1k"},
		{INFINITY, "inf"},
	};

	all(units_difficulty, examples, ARRAY_SIZE(examples));
}
END_TEST

START_TEST(duration)
{
	static const struct example examples[] = {
		{0, "0s"},
		{45.9, "45s"},
		{60, "1m 00s"},
		{200, "3m 20s"},
		{11520, "3h 12m"},
		{86399, "23h 59m"},
		{86400, "1d 00h"},
		{1047600, "12d 03h"},
		{86399999, "999d 23h"},
		{86400000, "2.74 years"},
		{31557600.0 * 27.35, "27.4 years"},
		{31557600.0 * 999.4, "999 years"},
		{31557600.0 * 999.6, "1 thousand years"},
		{31557600.0 * 12345, "12.3 thousand years"},
		{31557600.0 * 3.1e6, "3.1 million years"},
		{31557600.0 * 3.14e9, "3.14 billion years"},
		{31557600.0 * 999e12, "999 trillion years"},
		{31557600.0 * 1e15, "1e+15 years"},
		{1e300, "3.17e+292 years"},
		{-1, "-"},
		{NAN, "-"},
		{INFINITY, "-"},
	};

	all(units_duration, examples, ARRAY_SIZE(examples));
}
END_TEST

START_TEST(microseconds)
{
	static const struct example examples[] = {
		{0, "0 ns"},	    {0.85, "850 ns"},  {12.34, "12.3 µs"}, {1200, "1.20 ms"},
		{999.6, "1.00 ms"}, {3.5e6, "3.50 s"}, {70e6, "70.0 s"},   {5000e6, "5000 s"},
		{-1, "-"},	    {NAN, "-"},
	};

	all(units_microseconds, examples, ARRAY_SIZE(examples));
}
END_TEST

START_TEST(interval)
{
	static const struct example examples[] = {
		{0, "0 ns"},
		{4e-8, "40 ns"},
		{0.00085, "850 µs"},
		{1.3046, "1.30 s"},
		{59.9, "59.9 s"},
		{60, "1m 00s"},
		{31557600.0 * 3.1e6, "3.1 million years"},
		{-1, "-"},
		{NAN, "-"},
		{INFINITY, "-"},
	};

	all(units_interval, examples, ARRAY_SIZE(examples));
}
END_TEST

/* Whatever the value, the text has an end within UNITS_MAX. */
START_TEST(nothing_is_too_long)
{
	static char *(*const fns[])(char *, double) = {units_hashrate, units_difficulty,
						       units_duration, units_interval,
						       units_microseconds};

	for (int exponent = -320; exponent < 308; exponent++)
		for (size_t i = 0; i < ARRAY_SIZE(fns); i++) {
			char text[UNITS_MAX + 1] = {};

			text[UNITS_MAX] = '#';
			fns[i](text, 9.876543 * pow(10, exponent));
			ck_assert_int_eq(text[UNITS_MAX], '#');
			fns[i](text, -9.876543 * pow(10, exponent));
			ck_assert_uint_lt(strlen(text), UNITS_MAX - 1);
		}
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("units");
	TCase *tests = tcase_create("units");

	tcase_add_test(tests, hashrate);
	tcase_add_test(tests, difficulty);
	tcase_add_test(tests, duration);
	tcase_add_test(tests, microseconds);
	tcase_add_test(tests, interval);
	tcase_add_test(tests, nothing_is_too_long);
	suite_add_tcase(suite, tests);
	return suite_main(suite);
}
