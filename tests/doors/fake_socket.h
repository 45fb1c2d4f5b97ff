/* SPDX-License-Identifier: MIT */
#pragma once

/* What fake_ring.c needs of the sockets in memory. For tests see fake_ring.h. */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
	FAKE_LATENCY_MIN_US = 200, /* of a piece of bytes, and of each half of a connect */
	FAKE_LATENCY_MAX_US = 80 * 1000,
};

/* No socket, nothing on its way. */
void fake_socket_begin(void);

/* When the next piece arrives somewhere, clock_now(); UINT64_MAX: nothing is on its way. */
uint64_t fake_socket_next(void);

/* Lets everything arrive that is due by now. */
void fake_socket_deliver(uint64_t now);

uint64_t fake_socket_trace(void);

/*
 * Begins to connect to a port. fake_socket_connected(): 0, -ECONNREFUSED, -EAGAIN: not known yet.
 */
void fake_socket_connect(int fd, unsigned port);
int fake_socket_connected(int fd);

/* The bytes received, 0: the peer has closed, -EAGAIN: nothing has arrived. */
int fake_socket_receive(int fd, void *buffer, size_t size);

/* Whether a connection waits at a listener, or it was closed. */
bool fake_socket_acceptable(int fd);
