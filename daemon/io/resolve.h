/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * Looks up the addresses of names, getaddrinfo(3), without blocking the loop: each look-up runs in
 * a short-lived thread that wakes the loop by an eventfd. Io thread only.
 *
 * This is the only door to names: a test links functions of its own in the place of resolve.c.
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
	/* Threads at once; that of a cancelled look-up runs until getaddrinfo(3) returns. */
	RESOLVE_LIVE_MAX = 32,
};

struct resolve_address {
	struct sockaddr_storage address;
	socklen_t size;
};

struct resolve_shared;

/* One per program: what the threads report to. */
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
	 * There are n > 0 addresses in the system's order of preference, or 0 and a reason. If
	 * there are too many, each family keeps half of them, or all that it has.
	 */
	void (*fn)(struct resolve *resolve);
	struct resolve_address addresses[RESOLVE_ADDRESSES_MAX];
	size_t n;
	char reason[RESOLVE_REASON_MAX];
	struct resolve_request *request; /* NULL when none runs */
};

int resolver_init(struct resolver *resolver, struct ring *ring);

/* Cancels the operation of the resolver: no look-up is answered any more. */
void resolver_stop(struct resolver *resolver);

/* Only when its operation is not armed, or the ring is gone. Idempotent. */
void resolver_deinit(struct resolver *resolver);

/*
 * Looks host up, where no look-up of resolve runs; fn is called in a later iteration, also for a
 * literal address. Negative errno, resolve->reason says why, and fn is not called: no thread could
 * be started, or RESOLVE_LIVE_MAX of them run (-EAGAIN; a literal address is taken even then).
 */
int resolve_start(struct resolver *resolver, struct resolve *resolve, const char *host,
		  unsigned port);

/* fn is not called any more. Nothing when no look-up runs. */
void resolve_cancel(struct resolve *resolve);

/* The numeric address without its port. Returns ret. */
const char *resolve_text(char ret[RESOLVE_TEXT_MAX], const struct resolve_address *address);
