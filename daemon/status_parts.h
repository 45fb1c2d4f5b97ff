/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * What the files that build the status share. Objects are built with json-c's own calls: a member
 * that has no memory is left out, and the next Status() has it again. Io thread.
 */
#include <json-c/json.h>
#include <stdint.h>

#include "common/histogram.h"
#include "pool/pools.h"

/* Each adds one member. text NULL, a number that is none, since 0 (it never was): null. */
void status_text(struct json_object *object, const char *name, const char *text);
void status_count(struct json_object *object, const char *name, uint64_t count);
void status_number(struct json_object *object, const char *name, double number);

/* Rounded to what is meant, so that a reader does not see 12345678.90123456. */
void status_whole(struct json_object *object, const char *name, double number);

/* Whole seconds from since to now; both clock_now(). */
void status_age(struct json_object *object, const char *name, uint64_t since, uint64_t now);

/* The type Latency of the interface: microseconds. */
void status_histogram(struct json_object *object, const char *name,
		      const struct histogram *histogram);

/* The list of all pools by priority; a new reference. */
struct json_object *status_pools(const struct pools *pools, uint64_t now);
