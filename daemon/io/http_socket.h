/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * libcurl's sockets on the ring. libcurl changes what it waits for at any time, and closes a socket
 * whose number is used again at once, while an armed poll belongs to the ring until its completion.
 * So each socket is polled by a struct of its own, freed once libcurl has let go of the socket and
 * nothing is armed. Io thread only.
 */
#include <stdbool.h>

#include "io/ring.h"
#include "io/socket.h"

struct http_socket {
	struct ring_op op; /* a poll */
	struct http_sockets *sockets;
	struct http_socket *next;
	int fd;		 /* -1: libcurl has let go of it */
	unsigned events; /* that libcurl waits for, POLLIN | POLLOUT */
	unsigned polled; /* that op is armed for */
	bool called;	 /* within ready() */
};

struct http_sockets {
	struct ring *ring;
	struct socket_limits limits;
	/* What libcurl waits for has happened; ready: of CURL_CSELECT_*. It calls libcurl. */
	void (*ready)(struct http_sockets *sockets, int fd, int ready);
	/* Nothing is armed any more; from http_sockets_drop() or a completion after it. */
	void (*drained)(struct http_sockets *sockets);
	struct http_socket *list;
	bool dropped;
};

/* Sets the options of libcurl's multi handle. Returns whether there was memory. */
bool http_sockets_watch(struct http_sockets *sockets, void *multi);

/* Sets the options of a request: its sockets are those of socket.h. The same of easy. */
bool http_sockets_set(struct http_sockets *sockets, void *easy);

/*
 * Lets go of all, before libcurl closes them. What is armed is cancelled; drained() follows. Once
 * the ring has gone, nothing follows.
 */
void http_sockets_drop(struct http_sockets *sockets);

/* Frees what is left once the ring has gone. */
void http_sockets_free(struct http_sockets *sockets);
