/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * All pools, in order of priority, and the choice which of them the workers hash for: the best one
 * that is usable, but one that was lost before is held down for a while (pool_held_until()) unless
 * there is nothing else. The `standby` best pools below the active one are kept connected with a
 * current job, so that a loss is answered in the same loop iteration; one at least while the active
 * one has an outage behind it without progress since (pool_health.h). Io thread only.
 */
#include "pool/pool.h"
#include "pool/share_dedup.h"

enum {
	/* Those of the configuration, and those that a reload removed and that still close. */
	POOLS_SLOTS = 2 * CONF_POOLS_MAX,
	POOLS_LINGER = 10,    /* s in which workers may still bring blocks of a removed node */
	POOLS_IDLE_MS = 1000, /* without a pool until that is logged: a hop is no outage */
};

struct pools;

struct pools_handler {
	/* Work for all workers, borrowed; NULL: there is none. */
	void (*work)(struct pools *pools, struct job *job);
	/* There is room again for shares of the active pool. */
	void (*room)(struct pools *pools);
};

struct pools_nodes;

/* Events of pools that are nodes; each has the arguments of pool_handler's. */
struct pools_nodes_handler {
	void (*usable)(struct pools_nodes *nodes, struct pool *pool);
	/* It has another job, which the workers have got already. */
	void (*job)(struct pools_nodes *nodes, struct pool *pool);
	void (*block)(struct pools_nodes *nodes, struct pool *pool, struct block *block);
	void (*block_answered)(struct pools_nodes *nodes, struct pool *pool,
			       const struct block *block, const struct block_answer *answer);
	void (*block_seen)(struct pools_nodes *nodes, struct pool *pool, const struct target *hash,
			   int64_t confirmations);
};

/* Embedded by whoever submits the blocks. */
struct pools_nodes {
	const struct pools_nodes_handler *handler;
};

struct pools {
	struct ring *ring;
	struct resolver *resolver;
	const struct pools_handler *handler;
	const struct pool_handler *pool_handler;
	struct pools_nodes *nodes; /* NULL: no pool may be a node */
	struct conf_failover limits;
	uint64_t numbers; /* the last one given to a login or a job */
	struct job_stock stock;

	struct pools_slot {
		struct pools *pools;
		struct pool pool;
		bool used;
		struct ring_timer linger; /* of a removed node: until it is freed */
	} slots[POOLS_SLOTS];

	struct pool *order[CONF_POOLS_MAX]; /* by priority */
	size_t n;
	struct pool *active;	   /* or NULL */
	struct pool *chosen;	   /* by the user: preferred to all others; or NULL */
	bool unproven;		   /* the active one was in an outage at the last update */
	struct ring_timer revisit; /* decides anew what was not due yet */
	uint64_t lost_ns; /* while what follows from a loss is done: when it was seen; else 0 */
	uint64_t idle_ns; /* since when no pool works; 0: one does, or none was tried yet */
	bool idle_logged;
	struct ring_timer idle;
	bool stopping;

	struct share_stats stats; /* of all pools that there ever were */
	struct share_dedup dedup;
};

/* pools is zeroed memory, most of which is never touched. */
void pools_init(struct pools *pools, struct ring *ring, struct resolver *resolver,
		const struct pools_handler *handler);

/* Who submits the blocks of nodes, borrowed; before there are pools. */
void pools_set_nodes(struct pools *pools, struct pools_nodes *nodes);

/* When pools_closed(), or once the ring has gone. */
void pools_deinit(struct pools *pools);

/* Decides which pool is active, which are connected, and what is hashed. */
void pools_update(struct pools *pools);

/*
 * Disconnects all; a node that has not answered a block yet only then, when it is lost, or at the
 * second call: its answer may be kept nowhere else.
 */
void pools_stop(struct pools *pools);
bool pools_await_blocks(const struct pools *pools);
bool pools_closed(const struct pools *pools);

/* The pool of a used slot is removed, and closed. Of pools_configure() alone. */
void pools_free(struct pools_slot *slot);

/* Prefers a pool to all others from now on; false: there is none of that name. */
bool pools_switch(struct pools *pools, const char *name);

/* Hashes a second that the workers do, once it is known and whenever it may have changed. */
void pools_set_rate(struct pools *pools, double rate);

/* The job for the workers, borrowed; NULL: there is none. Other headers each time. */
struct job *pools_give_job(struct pools *pools);

/* The workers have no headers left of the job that they were given: they get others. */
void pools_job_used_up(struct pools *pools);

/* Shares that are on their way, or wait for a login to be gone on with; of all pools. */
unsigned pools_waiting(const struct pools *pools);

/* Whether a share of the active pool can be sent now. */
bool pools_has_room(const struct pools *pools);

/*
 * Counts a share and sends it to the login that issued its job; the reference stays the caller's.
 * The pool of that login, or NULL when it is gone.
 */
const struct pool *pools_share(struct pools *pools, const struct share *share);

/*
 * A node becomes usable. The block that it took on the parent of its job, if it took one, it may
 * have forgotten by a crash, so that another one is wanted; unless another node has that block:
 * then this one is slow to tell.
 */
void pools_node_is_back(struct pools *pools, struct pool *pool);

/*
 * A node answered a block. The others, which may be slow to tell of one that it accepted, are not
 * to get another one on that parent.
 */
void pools_block_answered(struct pools *pools, struct pool *pool, const struct block *block,
			  bool accepted);
