/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * Statistics over all runs of the daemon: the best share ever, accepted shares, blocks. They are
 * kept in the state directory, in the file that stats_file.h describes. The file is written some
 * seconds after a change and at the end. Without a directory they cover this run alone. Io thread.
 */
#include "bitcoin/share.h"
#include "config/conf.h"
#include "io/store.h"
#include "pool/share_stats.h"
#include "state/stats_file.h"

enum {
	PERSISTENT_STATS_BEST_S = 5, /* s until a new best share is written, at most */
	PERSISTENT_STATS_LOG_S = 10, /* s between two log lines of best shares, at least */
};

struct persistent_stats {
	const struct conf *conf;
	const struct share_stats *run; /* of this run */
	struct store store;
	struct stats_file kept;		/* counters of earlier runs; the best share as of now */
	struct stats_file written;	/* contents of the last write */
	char text[STATS_FILE_SIZE_MAX]; /* and their text */
	struct target logged;		/* best share that was logged, or need not be */
	uint64_t logged_ns;		/* clock_now() of that; 0: in an earlier run */
	char *directory;		/* of the file; NULL: there is none */
	char *path;			/* of the file, for messages; NULL: there is none */
	uint64_t written_ns;		/* clock_now() when the last write began; 0: never */
	bool failed;			/* the last write failed, and that was logged */
	bool stopping;
};

#define PERSISTENT_STATS_NULL ((struct persistent_stats){.store = STORE_NULL})

/*
 * Reads the file. conf and run stay the caller's and outlive stats. A file that cannot be used
 * is set aside, a directory that cannot be used is logged; neither is fatal. -EWOULDBLOCK, logged:
 * another daemon uses the directory.
 */
int persistent_stats_init(struct persistent_stats *stats, struct ring *ring,
			  const struct conf *conf, const struct share_stats *run);

/* Only once no write is in progress, or after ring_deinit(). Idempotent. */
void persistent_stats_deinit(struct persistent_stats *stats);

/* Accounts for a share found for the pool of that name; NULL: its session has ended. */
void persistent_stats_found(struct persistent_stats *stats, const struct share *share,
			    const char *pool);

/* All runs, including this one. */
struct stats_file persistent_stats_total(const struct persistent_stats *stats);

/* Writes and logs what is due; call it about once a second. */
void persistent_stats_tick(struct persistent_stats *stats);

/* Starts the last write and logs what was not logged yet; done once persistent_stats_busy() is
 * false. */
void persistent_stats_stop(struct persistent_stats *stats);
bool persistent_stats_busy(const struct persistent_stats *stats);

/* After persistent_stats_stop(): writes what was counted since, and returns whether all is written
 * or a write has failed. */
bool persistent_stats_finish(struct persistent_stats *stats);
