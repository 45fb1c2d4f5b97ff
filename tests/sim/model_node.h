/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * The rules for nodes: a block that was found is submitted until it is answered, is valid unless
 * its parent is stale, and is the only one on its parent; work follows the node; calls are few.
 */
#include <stdbool.h>
#include <stdint.h>

#include "bitcoind.h"
#include "chain_check.h"
#include "miner/worker.h"

/* What nodes said of a block. */
enum model_said { MODEL_TAKEN = 1, MODEL_INCONCLUSIVE = 2, MODEL_STALE = 4 };

/* A hash of a worker that is a block. */
struct model_block {
	struct target hash;
	uint8_t parent[32];
	uint64_t ns;
	uint64_t run_ns;      /* world.started_ns of the run that found it */
	uint64_t sent_ns;     /* when it was submitted first; 0: never */
	uint64_t answered_ns; /* when a node's first answer is there; 0: there is none */
	uint64_t taken_ns;    /* when a node took it, so that there is no second one; 0: none did */
	uint64_t again_ns;    /* when a node last said that it has it; 0: never */
	uint64_t value;	      /* of its template; of one that was submitted */
	uint32_t time;	      /* of its header, likewise */
	char head[161];	      /* the digits of its header, likewise */
	unsigned said;	      /* enum model_said, all answers */
	bool excused;	      /* it may be lost */
	bool listed;	      /* an earlier run has it in its list on the disk */
	const struct server *active; /* that the daemon mined on; or NULL */
	uint64_t session;	     /* of its job */
};

void model_node_begin(void);

/* Of the world. */
void model_node_check(void);

/* A header of job is hashed. */
void model_node_hashed(const struct job *job, const uint8_t *header);

/* Whether the daemon cannot know that it has hashed headers of job before. */
bool model_node_excuses(const struct job *job);

/* A worker gives a share to the daemon. Whether it is of a node's job. */
bool model_node_found(const struct share *share);

/* It is called, with this text. */
void model_node_called(struct bitcoind *node, const char *text);

/* What it got was not whole, though nothing is wrong with it. */
void model_node_hurt(struct bitcoind *node);

/* A block comes, with what is wrong with it; NULL: it is valid. */
void model_node_submitted(struct bitcoind *node, const struct chain_checked *checked,
			  const char *word, const char *hex);

/* It is answered, and the answer is there at that time. */
void model_node_answered(const struct chain_checked *checked, enum model_said said, uint64_t at_ns);

/* Of a hash as it stands in a header; NULL: no worker has found it. */
const struct model_block *model_node_block(const uint8_t hash[32]);

/* All that were found, in order. */
const struct model_block *model_node_found_blocks(size_t *ret_n);

/* The daemon has ended, in order or not. */
void model_node_ended(bool killed);

/* Over all runs of the daemon. */
uint64_t model_node_shares(void); /* of nodes' jobs */
uint64_t model_node_blocks(void); /* that nodes took */
uint64_t model_node_logins(void);
