/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * Sockets in memory, in the place of daemon/io/socket.c. Bytes arrive in order; how fast, in which
 * pieces and whether at all is a matter of the link, of which each listening port has one. What
 * fake_ring.c needs of them is below; so is what peers call that do not live on the ring.
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

enum {
	FAKE_FD = 1000000, /* of the first socket: no descriptor of the process itself */
};

/* No socket, nothing on its way. */
void fake_socket_begin(void);

/* A number for all that was sent and connected so far, by whom and when. */
uint64_t fake_socket_trace(void);

/* Sockets that are not closed. */
size_t fake_socket_open_count(void);

/* For the ring: 0, a negative errno, -EAGAIN: not known yet. */
void fake_socket_connect(int fd, unsigned port);
int fake_socket_connected(int fd);

/* The bytes received, 0: the peer has closed, -EAGAIN: nothing has arrived, other errno. */
int fake_socket_receive(int fd, void *buffer, size_t size);

/* Whether fake_socket_receive() has something. */
bool fake_socket_readable(int fd);

/* Whether a send would take a byte, or fail. */
bool fake_socket_writable(int fd);

/* Whether a connection waits at a listener, or it was closed. */
bool fake_socket_acceptable(int fd);

/* For peers: fn is called whenever fake_socket_receive() or socket_accept() has something new. */
void fake_socket_watch(int fd, void (*fn)(void *context, int fd), void *context);

/* A client of a port: fake_socket_connected() says when the connection is there, or why not. */
int fake_socket_client(unsigned port);

/* The descriptor of the other end; -1: it was never connected. */
int fake_socket_peer(int fd);

/* The connection breaks: both ends get a reset, and what is on its way is lost. fd -1: nothing. */
void fake_socket_reset(int fd);

/* As if the peer's machine were gone: nothing arrives any more, on either side. fd -1: nothing. */
void fake_socket_vanish(int fd);
