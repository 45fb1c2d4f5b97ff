/* SPDX-License-Identifier: MIT */
/*
 * Invariant: pieces for one socket arrive in the order in which they were sent. Descriptors are not
 * used twice, so that a piece for a socket that was closed finds it closed.
 */
#include "fake_socket.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <sys/queue.h>

#include "common/assert.h"
#include "common/clock.h"
#include "common/container.h"
#include "common/random.h"
#include "fake_events.h"
#include "fake_inside.h"
#include "fake_link.h"
#include "io/socket.h"
#include "listener.h"

enum {
	FAKE_PORT = 20000,
	FAKE_BACKLOG = 16,
};

enum fake_state { FAKE_CLOSED, FAKE_NEW, FAKE_LISTENING, FAKE_OPEN };

struct fake_socket {
	enum fake_state state;
	unsigned port; /* that it listens on, or is connected to */
	struct fake_link *link;
	int peer;      /* descriptor */
	int result;    /* of connecting */
	int error;     /* that ends the connection, once all that arrived is read; 0: none */
	bool ended;    /* the peer's end has arrived */
	bool vanished; /* nothing arrives any more */
	uint64_t at;   /* when the last piece for it arrives */
	char *in;      /* what has arrived, n bytes; owned */
	size_t n, room;
	size_t unread; /* bytes sent to it that it has not read, those on their way too */
	struct socket_limits limits;
	struct fake_event timeout; /* of TCP, at a peer that has vanished */
	int waiting[FAKE_BACKLOG];
	size_t n_waiting;
	void (*watch)(void *context, int fd);
	void *context;
};

enum fake_kind { FAKE_SYN, FAKE_SYN_ACK, FAKE_REFUSED, FAKE_BYTES, FAKE_FIN, FAKE_RST };

struct fake_piece {
	LIST_ENTRY(fake_piece) entry;
	struct fake_event event;
	enum fake_kind kind;
	int fd; /* of FAKE_SYN: whose; else where it arrives */
	int result;
	size_t n;
	char bytes[];
};

static LIST_HEAD(, fake_piece) pieces; /* on their way */
static struct fake_socket **sockets;
static size_t n_sockets, room_sockets, n_open;
static uint64_t trace;

static struct fake_socket *get(int fd)
{
	assert(fd >= FAKE_FD && fd < FAKE_FD + (int)n_sockets);
	return sockets[fd - FAKE_FD];
}

/* FNV-1a. */
static void note(const void *bytes, size_t n)
{
	for (size_t i = 0; i < n; i++)
		trace = (trace ^ ((const unsigned char *)bytes)[i]) * UINT64_C(0x100000001b3);
}

static void release(struct fake_socket *socket)
{
	n_open -= socket->state != FAKE_CLOSED;
	fake_event_clear(&socket->timeout);
	free(socket->in);
	socket->in = NULL;
	socket->n = socket->room = 0;
	socket->watch = NULL;
	socket->state = FAKE_CLOSED;
}

static void forget(struct fake_piece *piece)
{
	fake_event_clear(&piece->event);
	LIST_REMOVE(piece, entry);
	free(piece);
}

void fake_socket_begin(void)
{
	while (!LIST_EMPTY(&pieces))
		forget(LIST_FIRST(&pieces));
	for (size_t i = 0; i < n_sockets; i++) {
		release(sockets[i]);
		free(sockets[i]);
	}
	n_sockets = n_open = 0;
	fake_link_begin();
	trace = UINT64_C(0xcbf29ce484222325);
}

uint64_t fake_socket_trace(void)
{
	return trace;
}

size_t fake_socket_open_count(void)
{
	return n_open;
}

static void on_timeout(struct fake_event *event)
{
	struct fake_socket *socket = container_of(event, struct fake_socket, timeout);

	socket->error = -ETIMEDOUT;
}

static int new_socket(enum fake_state state, unsigned port)
{
	struct fake_socket *socket;

	fake_inside_leave();
	socket = calloc(1, sizeof(*socket));
	if (n_sockets == room_sockets) {
		room_sockets = MAX(room_sockets * 2, (size_t)256);
		sockets = realloc(sockets, room_sockets * sizeof(struct fake_socket *));
	}
	assert(socket && sockets);
	*socket = (struct fake_socket){
		.state = state,
		.port = port,
		.link = port ? fake_link_of(port) : NULL,
		.peer = -1,
		.timeout.fn = on_timeout,
	};
	fake_inside_enter();
	sockets[n_sockets] = socket;
	n_open++;
	return FAKE_FD + (int)n_sockets++;
}

static void arrive(struct fake_event *event);

static void send_piece(enum fake_kind kind, int fd, int result, const void *bytes, size_t n)
{
	struct fake_socket *socket = get(fd);
	const struct fake_link *link = socket->link;
	const uint64_t span = link->latency_max_us - link->latency_min_us + 1;
	uint64_t at = clock_now() + (link->latency_min_us + random_u64() % span) * CLOCK_US;
	struct fake_piece *piece;

	fake_inside_leave();
	piece = malloc(sizeof(*piece) + n);
	fake_inside_enter();
	assert(piece);
	at = MAX(at, link->stalled_until);
	socket->at = MAX(socket->at, at);
	*piece = (struct fake_piece){
		.event.fn = arrive, .kind = kind, .fd = fd, .result = result, .n = n};
	memcpy(piece->bytes, bytes, n);
	note(&socket->at, sizeof(socket->at));
	note(&fd, sizeof(fd));
	note(bytes, n);
	LIST_INSERT_HEAD(&pieces, piece, entry);
	fake_event_set(&piece->event, socket->at);
}

static struct fake_socket *listener_on(unsigned port)
{
	for (size_t i = 0; i < n_sockets; i++)
		if (sockets[i]->state == FAKE_LISTENING && sockets[i]->port == port)
			return sockets[i];
	return NULL;
}

/* A connection attempt arrives at a port. */
static void on_syn(int fd)
{
	struct fake_socket *client = get(fd), *listener = listener_on(client->port);
	int peer;

	if (client->state == FAKE_CLOSED)
		return;
	if (!listener || listener->n_waiting == FAKE_BACKLOG) {
		send_piece(FAKE_REFUSED, fd, -ECONNREFUSED, "", 0);
		return;
	}
	peer = new_socket(FAKE_OPEN, client->port);
	client->peer = peer;
	get(peer)->peer = fd;
	listener->waiting[listener->n_waiting++] = peer;
	send_piece(FAKE_SYN_ACK, fd, 0, "", 0);
	if (listener->watch)
		listener->watch(listener->context, -1);
}

static void on_bytes(struct fake_socket *socket, const struct fake_piece *piece)
{
	if (socket->n + piece->n > socket->room) {
		socket->room = 2 * (socket->n + piece->n);
		socket->in = realloc(socket->in, socket->room);
		assert(socket->in);
	}
	memcpy(socket->in + socket->n, piece->bytes, piece->n);
	socket->n += piece->n;
}

/* A piece came for a socket that is closed: the sender hears of it. */
static void on_stray(const struct fake_socket *socket, const struct fake_piece *piece)
{
	if (piece->kind == FAKE_BYTES && socket->peer >= 0 && get(socket->peer)->state == FAKE_OPEN)
		send_piece(FAKE_RST, socket->peer, -ECONNRESET, "", 0);
}

static void handle(struct fake_socket *socket, const struct fake_piece *piece)
{
	switch (piece->kind) {
	case FAKE_SYN:
		on_syn(piece->fd);
		return;
	case FAKE_SYN_ACK:
		socket->state = FAKE_OPEN;
		socket->result = 0;
		break;
	case FAKE_REFUSED:
		socket->result = piece->result;
		break;
	case FAKE_BYTES:
		on_bytes(socket, piece);
		break;
	case FAKE_FIN:
		socket->ended = true;
		break;
	case FAKE_RST:
		socket->unread -= socket->n;
		socket->n = 0;
		socket->error = piece->result;
		break;
	}
	if (socket->watch)
		socket->watch(socket->context, piece->fd);
}

static void arrive(struct fake_event *event)
{
	struct fake_piece *piece = container_of(event, struct fake_piece, event);
	struct fake_socket *socket = get(piece->fd);

	if (socket->state == FAKE_CLOSED)
		on_stray(socket, piece);
	else if (!socket->vanished && !socket->error)
		handle(socket, piece);
	forget(piece);
}

void fake_socket_connect(int fd, unsigned port)
{
	struct fake_socket *socket = get(fd);
	struct fake_link *link = fake_link_of(port);

	socket->port = port;
	socket->link = link;
	socket->result = -EAGAIN;
	if (!link->connect)
		send_piece(FAKE_SYN, fd, 0, "", 0);
	else if (link->connect != -EAGAIN)
		send_piece(FAKE_REFUSED, fd, link->connect, "", 0);
}

int fake_socket_connected(int fd)
{
	return get(fd)->result;
}

int fake_socket_receive(int fd, void *buffer, size_t size)
{
	struct fake_socket *socket = get(fd);
	size_t n = MIN(size, socket->n);

	if (!n && socket->error)
		return socket->error;
	if (!n)
		return socket->ended ? 0 : -EAGAIN;
	memcpy(buffer, socket->in, n);
	socket->n -= n;
	memmove(socket->in, socket->in + n, socket->n);
	socket->unread -= n;
	return (int)n;
}

bool fake_socket_readable(int fd)
{
	const struct fake_socket *socket = get(fd);

	return socket->n || socket->error || socket->ended;
}

bool fake_socket_acceptable(int fd)
{
	return get(fd)->state == FAKE_CLOSED || get(fd)->n_waiting;
}

void fake_socket_watch(int fd, void (*fn)(void *context, int fd), void *context)
{
	struct fake_socket *socket = get(fd);

	socket->watch = fn;
	socket->context = context;
}

int fake_socket_client(unsigned port)
{
	int fd = new_socket(FAKE_NEW, 0);

	fake_socket_connect(fd, port);
	return fd;
}

int fake_socket_peer(int fd)
{
	return get(fd)->peer;
}

void fake_socket_reset(int fd)
{
	struct fake_socket *socket = fd < 0 ? NULL : get(fd);

	if (!socket || socket->state != FAKE_OPEN || socket->peer < 0)
		return;
	socket->error = -ECONNRESET;
	if (socket->watch)
		socket->watch(socket->context, fd);
	if (get(socket->peer)->state == FAKE_OPEN)
		send_piece(FAKE_RST, socket->peer, -ECONNRESET, "", 0);
}

/* Bytes that were sent are repeated for so long; silence is probed. */
static void start_timeout(struct fake_socket *socket, bool sent)
{
	const struct socket_limits *limits = &socket->limits;
	uint64_t s = sent ? limits->tcp_timeout : limits->keepalive * (SOCKET_PROBES + 1);

	if (s && !socket->error &&
	    (!socket->timeout.place || socket->timeout.at > clock_now() + s * CLOCK_S))
		fake_event_set(&socket->timeout, clock_now() + s * CLOCK_S);
}

void fake_socket_vanish(int fd)
{
	struct fake_socket *socket = fd < 0 ? NULL : get(fd);

	if (!socket || socket->state != FAKE_OPEN)
		return;
	socket->vanished = true;
	start_timeout(socket, false);
	if (socket->peer < 0 || get(socket->peer)->vanished)
		return;
	get(socket->peer)->vanished = true;
	start_timeout(get(socket->peer), false);
}

int listener_open(unsigned *port)
{
	if (!*port)
		*port = FAKE_PORT + (unsigned)n_sockets;
	assert(!listener_on(*port));
	return new_socket(FAKE_LISTENING, *port);
}

void listener_close(int fd)
{
	struct fake_socket *listener = get(fd);

	while (listener->n_waiting)
		socket_close(listener->waiting[--listener->n_waiting]);
	release(listener);
}

int socket_open(int family)
{
	return family == AF_INET || family == AF_INET6 ? new_socket(FAKE_NEW, 0) : -EAFNOSUPPORT;
}

void socket_tune(int fd, const struct socket_limits *limits)
{
	struct fake_socket *socket = get(fd);

	assert(socket->state == FAKE_OPEN);
	socket->limits = *limits;
	if (socket->vanished)
		start_timeout(socket, false);
}

int socket_accept(int fd)
{
	struct fake_socket *listener = get(fd);
	int client = listener->waiting[0];

	if (listener->state != FAKE_LISTENING || !listener->n_waiting)
		return -EAGAIN;
	listener->n_waiting--;
	memmove(listener->waiting, listener->waiting + 1, listener->n_waiting * sizeof(int));
	return client;
}

bool socket_peer(int fd, struct sockaddr_storage *ret)
{
	const struct sockaddr_in address = {.sin_family = AF_INET,
					    .sin_port = htons((uint16_t)get(fd)->port),
					    .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};

	memcpy(ret, &address, sizeof(address));
	return get(fd)->state == FAKE_OPEN;
}

/* How many of n bytes the peer's buffer and this one take. */
static size_t space(const struct fake_socket *socket, size_t n)
{
	const struct fake_socket *peer = get(socket->peer);
	size_t taken = MIN(peer->unread, socket->link->buffer);

	return MIN(n, socket->link->buffer - taken);
}

bool fake_socket_writable(int fd)
{
	const struct fake_socket *socket = get(fd);

	return socket->state != FAKE_OPEN || socket->error || space(socket, 1);
}

static void send_bytes(struct fake_socket *socket, const char *bytes, size_t n)
{
	struct fake_socket *peer = get(socket->peer);
	size_t max = socket->link->piece_max;

	if (peer->vanished) {
		start_timeout(socket, true);
		return;
	}
	while (n) {
		size_t part = max ? MIN(n, 1 + random_u64() % max) : n;

		peer->unread += part;
		send_piece(FAKE_BYTES, socket->peer, 0, bytes, part);
		bytes += part;
		n -= part;
	}
}

ssize_t socket_send(int fd, const void *bytes, size_t n)
{
	struct fake_socket *socket = get(fd);
	size_t part;

	if (socket->error)
		return socket->error == -ECONNRESET ? -EPIPE : socket->error;
	if (socket->state == FAKE_CLOSED || socket->peer < 0)
		return -EPIPE;
	part = space(socket, n);
	if (n && !part)
		return -EAGAIN;
	send_bytes(socket, bytes, part);
	return (ssize_t)part;
}

bool socket_ended(int fd)
{
	return !get(fd)->n && (get(fd)->ended || get(fd)->error);
}

int socket_duplicate(int fd)
{
	return -EMFILE;
}

void socket_close(int fd)
{
	struct fake_socket *socket = get(fd);
	bool broken = socket->error || socket->vanished;

	assert(socket->state != FAKE_CLOSED);
	release(socket);
	if (socket->peer >= 0 && !broken && get(socket->peer)->state != FAKE_CLOSED)
		send_piece(FAKE_FIN, socket->peer, 0, "", 0);
}
