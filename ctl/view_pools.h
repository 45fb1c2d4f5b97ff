/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * Pools for people: a table of figures, and in words what is wrong with those that are not well.
 * A member of the status that the daemon does not have is skipped: its version may differ. indent:
 * spaces before each line. Output only; one thread.
 */
#include <json-c/json.h>

#include "ctl/terminal.h"

/* The table, and remarks on each pool that needs some. */
void view_pools(const struct terminal *term, struct json_object *status, unsigned indent);

/* The same table, and a section for each pool. */
void view_pools_closely(const struct terminal *term, struct json_object *status, unsigned indent);
