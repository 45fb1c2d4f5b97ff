/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * The pool: its miners, its current work and its share counts. It waits for nothing and knows no
 * sockets (wire.h): a program drives it by calls, in iterations,
 *
 *	testpool_accept(&pool, fd, peer)	a miner has connected
 *	connection_receive(connection)		it has sent bytes, or its end
 *	script_command(&pool, line, n)		a command, script.h
 *	testpool_work(&pool)			in each iteration
 *
 * with one at testpool_deadline() at the latest, and one when a connection for which
 * connection_wants_write() is true can be written to. A connection is closed and released in
 * testpool_work(), never in another call. One thread.
 */
#include <stdbool.h>
#include <stdint.h>

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
	const struct testpool_observer *observer; /* or NULL; the program sets it */
	struct script script;
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
	bool corked;  /* nothing is written until it is over */
	bool stopped; /* by quit or the end of its time: no iteration is to follow */
};

/* Has its first work. The texts of options are borrowed. -ENOMEM, for testpool_deinit() too. */
int testpool_init(struct testpool *pool, const struct options *options);

/* Closes and releases all. */
void testpool_deinit(struct testpool *pool);

/*
 * A new connection, which fd belongs to from now on; peer is for the event. NULL on allocation
 * failure: fd stays the caller's.
 */
struct connection *testpool_accept(struct testpool *pool, int fd, const char *peer);

/* When testpool_work() has something to do of its own accord, by clock_now(); UINT64_MAX: never. */
uint64_t testpool_deadline(const struct testpool *pool);

/* Does what is due: new jobs and blocks. Writes what can be, and closes what is to be closed. */
void testpool_work(struct testpool *pool);

/* Makes new work: on a new block or on the same. NULL on allocation failure: the old work stays. */
struct work *testpool_renew(struct testpool *pool, bool block);

/* Seconds between jobs from now on; 0: none. */
void testpool_set_job_interval(struct testpool *pool, double seconds);

/* New work on a new block for all, with the clean flag. */
void testpool_new_block(struct testpool *pool);

void testpool_reaction(struct testpool *pool, uint64_t ns);

/* The event "stats" or "summary". */
void testpool_report(struct testpool *pool, const char *name);
