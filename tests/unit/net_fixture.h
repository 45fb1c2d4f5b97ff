/* SPDX-License-Identifier: MIT */
#pragma once

/* Ends of TCP connections on loopback: those that listen, that refuse and that say nothing. */
#include <stdbool.h>
#include <stddef.h>

#include "io/resolve.h"

struct resolve_address net_fixture_address4(const char *host, unsigned port);
struct resolve_address net_fixture_address6(const char *host, unsigned port);

/* A listener; fills in a port that was 0. */
int net_fixture_listen(struct resolve_address *address, int backlog);

/* Nobody listens there as long as the descriptor is open; fills in a port that was 0. */
int net_fixture_refuse(struct resolve_address *address);

/* Whether this machine has ::1. */
bool net_fixture_has_ipv6(void);

/* How many are open in this process. */
unsigned net_fixture_descriptors(void);

/* An address that does not answer: a listener whose queue is full drops what comes. */
struct blackhole {
	struct resolve_address address;
	int fds[8]; /* the listener, those in its queue, and last one that is not let in */
	size_t n;
};

void blackhole_init(struct blackhole *hole, const char *host);
void blackhole_deinit(struct blackhole *hole);
