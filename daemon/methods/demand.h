/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * Whether the workers are to hash, as the user has asked: Pause(), Resume() and Mine(). Mine() of N
 * blocks lets even a paused daemon hash until a node has accepted N blocks. While as many blocks as
 * are missing wait for the node's answer, the workers sleep, so that no block too many is submitted
 * and the N-th is the last one. Io thread only.
 */
#include <stdbool.h>
#include <stdint.h>

#include "common/json_writer.h"
#include "control/control.h"
#include "pool/pools.h"
#include "state/found_blocks.h"

enum {
	DEMAND_BLOCKS_MAX = 100000, /* of one Mine() */
	DEMAND_CHECK_MS = 1000,	    /* between two progress replies of Mine() */
	DEMAND_STALL_S = 60,	    /* after which Mine() fails without another accepted block */
};

/* The only chain that Mine() is for. */
#define DEMAND_CHAIN "regtest"

struct minerd; /* the daemon, which only the handler looks into */

struct demand_handler {
	/* demand_sleeps() may have changed: gives the workers work, or nothing. */
	void (*changed)(struct minerd *minerd);
};

/* What demand asks. All borrowed; it must outlive demand. */
struct demand_target {
	struct minerd *minerd; /* of the handler */
	struct ring *ring;
	struct control *control;
	const struct pools *pools;
	const struct found_blocks *found;
};

/* A call of Mine(). */
struct demand_mine {
	bool running;
	bool more; /* the client asked for progress replies */
	struct control_ticket ticket;
	unsigned wanted, accepted;
	struct demand_block {
		uint32_t height;
		struct target hash;
	} first, last;	      /* that were accepted, by their heights */
	uint64_t progress_ns; /* clock_now() of the last accepted block, or of the call */
	char pool[FOUND_BLOCK_POOL_MAX];      /* the active pool at the last look */
	char refusal[FOUND_BLOCK_ANSWER_MAX]; /* of the last block, if not accepted; or "" */
};

struct demand {
	const struct demand_handler *handler;
	struct demand_target target;
	bool paused; /* by Pause() */
	struct demand_mine mine;
	struct ring_timer check;
	struct json_writer reply;
};

#define DEMAND_NULL ((struct demand){.reply = JSON_WRITER_NULL})

/* handler must outlive demand. */
void demand_init(struct demand *demand, const struct demand_handler *handler,
		 const struct demand_target *target);

/* Idempotent. */
void demand_deinit(struct demand *demand);

/* The daemon ends: so does Mine(), without changed(). */
void demand_stop(struct demand *demand);

/* Whether the workers are to get no work. */
bool demand_sleeps(const struct demand *demand);

/* Whether the daemon is paused, and does not mine for Mine() meanwhile. */
bool demand_paused(const struct demand *demand);

/* Pause() ends Mine(). Resume() lets the daemon go on hashing after Mine(). */
void demand_pause(struct demand *demand);
void demand_resume(struct demand *demand);

/*
 * Mine(): a number of blocks from 1 to DEMAND_BLOCKS_MAX. CONTROL_PENDING, or CONTROL_REFUSED with
 * call->reason.
 */
enum control_result demand_mine(struct demand *demand, unsigned blocks, struct control_call *call);

/* A block was found and is submitted: it is among target->found. */
void demand_block_found(struct demand *demand);

/* A node has answered to record, whose state was `before` until then. */
void demand_block_answered(struct demand *demand, const struct found_block *record,
			   enum found_block_state before);
