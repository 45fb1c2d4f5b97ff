/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * The network for people: what a block takes, and how near the best share came. A member that the
 * daemon does not have is skipped: its version may differ. Output only; one thread.
 */
#include <json-c/json.h>

#include "ctl/terminal.h"

/* Up to three lines about the network of the active pool. */
void view_network(const struct terminal *term, struct json_object *status);

/* "main, height 840000, difficulty 86.4T" of a pool as a line; nothing: no job is known. */
void view_network_of_pool(const struct terminal *term, struct json_object *pool, unsigned indent);
