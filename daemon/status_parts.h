/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * What the files that write the status share. Each call writes one member; on allocation failure
 * the whole text is given up, see common/json_writer.h. Io thread.
 */
#include <stdint.h>

#include "common/histogram.h"
#include "common/json_writer.h"
#include "pool/pools.h"

/* text NULL, a number that is none, since 0 (it never was): null. */
void status_text(struct json_writer *object, const char *name, const char *text);
void status_count(struct json_writer *object, const char *name, uint64_t count);
void status_number(struct json_writer *object, const char *name, double number);

/* Rounded to what is meant, so that a reader does not see 12345678.90123456. */
void status_whole(struct json_writer *object, const char *name, double number);

/* Whole seconds from since to now; both clock_now(). */
void status_age(struct json_writer *object, const char *name, uint64_t since, uint64_t now);

/* The type Latency of the interface: microseconds. */
void status_histogram(struct json_writer *object, const char *name,
		      const struct histogram *histogram);

/* Member "pools": the list of all pools by priority. */
void status_pools(struct json_writer *object, const struct pools *pools, uint64_t now);
