/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * Accepts connections, so that root and the daemon's own user are always served, whatever other
 * users do and however many files are open. Who a client is shows only after accept(2). So all are
 * accepted, and untrusted ones then wait for their budget of CPU time in a queue, where they do not
 * hold up root. When the queue is full they are refused, with a budget of its own: root may be
 * behind them. Io thread.
 *
 *	control_accept_init -> control_accept_start -> .. control_accept_stop -> .. !armed
 *	-> control_accept_deinit
 */
#include <stdbool.h>

#include "control/control_budget.h"
#include "control/control_peer.h"
#include "io/ring.h"

enum {
	CONTROL_WAITING_MAX = 64,   /* untrusted connections that wait for their budget */
	CONTROL_RESERVED_FILES = 4, /* descriptors kept for clients when all others are in use */
};

/* An untrusted client that is not served yet. */
struct control_waiting {
	int fd;
	struct control_peer peer;
};

struct control_accept;

struct control_accept_handler {
	/* Serves a client whose connection is fd, and takes that over. Else returns why not. */
	const char *(*serve)(struct control_accept *accept, int fd,
			     const struct control_peer *peer);
	/*
	 * What is sent to a client that is refused, for that reason: *ret_size bytes and a NUL,
	 * borrowed until the next call; NULL on allocation failure.
	 */
	const char *(*refusal)(struct control_accept *accept, const char *reason, size_t *ret_size);
};

struct control_accept {
	struct ring *ring;
	const struct control_accept_handler *handler;
	int fd;	     /* borrowed: the socket that listens; -1: not started */
	gid_t group; /* control_peer_group() */
	bool stopped;

	int reserved[CONTROL_RESERVED_FILES]; /* closed for a client when there are no others */
	struct ring_op acceptable;	      /* somebody has connected */
	struct ring_timer timer; /* accepts: now, when there is budget, or after a failure */

	struct control_waiting waiting[CONTROL_WAITING_MAX]; /* a ring buffer */
	unsigned first_waiting, n_waiting;
	struct control_budget serve_budget;  /* to serve untrusted clients */
	struct control_budget refuse_budget; /* to refuse them */
};

void control_accept_init(struct control_accept *self, struct ring *ring,
			 const struct control_accept_handler *handler);

/* Accepts connections of a socket that listens. Once. fd must outlive it. */
void control_accept_start(struct control_accept *self, int fd);

/*
 * Takes back the reserved descriptors that were used: when a client has left, and once a second.
 * Nothing when not started or stopped.
 */
void control_accept_reserve(struct control_accept *self);

/* Accepts no more, and closes connections that wait. The ring may still have accept->acceptable. */
void control_accept_stop(struct control_accept *self);

/* When accept->acceptable is not armed, or the ring is gone. Idempotent. */
void control_accept_deinit(struct control_accept *self);
