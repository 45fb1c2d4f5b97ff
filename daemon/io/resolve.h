/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * Names to addresses, getaddrinfo(3), without ever blocking the loop: each look-up runs in a
 * short-lived thread that only wakes the loop through one eventfd. Io thread only.
 */
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <sys/socket.h>

#include "io/ring.h"

enum {
	RESOLVE_TEXT_MAX = 64, /* bytes of an IPv6 address with its zone, and a NUL */
	RESOLVE_ADDRESSES_MAX = 16,
	RESOLVE_REASON_MAX = 192,
	/* That have no answer yet: one that is given up keeps its thread until it has one. */
	RESOLVE_LIVE_MAX = 32,
};

struct resolve_address {
	struct sockaddr_storage address;
	socklen_t size;
};

struct resolve_shared;

/* One a program: what the threads report to. */
struct resolver {
	struct ring *ring;
	struct resolve_shared *shared; /* counted: a slow thread may outlive the resolver */
	struct ring_op op;
	uint64_t woken;
	bool stopped;
};

struct resolve_request;

/* One look-up at a time; embed by value. */
struct resolve {
	/*
	 * n > 0 addresses in the system's order of preference, or 0 and why. Where there are too
	 * many, each family keeps half of the room, or what it needs of that.
	 */
	void (*fn)(struct resolve *resolve);
	struct resolve_address addresses[RESOLVE_ADDRESSES_MAX];
	size_t n;
	char reason[RESOLVE_REASON_MAX];
	struct resolve_request *request; /* NULL when none runs */
};

int resolver_init(struct resolver *resolver, struct ring *ring);

/* Begins to stop listening; when nothing is armed any more, resolver_deinit() may be called. */
void resolver_stop(struct resolver *resolver);
void resolver_deinit(struct resolver *resolver);

/*
 * Looks host up; fn is called in a later turn, for a literal address too. Negative errno, and
 * resolve->reason says why: no thread could be made, or -EAGAIN, RESOLVE_LIVE_MAX of them have not
 * come back (an address is taken even then). fn is not called.
 */
int resolve_start(struct resolver *resolver, struct resolve *resolve, const char *host,
		  unsigned port);

/* fn is not called any more. */
void resolve_cancel(struct resolve *resolve);

/* The address in numbers, without its port. Returns ret. */
const char *resolve_text(char ret[RESOLVE_TEXT_MAX], const struct resolve_address *address);
