/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * A ring and a network in memory, in the place of daemon/io/ring.c and socket.c: hours pass in
 * milliseconds, and two runs from the same seed are the same. All that a test does not replace is
 * the daemon's own code. Peers live on the same ring, or call fake_socket.h.
 *
 * A test links, with the libraries that it tests:
 *
 *	fake_ring.c fake_socket.c fake_events.c	the network, and the loop
 *	fake_inside.c				whose function runs
 *	fake_resolve.c				names
 *	fake_random.c				random numbers: backoff, latencies
 *	fake_disk.c				files
 *	fake_http.c				what requests of HTTP are answered
 *	jump_clock.c				time, which the loop moves on to what happens next
 *
 * and then
 *
 *	fake_ring_begin(seed);
 *	ring_init(&ring); resolver_init(..); pools_init(..);	as the daemon does
 *	listener_open(&port)		a server, for socket_accept() when ring_poll() says so
 *	ring_iterate(&ring)		until clock_now() is late enough
 *
 * Not simulated: TLS (it works, but OpenSSL takes its random numbers from the kernel).
 */
#include <stddef.h>
#include <stdint.h>

enum fake_op_kind {
	FAKE_CONNECT,
	FAKE_RECV,
	FAKE_SEND,
	FAKE_SEND_NO_CQE,
	FAKE_POLL,
	FAKE_READ, /* of a counter: fake_ring_wake() */
	FAKE_OPENAT,
	FAKE_WRITE,
	FAKE_FSYNC,
	FAKE_UNLINKAT,
	FAKE_RENAMEAT,
	FAKE_OP_KINDS,
};

/* What a simulator adds; each may be NULL. */
struct fake_ring_hooks {
	/* 0, or a negative errno that the operation ends with in place of its effect. */
	int (*fault)(enum fake_op_kind kind);
	/* ns that a file operation takes. */
	uint64_t (*delay)(enum fake_op_kind kind);
};

/* Begins anew: no socket, time and random numbers of the seed. Only while no ring is open. */
void fake_ring_begin(uint64_t seed);

/* with must outlive the ring; NULL: none. */
void fake_ring_hook(const struct fake_ring_hooks *with);

/*
 * A number for all that was sent and connected so far, by whom and when: equal after two runs from
 * the same seed.
 */
uint64_t fake_ring_trace(void);

/* Operations that are armed. */
size_t fake_ring_armed(void);

/* Adds 1 to the counter of a descriptor, as eventfd_write(): a ring_read() of it ends. */
void fake_ring_wake(int fd);
