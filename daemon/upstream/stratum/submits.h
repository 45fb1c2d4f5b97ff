/* SPDX-License-Identifier: MIT */
#pragma once

/* The shares of a login whose replies are outstanding, by the id of their request. Io thread. */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "bitcoin/share.h"

enum { SUBMITS_MAX = 512 /* a power of two */ };

/* A share whose reply is outstanding. */
struct submit {
	uint32_t id; /* of the request; 0: a free place */
	bool block;  /* it meets the network target */
	bool again;  /* it was sent before, by the login that this one goes on with */
	uint64_t sent_ns;
	struct share share; /* with a reference to its job */
};

struct submits {
	struct submit place[SUBMITS_MAX]; /* at id % SUBMITS_MAX */
	unsigned n;
};

/* Takes out all and drops their references. */
void submits_clear(struct submits *submits);

/* Whether there is a place for a request of this id. */
bool submits_has_room(const struct submits *submits, uint32_t id);

/* Only where there is room. The reference to the job goes with it. */
void submits_add(struct submits *submits, const struct submit *submit);

/* Whether one of this id is outstanding. */
bool submits_has(const struct submits *submits, int64_t id);

/* Takes out the one that a reply names, with its reference; false: there is none. */
bool submits_take(struct submits *submits, int64_t id, struct submit *ret);

/* When the oldest one was sent; UINT64_MAX for none. */
uint64_t submits_oldest(const struct submits *submits);
