/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * The status for people: whether the daemon mines, how fast, on which pool, and what went wrong. A
 * member that the daemon does not have is skipped: its version may differ. Output only; one thread.
 */
#include <json-c/json.h>

#include "ctl/terminal.h"

/* view_headline(), an empty line and view_status_body(). indent has no effect. */
void view_status(const struct terminal *term, struct json_object *status, unsigned indent);

/* One line: the state, the pool, the daemon. */
void view_headline(const struct terminal *term, struct json_object *status);

/* The rest. */
void view_status_body(const struct terminal *term, struct json_object *status);
