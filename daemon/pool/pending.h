/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * The shares of a login that was lost, for as long as the pool may go on with it: those on their
 * way when it ended, and those that the workers found since. Io thread.
 */
#include "bitcoin/share.h"

enum {
	PENDING_MAX = 512, /* shares kept; more are given up */
};

struct pending_share {
	struct share share; /* with a reference to its job */
	bool sent;	    /* before the loss */
};

struct pending {
	uint64_t session; /* the login that issued their jobs; 0: none is waited for */
	struct job *job;  /* its last one; a reference */
	struct pending_share shares[PENDING_MAX];
	unsigned n;
};

/* Waits for the login of this job, the last that it issued. Only when closed. */
void pending_open(struct pending *pending, struct job *last);

/* Keeps a share, with a reference of its own; false: there are too many. */
bool pending_add(struct pending *pending, const struct share *share, bool sent);

/* Drops everything and waits for nothing. Idempotent. */
void pending_close(struct pending *pending);
