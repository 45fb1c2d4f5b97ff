/* SPDX-License-Identifier: MIT */
/*
 * Invariant: an operation is in `armed` from its call until it is taken out to be called, in the
 * order of arming. Timers and tasks are those of daemon/io/ring_timers.c.
 */
#include "fake_ring.h"

#include <errno.h>
#include <netinet/in.h>
#include <string.h>

#include "common/assert.h"
#include "common/clock.h"
#include "common/container.h"
#include "fake_random.h"
#include "fake_socket.h"
#include "io/ring.h"
#include "io/socket.h"
#include "jump_clock.h"

enum { FAKE_OPS = 1024 };

enum fake_op_kind {
	FAKE_DONE, /* the result is known */
	FAKE_SENT, /* likewise, but nobody is woken for it */
	FAKE_CONNECT,
	FAKE_RECV,
	FAKE_POLL,
	FAKE_READ, /* of nothing that a simulation has */
};

static struct fake_op {
	struct ring_op *op;
	enum fake_op_kind kind;
	int fd;
	void *buffer;
	unsigned size;
	int result;
} armed[FAKE_OPS];
static size_t n_armed;
static bool flush;

void fake_ring_begin(uint64_t seed)
{
	assert(!n_armed);
	flush = false;
	jump_clock_stop();
	fake_random_seed(seed);
	fake_socket_begin();
}

uint64_t fake_ring_trace(void)
{
	return fake_socket_trace();
}

int ring_init(struct ring *ring)
{
	*ring = RING_NULL;
	ring->initialized = true;
	ring->last_task = &ring->tasks;
	ring->last_later = &ring->later;
	ring->now = clock_now();
	return 0;
}

void ring_deinit(struct ring *ring)
{
	assert(!n_armed);
	*ring = RING_NULL;
}

void ring_stop(struct ring *ring)
{
	ring->stopped = true;
}

/* Nothing sleeps here. */
void ring_busy_poll(struct ring *ring, uint64_t until)
{
}

static struct fake_op *arm(struct ring_op *op, enum fake_op_kind kind, int fd)
{
	struct fake_op *entry = &armed[n_armed];

	assert(n_armed < FAKE_OPS && op->fn && !op->armed);
	n_armed++;
	op->armed = true;
	*entry = (struct fake_op){.op = op, .kind = kind, .fd = fd};
	return entry;
}

void ring_read(struct ring *ring, struct ring_op *op, int fd, void *buffer, unsigned size)
{
	arm(op, FAKE_READ, fd);
}

void ring_recv(struct ring *ring, struct ring_op *op, int fd, void *buffer, unsigned size)
{
	struct fake_op *entry = arm(op, FAKE_RECV, fd);

	entry->buffer = buffer;
	entry->size = size;
}

void ring_send(struct ring *ring, struct ring_op *op, int fd, const void *buffer, unsigned size)
{
	arm(op, FAKE_DONE, fd)->result = (int)socket_send(fd, buffer, size);
}

void ring_send_no_cqe(struct ring *ring, struct ring_op *op, int fd, const void *buffer,
		      unsigned size)
{
	arm(op, FAKE_SENT, fd)->result = (int)socket_send(fd, buffer, size);
}

void ring_flush(struct ring *ring, const struct ring_op *op)
{
	flush = true;
}

void ring_connect(struct ring *ring, struct ring_op *op, int fd, const struct sockaddr *address,
		  socklen_t size)
{
	const struct sockaddr_in *in = (const struct sockaddr_in *)address;

	/* sin6_port lies where sin_port does. */
	fake_socket_connect(fd, ntohs(in->sin_port));
	arm(op, FAKE_CONNECT, fd);
}

void ring_poll(struct ring *ring, struct ring_op *op, int fd, unsigned events)
{
	arm(op, FAKE_POLL, fd)->result = (int)events;
}

void ring_cancel(struct ring *ring, struct ring_op *op)
{
	for (size_t i = 0; i < n_armed; i++)
		if (armed[i].op == op && armed[i].kind > FAKE_SENT) {
			armed[i].kind = FAKE_DONE;
			armed[i].result = -ECANCELED;
		}
}

/* Whether the result of an operation is known, and may be taken. */
static bool is_ready(struct fake_op *entry)
{
	switch (entry->kind) {
	case FAKE_DONE:
	case FAKE_SENT:
		return true;
	case FAKE_CONNECT:
		entry->result = fake_socket_connected(entry->fd);
		return entry->result != -EAGAIN;
	case FAKE_RECV:
		entry->result = fake_socket_receive(entry->fd, entry->buffer, entry->size);
		return entry->result != -EAGAIN;
	case FAKE_POLL:
		return fake_socket_acceptable(entry->fd);
	case FAKE_READ:
		break;
	}
	return false;
}

/* Marks what is ready. true: some of it ends a wait. */
static bool look(void)
{
	bool ends = false;

	for (size_t i = 0; i < n_armed; i++) {
		if (armed[i].kind > FAKE_SENT && is_ready(&armed[i]))
			armed[i].kind = FAKE_DONE;
		ends |= armed[i].kind == FAKE_DONE;
	}
	return ends;
}

static void call(struct fake_op *done, size_t n, bool sent, bool first)
{
	for (size_t i = 0; i < n; i++) {
		struct ring_op *op = done[i].op;

		if (!op || (done[i].kind == FAKE_SENT) != sent || (!sent && op->first != first))
			continue;
		done[i].op = NULL;
		op->armed = false;
		op->fn(op, done[i].result);
	}
}

/* Takes out what is ready, and calls it in the order of the real ring. */
static void drain(void)
{
	static struct fake_op done[FAKE_OPS];
	size_t n = 0, kept = 0;

	for (size_t i = 0; i < n_armed; i++) {
		if (armed[i].kind <= FAKE_SENT)
			done[n++] = armed[i];
		else
			armed[kept++] = armed[i];
	}
	n_armed = kept;
	flush = false;
	call(done, n, true, false);
	call(done, n, false, true);
	call(done, n, false, false);
}

/* Moves the clock on to the next thing that happens. */
static void wait(const struct ring *ring)
{
	uint64_t next = fake_socket_next(), now = clock_now();

	if (ring->timers)
		next = MIN(next, ring->timers->deadline);
	/* Else the loop would wait forever. */
	assert(next != UINT64_MAX);
	if (next > now)
		jump_clock(next - now);
}

int ring_iterate(struct ring *ring)
{
	ring_run_tasks(ring);
	fake_socket_deliver(clock_now());
	if (!look() && !flush && !ring->later) {
		wait(ring);
		fake_socket_deliver(clock_now());
		look();
	}
	ring->now = clock_now();
	drain();
	ring_run_later(ring);
	ring_run_timers(ring);
	ring_run_tasks(ring);
	return 0;
}
