/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * From a host name to one connected TCP descriptor: "Happy Eyeballs", RFC 8305. All addresses of
 * the name are tried, the families in turn and beginning with the one that the system prefers
 * (section 4), an attempt every 250 ms or as soon as the one before failed (section 5). The first
 * that connects wins, all others are cancelled and closed. (Section 3 lets attempts begin when the
 * first family's addresses are there; getaddrinfo(3) gives both families at once.) Io thread only.
 *
 *	dial_init -> dial_host | dial_addresses -> connected, failed or dial_close -> closed
 *
 * A name is looked up anew by each dial_host(): what failed may have moved. After closed() it may
 * dial again. A negotiation on the new descriptor, such as a proxy's, belongs between connected()
 * and the stream that adopts the descriptor.
 */
#include <stdbool.h>
#include <stddef.h>

#include "io/resolve.h"
#include "io/ring.h"
#include "io/socket.h"

enum {
	DIAL_STAGGER_MS = 250, /* RFC 8305's Connection Attempt Delay */
	DIAL_REASON_MAX = 256,
	/* s; the system's resolver asks its servers one after the other, resolv.conf(5). */
	DIAL_LOOK_UP_MAX = 30,
};

struct dial_limits {
	unsigned timeout; /* s, for all attempts together */
	struct socket_limits socket;
};

struct dial;

struct dial_handler {
	/* fd is the callee's from now on. */
	void (*connected)(struct dial *dial, int fd);
	/* No address connected: of each family the last one, and what became of it. */
	void (*failed)(struct dial *dial, const char *reason);
	/*
	 * Nothing of it belongs to the kernel any more. It always comes, after connected(),
	 * failed() or dial_close(), and from within none of them.
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
	int error; /* why no look-up could be begun, a negative errno, or 0 */

	struct resolve resolve; /* its addresses in the order of the attempts */
	struct dial_attempt {
		struct dial *dial;
		struct ring_op op;
		int fd;
		int error; /* negative errno; 0: not known yet */
	} attempts[RESOLVE_ADDRESSES_MAX];
	size_t begun; /* of attempts; each is to the address of the same index */

	struct ring_timer next, deadline;
	struct ring_task task;
};

void dial_init(struct dial *dial, struct ring *ring, struct resolver *resolver,
	       const struct dial_handler *handler);

/* Begins, when closed. Whatever goes wrong is told by failed(), later. */
void dial_host(struct dial *dial, const char *host, unsigned port,
	       const struct dial_limits *limits);

/* The same with addresses that are known: at most RESOLVE_ADDRESSES_MAX are tried. */
void dial_addresses(struct dial *dial, const struct resolve_address *addresses, size_t n,
		    const struct dial_limits *limits);

/* Gives up: only closed() follows. Nothing when closed or closing. */
void dial_close(struct dial *dial);
