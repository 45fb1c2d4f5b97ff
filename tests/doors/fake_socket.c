/* SPDX-License-Identifier: MIT */
/*
 * No ck_assert() here: check writes to a pipe at each of them, millions of times in an hour.
 *
 * Invariant: pieces for one socket arrive in the order in which they were sent. Descriptors are not
 * used twice, so that a piece for a socket that was closed finds it closed.
 */
#include "fake_socket.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>

#include "common/assert.h"
#include "common/clock.h"
#include "common/container.h"
#include "common/random.h"
#include "io/socket.h"
#include "listener.h"

enum {
	FAKE_SOCKETS = 16384,
	FAKE_FD = 1000, /* of the first: no descriptor of the process itself */
	FAKE_PORT = 20000,
	FAKE_BACKLOG = 16,
};

enum fake_state { FAKE_CLOSED, FAKE_NEW, FAKE_LISTENING, FAKE_OPEN };

static struct fake_socket {
	enum fake_state state;
	unsigned port; /* that it listens on, or is connected to */
	int peer;      /* descriptor */
	int result;    /* of connecting */
	bool ended;    /* the peer's end has arrived */
	uint64_t at;   /* when the last piece for it arrives */
	char *in;      /* what has arrived, owned */
	size_t n;
	int waiting[FAKE_BACKLOG];
	size_t n_waiting;
} sockets[FAKE_SOCKETS];

enum fake_kind { FAKE_SYN, FAKE_SYN_ACK, FAKE_RST, FAKE_BYTES, FAKE_FIN };

struct fake_piece {
	struct fake_piece *next;
	uint64_t at;
	enum fake_kind kind;
	int fd; /* of FAKE_SYN: whose; else where it arrives */
	size_t n;
	char bytes[];
};

static struct fake_piece *pieces; /* by time */
static size_t n_sockets;
static uint64_t trace;

static struct fake_socket *get(int fd)
{
	assert(fd >= FAKE_FD && fd < FAKE_FD + (int)n_sockets);
	return &sockets[fd - FAKE_FD];
}

/* FNV-1a. */
static void note(const void *bytes, size_t n)
{
	for (size_t i = 0; i < n; i++)
		trace = (trace ^ ((const unsigned char *)bytes)[i]) * UINT64_C(0x100000001b3);
}

static void release(struct fake_socket *socket)
{
	free(socket->in);
	socket->in = NULL;
	socket->n = 0;
	socket->state = FAKE_CLOSED;
}

void fake_socket_begin(void)
{
	for (size_t i = 0; i < n_sockets; i++)
		release(&sockets[i]);
	while (pieces) {
		struct fake_piece *piece = pieces;

		pieces = piece->next;
		free(piece);
	}
	n_sockets = 0;
	trace = UINT64_C(0xcbf29ce484222325);
}

uint64_t fake_socket_trace(void)
{
	return trace;
}

uint64_t fake_socket_next(void)
{
	return pieces ? pieces->at : UINT64_MAX;
}

static int new_socket(enum fake_state state, unsigned port)
{
	assert(n_sockets < FAKE_SOCKETS);
	sockets[n_sockets] = (struct fake_socket){.state = state, .port = port, .peer = -1};
	return FAKE_FD + (int)n_sockets++;
}

static void send_piece(enum fake_kind kind, int fd, const void *bytes, size_t n)
{
	const uint64_t span = FAKE_LATENCY_MAX_US - FAKE_LATENCY_MIN_US;
	uint64_t at = clock_now() + (FAKE_LATENCY_MIN_US + random_u64() % span) * CLOCK_US;
	struct fake_piece *piece = malloc(sizeof(*piece) + n), **where = &pieces;
	struct fake_socket *socket = get(fd);

	socket->at = MAX(socket->at, at);
	*piece = (struct fake_piece){.at = socket->at, .kind = kind, .fd = fd, .n = n};
	memcpy(piece->bytes, bytes, n);
	note(&piece->at, sizeof(piece->at));
	note(&piece->fd, sizeof(piece->fd));
	note(bytes, n);
	while (*where && (*where)->at <= piece->at)
		where = &(*where)->next;
	piece->next = *where;
	*where = piece;
}

static struct fake_socket *listener_on(unsigned port)
{
	for (size_t i = 0; i < n_sockets; i++)
		if (sockets[i].state == FAKE_LISTENING && sockets[i].port == port)
			return &sockets[i];
	return NULL;
}

/* A connection attempt arrives at a port. */
static void on_syn(int fd)
{
	struct fake_socket *client = get(fd), *listener = listener_on(client->port);

	if (client->state == FAKE_CLOSED)
		return;
	if (!listener || listener->n_waiting == FAKE_BACKLOG) {
		send_piece(FAKE_RST, fd, "", 0);
		return;
	}
	client->peer = new_socket(FAKE_OPEN, client->port);
	get(client->peer)->peer = fd;
	listener->waiting[listener->n_waiting++] = client->peer;
	send_piece(FAKE_SYN_ACK, fd, "", 0);
}

static void on_bytes(struct fake_socket *socket, const struct fake_piece *piece)
{
	socket->in = realloc(socket->in, socket->n + piece->n);
	memcpy(socket->in + socket->n, piece->bytes, piece->n);
	socket->n += piece->n;
}

static void arrive(const struct fake_piece *piece)
{
	struct fake_socket *socket = get(piece->fd);

	if (piece->kind == FAKE_SYN)
		on_syn(piece->fd);
	else if (socket->state == FAKE_CLOSED)
		return;
	else if (piece->kind == FAKE_BYTES)
		on_bytes(socket, piece);
	else if (piece->kind == FAKE_FIN)
		socket->ended = true;
	else
		socket->result = piece->kind == FAKE_RST ? -ECONNREFUSED : 0;
	if (piece->kind == FAKE_SYN_ACK)
		socket->state = FAKE_OPEN;
}

void fake_socket_deliver(uint64_t now)
{
	while (pieces && pieces->at <= now) {
		struct fake_piece *piece = pieces;

		pieces = piece->next;
		arrive(piece);
		free(piece);
	}
}

void fake_socket_connect(int fd, unsigned port)
{
	struct fake_socket *socket = get(fd);

	socket->port = port;
	socket->result = -EAGAIN;
	send_piece(FAKE_SYN, fd, "", 0);
}

int fake_socket_connected(int fd)
{
	return get(fd)->result;
}

int fake_socket_receive(int fd, void *buffer, size_t size)
{
	struct fake_socket *socket = get(fd);
	size_t n = MIN(size, socket->n);

	if (!n)
		return socket->ended ? 0 : -EAGAIN;
	memcpy(buffer, socket->in, n);
	socket->n -= n;
	memmove(socket->in, socket->in + n, socket->n);
	return (int)n;
}

bool fake_socket_acceptable(int fd)
{
	return get(fd)->state == FAKE_CLOSED || get(fd)->n_waiting;
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
	assert(get(fd)->state == FAKE_OPEN);
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

ssize_t socket_send(int fd, const void *bytes, size_t n)
{
	const struct fake_socket *socket = get(fd);

	if (socket->state != FAKE_OPEN)
		return -EPIPE;
	/* What is sent to a peer that has closed is lost. */
	if (get(socket->peer)->state == FAKE_OPEN || get(socket->peer)->state == FAKE_NEW)
		send_piece(FAKE_BYTES, socket->peer, bytes, n);
	return (ssize_t)n;
}

bool socket_ended(int fd)
{
	return !get(fd)->n && get(fd)->ended;
}

int socket_duplicate(int fd)
{
	return -EMFILE;
}

void socket_close(int fd)
{
	struct fake_socket *socket = get(fd);

	assert(socket->state != FAKE_CLOSED);
	release(socket);
	if (socket->peer >= 0 && get(socket->peer)->state != FAKE_CLOSED)
		send_piece(FAKE_FIN, socket->peer, "", 0);
}
