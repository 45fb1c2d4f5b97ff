/* SPDX-License-Identifier: MIT */
#pragma once

/* What tests of one pool and of several share: a configuration for small servers, and the end. */
#include "io/resolve.h"
#include "pool/pools.h"
#include "pool_fixture.h"

/*
 * Configures n servers, in their order, as pools "pool0" .. with the users "user0" ..; change, or
 * NULL: what is different for each. Returns what pools_configure() does.
 */
size_t pools_fixture_configure(struct pools *pools, const struct server *servers, unsigned n,
			       unsigned standby, void (*change)(struct conf_pool *pool));

/* Closes all connections of both ends, and frees the pools and all else that is given. */
void pools_fixture_close(struct ring *ring, struct pools *pools, struct resolver *resolver,
			 struct server *servers, unsigned n);
