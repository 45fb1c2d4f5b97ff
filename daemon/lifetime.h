/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * What the daemon has come to in all its runs: the best share ever, shares accepted, blocks. It is
 * kept in the state directory, in a file that record.h describes, and written a while after a
 * change and at the end. Without a directory it is that of this run alone. Io thread only.
 */
#include "bitcoin/share.h"
#include "config/conf.h"
#include "io/store.h"
#include "pool/ledger.h"
#include "record.h"

enum {
	LIFETIME_BEST_S = 5,  /* the longest that a new best share waits to be written */
	LIFETIME_TELL_S = 10, /* the least between two log lines of best shares */
};

struct lifetime {
	const struct conf *conf;
	const struct ledger *ledger; /* of this run */
	struct store store;
	struct record record;  /* as of the start; the best share as of now */
	struct record written; /* what the last write was told */
	struct target told;    /* the best share that the log knows of, or need not know of */
	uint64_t told_ns;      /* clock_now() of that; 0: in an earlier run */
	char *file;	       /* its path, for messages; NULL: nothing is kept */
	uint64_t written_ns;   /* clock_now() when the last write began; 0: never */
	bool failed;	       /* the last write did, and that was told */
	bool stopping;
};

#define LIFETIME_NULL ((struct lifetime){.store = STORE_NULL})

/*
 * Reads what was kept. conf and ledger stay the caller's. A file that cannot be used is set aside,
 * a directory that cannot be used is logged; neither is fatal. -EWOULDBLOCK, logged: another daemon
 * has the directory.
 */
int lifetime_init(struct lifetime *lifetime, struct ring *ring, const struct conf *conf,
		  const struct ledger *ledger);

/* When nothing is armed any more. */
void lifetime_deinit(struct lifetime *lifetime);

/* A share was found for a pool of that name; NULL: for a login that is gone. */
void lifetime_found(struct lifetime *lifetime, const struct share *share, const char *pool);

/* Of all runs, this one with them. */
struct record lifetime_record(const struct lifetime *lifetime);

/* Writes and tells what is due; to be called about once a second. */
void lifetime_tick(struct lifetime *lifetime);

/* Writes and tells what was not yet; lifetime_busy() until it is done. */
void lifetime_stop(struct lifetime *lifetime);
bool lifetime_busy(const struct lifetime *lifetime);
