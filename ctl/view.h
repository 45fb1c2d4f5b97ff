/* SPDX-License-Identifier: MIT */
#pragma once

/* What people and monitors read, made from the reply of Status(). Output alone; one thread. */
#include <json-c/json.h>

#include "ctl/terminal.h"

void view_status(const struct terminal *term, struct json_object *status);

/* A table, and a line for each pool that is not well. */
void view_pools(const struct terminal *term, struct json_object *status, unsigned indent);

/* The same table, and all that there is to say about each pool. */
void view_pools_closely(const struct terminal *term, struct json_object *status, unsigned indent);

void view_workers(const struct terminal *term, struct json_object *status, unsigned indent);
void view_latency(const struct terminal *term, struct json_object *status, unsigned indent);

/* Prometheus's text format, version 0.0.4. */
void view_metrics(FILE *out, struct json_object *status);
