/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * Which events of an upstream are legal when (upstream.h), and what holds between two of them. It
 * stands between the upstream and the pool of a fuzzer, and aborts at whatever is not legal. One at
 * a time.
 */
#include "pool/pools.h"

enum upstream_model_state {
	UPSTREAM_MODEL_CLOSED,
	UPSTREAM_MODEL_LIVE,  /* a login has had an event */
	UPSTREAM_MODEL_READY, /* ready() came */
	UPSTREAM_MODEL_ENDED, /* lost() came, or the pool has closed it: only closed() is left */
};

struct upstream_model {
	const struct upstream_handler *handler; /* the pool's */
	struct upstream *upstream;		/* borrowed */
	enum upstream_model_state state;
};

/* Stands before the handler of the upstream, which is closed. */
void upstream_model_init(struct upstream_model *model, struct upstream *upstream);

/* Between two iterations: the pool's login, its shares and its buffers. pools is of one pool. */
void upstream_model_check(struct upstream_model *model, const struct pools *pools);
