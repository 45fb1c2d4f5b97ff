/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * The rules: what must hold in every world, decided from what pools and users see, not from how the
 * daemon does it. A rule that does not hold is a violation.
 */
#include <stdbool.h>
#include <stdint.h>

#include "miner/worker.h"
#include "tests/pool/observer.h"

struct server;

extern const struct testpool_observer model_observer;

/* A new run. */
void model_begin(void);

/* The server that the daemon mines on; NULL: none. */
const struct server *model_active_server(void);

/* The daemon starts. */
void model_started(void);

/* To be called each few seconds. */
void model_check(void);

/* A header of job is hashed: fake_worker_settings.hashed. */
void model_hashed(const struct worker *worker, const struct job *job,
		  const uint8_t header[HEADER_SIZE]);

/* A worker gives a share to the daemon: fake_worker_settings.found. */
void model_found(const struct share *share);

/* The daemon logs a line, which a user would read. */
void model_logged(int level, const char *text);

/* The daemon has ended, after a calm time or not, and its pools have their counts. */
void model_ended(void);

/* Over all runs of the daemon. */
uint64_t model_blocks_found(void);
uint64_t model_blocks_sent(void);

/* Blocks that pools got in this run of the daemon. */
int64_t model_blocks_sent_now(void);

/* Whether the last reload has left out a pool, for want of memory. */
bool model_is_without(void);

/* Shares that are blocks: that workers gave to the daemon, and that pools got. */
uint64_t model_block_shares(void);
uint64_t model_block_shares_sent(void);

uint64_t model_hashes(void);
uint64_t model_accepted(void);
