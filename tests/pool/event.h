/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * Events, written to stdout: one JSON object a line with "t" (seconds since the start) and
 * "event", or one readable line. Output is flushed once an iteration of the loop. One thread.
 */
#include <json-c/json.h>
#include <stdbool.h>
#include <stdint.h>

struct events {
	uint64_t started_ns; /* clock_now() */
	bool human;
	bool off; /* none is made or written */
};

/* NULL if events are off: all other functions take that, and do nothing. */
struct json_object *event_begin(const struct events *events, const char *name);

void event_int(struct json_object *event, const char *key, int64_t value);
void event_real(struct json_object *event, const char *key, double value);
void event_text(struct json_object *event, const char *key, const char *value);
void event_flag(struct json_object *event, const char *key, bool value);

/* value is taken over, NULL is JSON's null. */
void event_json(struct json_object *event, const char *key, struct json_object *value);

/* Writes the event and releases it. */
void event_end(const struct events *events, struct json_object *event);
