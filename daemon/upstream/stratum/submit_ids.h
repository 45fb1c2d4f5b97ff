/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * The ids of the mining.submit requests of a login whose replies are outstanding, and the share
 * that each carries. It owns no share and counts none. Io thread.
 */
#include <stdbool.h>
#include <stdint.h>

#include "bitcoin/share.h"

enum { SUBMIT_IDS_MAX = 512 /* a power of two */ };

/* A request whose reply is outstanding. */
struct submit {
	uint32_t id; /* 0: a free place */
	bool again;  /* its share was sent before, by the login that this one goes on with */
	uint64_t sent_ns;
	const struct share *share; /* borrowed */
};

struct submit_ids {
	struct submit place[SUBMIT_IDS_MAX]; /* at id % SUBMIT_IDS_MAX */
	unsigned n;
};

/* Takes out all. */
void submit_ids_clear(struct submit_ids *ids);

/* Whether there is a place for a request of this id. */
bool submit_ids_has_room(const struct submit_ids *ids, uint32_t id);

/* Only where there is room. */
void submit_ids_add(struct submit_ids *ids, const struct submit *submit);

/* Whether one of this id is outstanding. */
bool submit_ids_has(const struct submit_ids *ids, int64_t id);

/* Takes out the one that a reply names; false: there is none. */
bool submit_ids_take(struct submit_ids *ids, int64_t id, struct submit *ret);

/* When the oldest one was sent; UINT64_MAX for none. */
uint64_t submit_ids_oldest(const struct submit_ids *ids);
