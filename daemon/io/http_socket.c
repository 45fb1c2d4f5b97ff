/* SPDX-License-Identifier: MIT */
/*
 * Invariant: the list has at most one of each descriptor; each entry is armed or called, and one
 * that libcurl has let go of is freed when it is neither.
 */
#include "io/http_socket.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>

#include "common/container.h"
#include "io/http_curl.h"

static void http_socket_free(struct http_socket *socket)
{
	struct http_sockets *sockets = socket->sockets;
	struct http_socket **where = &sockets->list;

	while (*where != socket)
		where = &(*where)->next;
	*where = socket->next;
	free(socket);
	if (sockets->dropped && !sockets->list && sockets->ring->initialized)
		sockets->drained(sockets);
}

static void http_socket_arm(struct http_socket *socket)
{
	socket->polled = socket->events;
	ring_poll(socket->sockets->ring, &socket->op, socket->fd, socket->events);
}

/* What libcurl is told. An error or the end of the connection is found by reading or writing. */
static int http_socket_ready(const struct http_socket *socket, int result)
{
	unsigned events = (unsigned)result;
	int ready = 0;

	if (result < 0)
		return result == -ECANCELED ? 0 : CURL_CSELECT_ERR;
	if (events & (POLLERR | POLLHUP))
		events |= socket->events;
	if (events & socket->events & POLLIN)
		ready |= CURL_CSELECT_IN;
	if (events & socket->events & POLLOUT)
		ready |= CURL_CSELECT_OUT;
	return ready;
}

static void http_socket_on_poll(struct ring_op *op, int result)
{
	struct http_socket *socket = container_of(op, struct http_socket, op);
	int ready = socket->fd < 0 ? 0 : http_socket_ready(socket, result);

	if (ready) {
		socket->called = true;
		socket->sockets->ready(socket->sockets, socket->fd, ready);
		socket->called = false;
	}
	if (socket->fd < 0)
		http_socket_free(socket);
	else
		http_socket_arm(socket);
}

static struct http_socket *http_socket_find(const struct http_sockets *sockets, int fd)
{
	struct http_socket *socket = sockets->list;

	while (socket && socket->fd != fd)
		socket = socket->next;
	return socket;
}

static void http_socket_drop(struct http_socket *socket)
{
	struct ring *ring = socket->sockets->ring;

	socket->fd = -1;
	if (socket->op.armed && ring->initialized)
		ring_cancel(ring, &socket->op);
	else if (!socket->op.armed && !socket->called)
		http_socket_free(socket);
}

static struct http_socket *http_socket_new(struct http_sockets *sockets, int fd)
{
	struct http_socket *socket = malloc(sizeof(*socket));

	if (!socket)
		return NULL;
	*socket = (struct http_socket){
		.op.fn = http_socket_on_poll, .sockets = sockets, .next = sockets->list, .fd = fd};
	sockets->list = socket;
	return socket;
}

/* CURLMOPT_SOCKETFUNCTION: what libcurl waits for from now on. -1: no memory, its requests fail. */
static int http_socket_on_change(CURL *easy, curl_socket_t fd, int what, void *user, void *unused)
{
	struct http_sockets *sockets = user;
	struct http_socket *socket = http_socket_find(sockets, fd);

	if (what == CURL_POLL_REMOVE) {
		if (socket)
			http_socket_drop(socket);
		return 0;
	}
	if (sockets->dropped)
		return 0;
	if (!socket)
		socket = http_socket_new(sockets, fd);
	if (!socket)
		return -1;
	socket->events =
		(what & CURL_POLL_IN ? POLLIN : 0U) | (what & CURL_POLL_OUT ? POLLOUT : 0U);
	if (!socket->op.armed && !socket->called)
		http_socket_arm(socket);
	else if (socket->op.armed && socket->polled != socket->events) {
		/* Armed anew by the completion. */
		socket->polled = socket->events;
		ring_cancel(sockets->ring, &socket->op);
	}
	return 0;
}

static curl_socket_t http_socket_on_open(void *user, curlsocktype purpose,
					 struct curl_sockaddr *address)
{
	int fd = socket_open(address->family);

	return fd < 0 ? CURL_SOCKET_BAD : fd;
}

static int http_socket_on_opened(void *user, curl_socket_t fd, curlsocktype purpose)
{
	const struct http_sockets *sockets = user;

	socket_tune(fd, &sockets->limits);
	return CURL_SOCKOPT_OK;
}

static int http_socket_on_close(void *user, curl_socket_t fd)
{
	struct http_socket *socket = http_socket_find(user, fd);

	if (socket)
		http_socket_drop(socket);
	socket_close(fd);
	return 0;
}

bool http_sockets_watch(struct http_sockets *sockets, void *multi)
{
	bool ok = true;

	ok &= !http_curl_multi_setopt(multi, CURLMOPT_SOCKETFUNCTION, http_socket_on_change);
	ok &= !http_curl_multi_setopt(multi, CURLMOPT_SOCKETDATA, sockets);
	return ok;
}

bool http_sockets_set(struct http_sockets *sockets, void *easy)
{
	bool ok = true;

	ok &= !http_curl_easy_setopt(easy, CURLOPT_OPENSOCKETFUNCTION, http_socket_on_open);
	ok &= !http_curl_easy_setopt(easy, CURLOPT_SOCKOPTFUNCTION, http_socket_on_opened);
	ok &= !http_curl_easy_setopt(easy, CURLOPT_SOCKOPTDATA, sockets);
	ok &= !http_curl_easy_setopt(easy, CURLOPT_CLOSESOCKETFUNCTION, http_socket_on_close);
	ok &= !http_curl_easy_setopt(easy, CURLOPT_CLOSESOCKETDATA, sockets);
	return ok;
}

void http_sockets_drop(struct http_sockets *sockets)
{
	struct http_socket *next;

	for (struct http_socket *socket = sockets->list; socket; socket = next) {
		next = socket->next;
		if (socket->fd >= 0)
			http_socket_drop(socket);
	}
	sockets->dropped = true;
	if (!sockets->list && sockets->ring->initialized)
		sockets->drained(sockets);
}

void http_sockets_free(struct http_sockets *sockets)
{
	while (sockets->list) {
		struct http_socket *socket = sockets->list;

		sockets->list = socket->next;
		free(socket);
	}
}
