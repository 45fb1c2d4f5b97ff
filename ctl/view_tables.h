/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * Tables of workers and of latencies. A member of the status that the daemon does not have is
 * skipped: its version may differ. indent: spaces before each line. Output only; one thread.
 */
#include <json-c/json.h>

#include "ctl/terminal.h"

void view_workers(const struct terminal *term, struct json_object *status, unsigned indent);

/* The latencies of the last hour and those since the start; and the last hour alone. */
void view_latency(const struct terminal *term, struct json_object *status, unsigned indent);
void view_latency_last_hour(const struct terminal *term, struct json_object *status,
			    unsigned indent);

/* The limits of the worker groups that have some, a line each. */
void view_limits(const struct terminal *term, struct json_object *status, unsigned indent);
