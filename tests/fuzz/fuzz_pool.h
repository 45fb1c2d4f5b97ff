/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * A pool that connects to stratum_server.h in the world of fuzz_world.h, under the eyes of
 * upstream_model.h. One at a time.
 */
#include "fuzz_world.h"
#include "stratum_server.h"
#include "upstream_model.h"

enum { FUZZ_POOL_STEP_MS = 170 /* there and back */ };

enum fuzz_pool_share {
	FUZZ_POOL_SHARE, /* as easy as its job */
	FUZZ_POOL_BLOCK,
	FUZZ_POOL_TOO_EASY,
};

struct fuzz_pool {
	struct fuzz_world world;
	struct pools *pools; /* owned; of the one pool */
	struct job *work;    /* what the workers have, a reference; or NULL */
	uint32_t nonce;	     /* of the last share */
	struct stratum_server server;
	struct upstream_model model;
};

/* Each bit of settings is one of the pool's settings. */
void fuzz_pool_begin(struct fuzz_pool *fuzz, uint8_t settings);

/* Lets so many ms of virtual time pass, and checks the model on the way. */
void fuzz_pool_run(struct fuzz_pool *fuzz, unsigned ms);

/* The workers find n shares of what they have. */
void fuzz_pool_find(struct fuzz_pool *fuzz, unsigned n, enum fuzz_pool_share kind);

/* Nothing may be left. */
void fuzz_pool_end(struct fuzz_pool *fuzz);
