/* SPDX-License-Identifier: MIT */
#pragma once

/* Some pools to choose between, and a small server for each, on one ring. One at a time. */
#include "io/resolve.h"
#include "pool/pools.h"
#include "pool_fixture.h"

enum { CHOICE_FIXTURE_SERVERS = 3 };

struct choice_fixture {
	struct ring ring;
	struct resolver resolver;
	struct pools *pools; /* owned */
	struct server servers[CHOICE_FIXTURE_SERVERS];
	struct job *work; /* what is on the workers, borrowed */
	unsigned works;	  /* how often that has changed */
};

void choice_fixture_init(struct choice_fixture *fixture);
void choice_fixture_deinit(struct choice_fixture *fixture);

/*
 * The first n servers as pools "pool0" ..; change, or NULL: what is different for each. Returns
 * what pools_configure() does.
 */
void choice_fixture_configure(struct choice_fixture *fixture, unsigned n, unsigned standby);
size_t choice_fixture_configure_with(struct choice_fixture *fixture, unsigned n, unsigned standby,
				     void (*change)(struct conf_pool *pool));

/* The name of the active pool, or "". */
const char *choice_fixture_active(const struct choice_fixture *fixture);
