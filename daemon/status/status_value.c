/* SPDX-License-Identifier: MIT */
#include "status/status_value.h"

#include <math.h>

#include "common/clock.h"

void status_whole(struct json_writer *object, const char *name, double number)
{
	json_writer_integer(object, name, llround(number));
}

void status_age(struct json_writer *object, const char *name, uint64_t since, uint64_t now)
{
	if (since)
		json_writer_count(object, name, (now - since) / CLOCK_S);
	else
		json_writer_null(object, name);
}

void status_last_hour(struct json_writer *object, const char *name,
		      const struct aging_histogram *histogram, uint64_t now)
{
	struct histogram last_hour;

	aging_histogram_last_hour(histogram, now, &last_hour);
	status_histogram(object, name, &last_hour);
}

void status_histogram(struct json_writer *object, const char *name,
		      const struct histogram *histogram)
{
	const double us = (double)CLOCK_US;

	json_writer_open(object, name);
	json_writer_count(object, "count", histogram->count);
	json_writer_number(object, "p50", (double)histogram_quantile(histogram, 0.5) / us);
	json_writer_number(object, "p90", (double)histogram_quantile(histogram, 0.9) / us);
	json_writer_number(object, "p99", (double)histogram_quantile(histogram, 0.99) / us);
	json_writer_number(object, "max", (double)histogram->max / us);
	json_writer_number(object, "sum", (double)histogram->sum / us);
	json_writer_close(object);
}
