/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * What people and monitors read, made from the reply of Status(). A member that the daemon does not
 * have is passed over: its version may differ. indent: spaces before each line. Output only; one
 * thread.
 */
#include <json-c/json.h>

#include "ctl/terminal.h"

/* view_headline(), an empty line and view_status_body(). indent has no effect. */
void view_status(const struct terminal *term, struct json_object *status, unsigned indent);

/* Its first line: the state, the pool, the daemon. */
void view_headline(const struct terminal *term, struct json_object *status);

/* And the rest. */
void view_status_body(const struct terminal *term, struct json_object *status);

/* A table, and remarks on each pool that needs some. */
void view_pools(const struct terminal *term, struct json_object *status, unsigned indent);

/* The same table, and all that there is to say about each pool. */
void view_pools_closely(const struct terminal *term, struct json_object *status, unsigned indent);

void view_workers(const struct terminal *term, struct json_object *status, unsigned indent);
/* The latencies of the last hour and those since the start; and the last hour alone. */
void view_latency(const struct terminal *term, struct json_object *status, unsigned indent);
void view_latency_last_hour(const struct terminal *term, struct json_object *status,
			    unsigned indent);

/* The limits of the worker groups that have some, a line each. */
void view_limits(const struct terminal *term, struct json_object *status, unsigned indent);

/* Prometheus's text format, version 0.0.4: always UTF-8. */
void view_metrics(FILE *out, struct json_object *status);
