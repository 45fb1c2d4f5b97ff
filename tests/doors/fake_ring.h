/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * A ring and a network in memory, in the place of daemon/io/ring.c and socket.c: hours pass in
 * milliseconds, and two runs from the same seed are the same. All that a test does not replace is
 * the daemon's own code; both ends of a connection live on the same ring.
 *
 * A test links, with the libraries that it tests:
 *
 *	fake_ring.c fake_socket.c	the network, and the loop
 *	fake_resolve.c			names
 *	fake_random.c			random numbers: backoff, latencies
 *	jump_clock.c			time, which the loop moves on to whatever happens next
 *
 * and then
 *
 *	fake_ring_begin(seed);
 *	ring_init(&ring); resolver_init(..); pools_init(..);	as the daemon does
 *	listener_open(&port)		a server, for socket_accept() when ring_poll() says so
 *	ring_iterate(&ring)		until clock_now() is late enough
 *
 * The network: bytes arrive in order, each piece after a random latency of its own; a socket takes
 * all that is sent; a connection to a port that nobody listens on is refused. Not simulated: files
 * (a test that needs them replaces store.c too), helper threads, TCP timeouts, TLS (it works, but
 * OpenSSL takes its random numbers from the kernel).
 */
#include <stdint.h>

/* Begins anew: no socket, time and random numbers of the seed. Only while no ring is open. */
void fake_ring_begin(uint64_t seed);

/*
 * A number for all that was sent and connected so far, by whom and when: equal after two runs from
 * the same seed.
 */
uint64_t fake_ring_trace(void);
