/* SPDX-License-Identifier: MIT */
#pragma once

/* The server's half of Stratum: what each line of a miner means, and its answer. */
#include <json-c/json.h>
#include <stddef.h>

struct connection;

/* line[n] is a NUL. May mark the connection for closing. */
void protocol_line(struct connection *connection, const char *line, size_t n);

/* mining.set_difficulty; binds from the next job, and not at all while the script is silent. */
void protocol_set_difficulty(struct connection *connection, double difficulty);

/* The index-th parameter, borrowed; NULL when there is none or it is no text. */
const char *protocol_text(struct json_object *params, size_t index);
