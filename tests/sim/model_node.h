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
			  const char *word);

/* It is answered, and the answer is there at that time. taken: that the node has it. */
void model_node_answered(const struct chain_checked *checked, bool taken, uint64_t at_ns);

/* The daemon has ended, in order or not. */
void model_node_ended(bool killed);

/* Over all runs of the daemon. */
uint64_t model_node_shares(void); /* of nodes' jobs */
uint64_t model_node_blocks(void); /* that nodes took */
uint64_t model_node_logins(void);
