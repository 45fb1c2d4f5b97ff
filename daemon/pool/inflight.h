/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * The shares of one login that were sent and are not answered yet. The upstream borrows them from
 * here, and names them by their place. Io thread.
 */
#include <stdbool.h>

#include "bitcoin/share.h"

enum { INFLIGHT_MAX = 512 /* a power of two */ };

struct inflight_share {
	struct share share; /* with a reference to its job; NULL: a free place */
	bool again;	    /* it was sent before, by the login that this one goes on with */
};

struct inflight {
	struct inflight_share place[INFLIGHT_MAX];
	unsigned n;
	unsigned next; /* where a free place is looked for first */
};

/* Keeps a share, with a reference of its own; NULL: there are too many. */
struct inflight_share *inflight_add(struct inflight *inflight, const struct share *share,
				    bool again);

/*
 * The first one, or the one behind that, which may have been removed; NULL: there is none. In the
 * order in which they were added, but that one which stays while all other places are used again
 * comes behind newer ones. None may be added between two calls.
 */
struct inflight_share *inflight_next(struct inflight *inflight, struct inflight_share *after);

/* Takes out the one whose share that is; its reference goes with it. */
void inflight_take(struct inflight *inflight, const struct share *share,
		   struct inflight_share *ret);

/* Gives up its reference, and its place. */
void inflight_remove(struct inflight *inflight, struct inflight_share *share);
