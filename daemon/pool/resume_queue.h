/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * The shares of a login that was lost, for as long as the pool may resume it: those in flight when
 * it ended, and those that the workers found since. Io thread.
 */
#include "bitcoin/share.h"

enum {
	RESUME_QUEUE_MAX = 512, /* shares kept; more are given up */
};

struct resume_share {
	struct share share; /* with a reference to its job */
	bool sent;	    /* before the loss */
};

struct resume_queue {
	struct job *job; /* the last one of their login, a reference; NULL: the queue is closed */
	struct resume_share shares[RESUME_QUEUE_MAX];
	unsigned n;
};

/* Waits for the login of this job, the last that it issued. Only when closed. */
void resume_queue_open(struct resume_queue *queue, struct job *last);

/*
 * Keeps a share of that login, with a reference of its own; false: there are too many. Only while
 * it waits.
 */
bool resume_queue_add(struct resume_queue *queue, const struct share *share, bool sent);

/* Drops everything and waits for nothing. Idempotent. */
void resume_queue_close(struct resume_queue *queue);
