/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * Values of the status object. Each call writes one member of object; on allocation failure the
 * writer drops the whole text, see common/json_writer.h. Pure; any thread.
 */
#include <stdint.h>

#include "common/aging_histogram.h"
#include "common/json_writer.h"

/* A number rounded to an integer: 12345678.90123456 would pretend to a precision. */
void status_whole(struct json_writer *object, const char *name, double number);

/* Whole seconds from since to now, both clock_now(); null if since is 0, that is never. */
void status_age(struct json_writer *object, const char *name, uint64_t since, uint64_t now);

/* The type Latency of the interface: microseconds. */
void status_histogram(struct json_writer *object, const char *name,
		      const struct histogram *histogram);

/* The same, of the last hour before now, clock_now(). */
void status_last_hour(struct json_writer *object, const char *name,
		      const struct aging_histogram *histogram, uint64_t now);
