/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * The calls on stream sockets that wait for nothing, and so do not go over the ring. With ring.h
 * this is the only door to the network: a test links sockets of its own in the place of both. Any
 * thread. Descriptors are made close-on-exec.
 */
#include <stdbool.h>
#include <stddef.h>
#include <sys/socket.h>

/* Of a TCP connection, tcp(7), in seconds. */
struct socket_limits {
	unsigned keepalive;   /* silence before the peer is probed; 0: never */
	unsigned tcp_timeout; /* that sent bytes may stay unacknowledged; 0: the system's */
};

enum { SOCKET_PROBES = 3 /* keepalive probes without an answer that end a connection */ };

/* A TCP socket of AF_INET or AF_INET6, for ring_connect(). Negative errno. */
int socket_open(int family);

/*
 * Of a connected TCP socket: lines leave at once, and a peer that vanished is detected. An option
 * that the system refuses is left as it is.
 */
void socket_tune(int fd, const struct socket_limits *limits);

/* The next connection that waits at a listening socket. Negative errno; -EAGAIN: none waits. */
int socket_accept(int fd);

/* The address of the peer. false: there is no connection. */
bool socket_peer(int fd, struct sockaddr_storage *ret);

/* Sends what the socket has space for, at once. The bytes sent, or a negative errno. */
ssize_t socket_send(int fd, const void *bytes, size_t n);

/* Whether the peer has closed the connection and every byte that it sent was received. */
bool socket_ended(int fd);

/* A second descriptor of the same socket. Negative errno. */
int socket_duplicate(int fd);

/* No operation of the ring may be armed on fd, which is open. */
void socket_close(int fd);
