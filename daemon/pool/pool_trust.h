/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * Whom a pool's connections trust. To make it reads and parses certificates, which takes up to
 * hundreds of milliseconds: before the loop begins, or in a helper thread (io/helper.h). It may
 * move until the pool has it.
 */
#include <stdbool.h>

#include "config/conf.h"
#include "io/tls.h"

struct pool_trust {
	struct tls_context tls;
	bool made;
	char reason[TLS_REASON_MAX]; /* why it could not be made; empty: it was, or is not needed */
};

#define POOL_TRUST_NULL ((struct pool_trust){.tls = TLS_CONTEXT_NULL})

/* Idempotent. */
void pool_trust_deinit(struct pool_trust *trust);

/* The same for all pools of a configuration, by their index. */
struct pools_trust {
	struct pool_trust pool[CONF_POOLS_MAX];
};

/* Nothing is made for a pool without TLS. Any thread. */
void pools_trust_init(struct pools_trust *trust, const struct conf *conf);

/* Of those that no pool has taken over. Idempotent. */
void pools_trust_deinit(struct pools_trust *trust);
