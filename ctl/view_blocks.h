/* SPDX-License-Identifier: MIT */
#pragma once

/* A table of blocks that were found on nodes. Output only; one thread. */
#include <json-c/json.h>

#include "ctl/terminal.h"

/* reply: of Blocks(). indent: spaces before each line. */
void view_blocks(const struct terminal *term, struct json_object *reply, unsigned indent);
