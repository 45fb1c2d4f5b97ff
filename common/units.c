/* SPDX-License-Identifier: MIT */
#include "common/units.h"

#include <math.h>
#include <stdbool.h>
#include <stdio.h>

#include "common/container.h"

/* Three significant digits, as long as the value is below 1000. */
static int units_digits(double value)
{
	return value < 9.995 ? 2 : value < 99.95 ? 1 : 0;
}

/* Divides by 1000 until at most three digits are before the point; returns how often. */
static size_t units_scale(double *value, size_t steps)
{
	size_t step = 0;

	while (*value >= 999.5 && step + 1 < steps) {
		*value /= 1000;
		step++;
	}
	return step;
}

char *units_count(char ret[UNITS_MAX], double count, const char *unit)
{
	static const char *const prefixes[] = {"", "k", "M", "G", "T", "P", "E", "Z", "Y"};
	bool negative = count < 0;
	double value = negative ? -count : count;
	size_t step;

	if (!isfinite(value)) {
		snprintf(ret, UNITS_MAX, "-");
		return ret;
	}
	step = units_scale(&value, ARRAY_SIZE(prefixes));
	if (value >= 9999.5)
		snprintf(ret, UNITS_MAX, "%.3g %s%s", count, "", unit);
	else
		snprintf(ret, UNITS_MAX, "%s%.*f %s%s", negative ? "-" : "",
			 value == floor(value) && !step ? 0 : units_digits(value), value,
			 prefixes[step], unit);
	return ret;
}

char *units_hashrate(char ret[UNITS_MAX], double rate)
{
	return units_count(ret, rate, "H/s");
}

char *units_difficulty(char ret[UNITS_MAX], double difficulty)
{
	static const char *const suffixes[] = {"", "k", "M", "G", "T", "P", "E"};
	double value = difficulty;
	size_t step;

	if (!isfinite(value) || value < 999.5) {
		snprintf(ret, UNITS_MAX, "%.3g", value);
		return ret;
	}
	step = units_scale(&value, ARRAY_SIZE(suffixes));
	snprintf(ret, UNITS_MAX, "%.3g%s", value, suffixes[step]);
	return ret;
}

/* From 1000 days on. */
static char *units_years(char ret[UNITS_MAX], double seconds)
{
	static const char *const names[] = {"", "thousand ", "million ", "billion ", "trillion "};
	const double years = seconds / (365.25 * 24 * 60 * 60);
	double value = years;
	size_t step = units_scale(&value, ARRAY_SIZE(names));

	if (value >= 999.5)
		snprintf(ret, UNITS_MAX, "%.3g years", years);
	else
		snprintf(ret, UNITS_MAX, "%.3g %syears", value, names[step]);
	return ret;
}

char *units_duration(char ret[UNITS_MAX], double seconds)
{
	unsigned long long s;

	if (!isfinite(seconds) || seconds < 0) {
		snprintf(ret, UNITS_MAX, "-");
		return ret;
	}
	if (seconds >= 1000.0 * 24 * 60 * 60)
		return units_years(ret, seconds);
	s = (unsigned long long)seconds;
	if (s < 60)
		snprintf(ret, UNITS_MAX, "%llus", s);
	else if (s < 60 * 60)
		snprintf(ret, UNITS_MAX, "%llum %02llus", s / 60, s % 60);
	else if (s < 24 * 60 * 60)
		snprintf(ret, UNITS_MAX, "%lluh %02llum", s / 3600, s / 60 % 60);
	else
		snprintf(ret, UNITS_MAX, "%llud %02lluh", s / 86400, s / 3600 % 24);
	return ret;
}

char *units_microseconds(char ret[UNITS_MAX], double us)
{
	static const char *const names[] = {"ns", "µs", "ms", "s"};
	double value = us * 1000;
	size_t step;

	if (!(value >= 0) || value > 1e21) {
		snprintf(ret, UNITS_MAX, "-");
		return ret;
	}
	step = units_scale(&value, ARRAY_SIZE(names));
	snprintf(ret, UNITS_MAX, "%.*f %s", step ? units_digits(value) : 0, value, names[step]);
	return ret;
}

char *units_interval(char ret[UNITS_MAX], double seconds)
{
	return seconds < 60 ? units_microseconds(ret, seconds * 1e6) : units_duration(ret, seconds);
}
