/* SPDX-License-Identifier: MIT */
#pragma once

/* Some pools to choose between, and a small server for each, on one ring. One at a time. */
#include "io/resolve.h"
#include "pool/pools.h"
#include "pool_kit.h"

enum { CHOICE_KIT_SERVERS = 3 };

struct choice_kit {
	struct ring ring;
	struct resolver resolver;
	struct pools *pools; /* owned */
	struct server servers[CHOICE_KIT_SERVERS];
	struct job *work; /* what is on the workers, borrowed */
	unsigned works;	  /* how often that has changed */
};

void choice_kit_init(struct choice_kit *kit);
void choice_kit_deinit(struct choice_kit *kit);

/* The first n servers as pools "pool0" ..; change, or NULL: what is different for each. */
void choice_kit_configure(struct choice_kit *kit, unsigned n, unsigned standby);
void choice_kit_configure_with(struct choice_kit *kit, unsigned n, unsigned standby,
			       void (*change)(struct conf_pool *pool));

/* The name of the active pool, or "". */
const char *choice_kit_active(const struct choice_kit *kit);
