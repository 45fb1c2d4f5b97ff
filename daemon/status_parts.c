/* SPDX-License-Identifier: MIT */
#include "status_parts.h"

#include <math.h>

#include "common/clock.h"

void status_text(struct json_object *object, const char *name, const char *text)
{
	json_object_object_add(object, name, text ? json_object_new_string(text) : NULL);
}

void status_count(struct json_object *object, const char *name, uint64_t count)
{
	json_object_object_add(object, name, json_object_new_uint64(count));
}

void status_number(struct json_object *object, const char *name, double number)
{
	json_object_object_add(object, name,
			       isfinite(number) ? json_object_new_double(number) : NULL);
}

void status_whole(struct json_object *object, const char *name, double number)
{
	json_object_object_add(object, name, json_object_new_int64((int64_t)llround(number)));
}

void status_age(struct json_object *object, const char *name, uint64_t since, uint64_t now)
{
	json_object_object_add(object, name,
			       since ? json_object_new_int64((int64_t)((now - since) / CLOCK_S))
				     : NULL);
}

void status_histogram(struct json_object *object, const char *name,
		      const struct histogram *histogram)
{
	struct json_object *latency = json_object_new_object();
	const double us = (double)CLOCK_US;

	status_count(latency, "count", histogram->count);
	status_number(latency, "p50", (double)histogram_quantile(histogram, 0.5) / us);
	status_number(latency, "p90", (double)histogram_quantile(histogram, 0.9) / us);
	status_number(latency, "p99", (double)histogram_quantile(histogram, 0.99) / us);
	status_number(latency, "max", (double)histogram->max / us);
	status_number(latency, "sum", (double)histogram->sum / us);
	json_object_object_add(object, name, latency);
}
