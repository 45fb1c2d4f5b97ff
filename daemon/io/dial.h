/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * Makes one connected TCP socket from a host name: "Happy Eyeballs", RFC 8305. It tries all
 * addresses of the name, alternating the families and beginning with the one that the system
 * prefers (section 4). An attempt begins 250 ms after the one before, or as soon as that one fails
 * (section 5). The first that connects wins, all others are cancelled and closed. (Section 3 lets
 * attempts begin when the first family's addresses are known; getaddrinfo(3) returns both families
 * at once.) Io thread only.
 *
 *	dial_init -> dial_host -> connected, failed or dial_close -> closed
 *
 * Each dial_host() looks the name up anew. After closed() it may dial again. A negotiation on the
 * new socket, such as a proxy's, belongs between connected() and the stream that adopts the
 * descriptor.
 */
#include <stdbool.h>
#include <stddef.h>

#include "io/resolve.h"
#include "io/ring.h"
#include "io/socket.h"

enum {
	DIAL_STAGGER_MS = 250, /* RFC 8305's Connection Attempt Delay */
	DIAL_REASON_MAX = 256,
	DIAL_LOOK_UP_MAX = 30, /* s; the system asks its name servers in turn, resolv.conf(5) */
};

struct dial_limits {
	unsigned timeout; /* s, for all attempts together */
	struct socket_limits socket;
};

struct dial;

struct dial_handler {
	/* fd belongs to the callee from now on. */
	void (*connected)(struct dial *dial, int fd);
	/* No address connected. reason names each family's last address and its outcome. */
	void (*failed)(struct dial *dial, const char *reason);
	/*
	 * No operation is armed any more. Always called, after connected(), failed() or
	 * dial_close(), and from within none of them.
	 */
	void (*closed)(struct dial *dial);
};

enum dial_state {
	DIAL_CLOSED,
	DIAL_RESOLVING,
	DIAL_CONNECTING,
	DIAL_CLOSING, /* until closed() */
};

struct dial {
	struct ring *ring;
	struct resolver *resolver;
	const struct dial_handler *handler;
	struct dial_limits limits;
	enum dial_state state;
	int error; /* why no look-up began: a negative errno, or 0 */

	struct resolve resolve; /* its addresses in the order of the attempts */
	struct dial_attempt {
		struct dial *dial;
		struct ring_op op;
		int fd;
		int error; /* negative errno; 0: not known yet */
	} attempts[RESOLVE_ADDRESSES_MAX];
	size_t begun; /* attempts; each is to the address of the same index */

	struct ring_timer next, deadline;
	struct ring_task task;
};

void dial_init(struct dial *dial, struct ring *ring, struct resolver *resolver,
	       const struct dial_handler *handler);

/* Begins; only when closed. Whatever fails is reported by failed(), later. */
void dial_host(struct dial *dial, const char *host, unsigned port,
	       const struct dial_limits *limits);

/* Gives up: only closed() follows. Nothing when closed or closing. */
void dial_close(struct dial *dial);
