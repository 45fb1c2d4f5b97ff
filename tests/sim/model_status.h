/* SPDX-License-Identifier: MIT */
#pragma once

/* The rules for the numbers of Status(), and for the pools' states: they are what is so. */
#include <stdbool.h>
#include <stdint.h>

struct server;

enum { STATUS_COUNTS = 8 };

/* What was so when a user asked. */
struct status_asked {
	uint64_t ns;
	uint64_t counts[STATUS_COUNTS]; /* of shares */
	uint64_t hashes;
	const struct server *active;
};

/* The daemon starts. */
void model_status_begin(void);

/* A header is hashed; not by a worker: in a head start, which no count has. */
void model_status_hashed(bool by_worker);

/* A user who may see all asks; and gets a reply of the same run of the daemon, that can be parsed.
 */
void model_status_ask(struct status_asked *ret);
void model_status(const char *reply, const struct status_asked *asked);
