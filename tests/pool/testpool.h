/* SPDX-License-Identifier: MIT */
#pragma once

/* The pool: its loop, its miners, its current work and its share counts. One thread. */
#include <stdbool.h>
#include <stdint.h>

#include "common/line.h"
#include "event.h"
#include "options.h"
#include "parked.h"
#include "script.h"
#include "seen.h"
#include "verify.h"

enum {
	TESTPOOL_CONNECTIONS_MAX = 64,
	TESTPOOL_REACTIONS_MAX = 65536, /* newest that are kept for quantiles */
};

struct connection;

/* Totals since the start. */
struct tally {
	uint64_t connects, submits, blocks, stale_blocks, jobs;
	uint64_t violations; /* of the rules that real servers hold miners to */
	uint64_t verdicts[VERDICTS];
};

struct testpool {
	struct options options;
	struct events events;
	struct script script;
	int listen_fd, signal_fd, stdin_fd; /* stdin_fd -1: ended */
	struct line_buffer commands;
	struct connection *connections;
	unsigned n_connections;

	struct work_recipe recipe;
	struct work *work, *previous; /* the current one, and the one before; or NULL */
	uint8_t prevhash[32];
	uint64_t work_sequence, issued_count, extranonce_count;
	uint64_t started_ns, next_job_ns, next_block_ns; /* clock_now(); UINT64_MAX: never */
	struct seen seen;
	struct parked parked;
	struct tally tally;
	uint64_t *reactions; /* ns, the newest TESTPOOL_REACTIONS_MAX */
	uint64_t n_reactions;
	bool corked; /* nothing is written until it is over */
	bool stopped;
};

/* Listens and has its first work. Negative errno, which it prints on stderr. */
int testpool_init(struct testpool *pool, const struct options *options);
void testpool_deinit(struct testpool *pool);

/* Until quit, a signal, or the end of its time. Negative errno. */
int testpool_run(struct testpool *pool);

/* Makes new work: on a new block or on the same. NULL on allocation failure: the old work stays. */
struct work *testpool_renew(struct testpool *pool, bool block);

/* Seconds between jobs from now on; 0: none. */
void testpool_set_job_interval(struct testpool *pool, double seconds);

/* New work on a new block for all, with the clean flag. */
void testpool_new_block(struct testpool *pool);

void testpool_reaction(struct testpool *pool, uint64_t ns);

/* The event "stats" or "summary". */
void testpool_report(struct testpool *pool, const char *name);
