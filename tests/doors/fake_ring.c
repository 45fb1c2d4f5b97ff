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
#include "fake_disk.h"
#include "fake_events.h"
#include "fake_inside.h"
#include "fake_random.h"
#include "fake_socket.h"
#include "io/ring.h"
#include "io/socket.h"
#include "jump_clock.h"

enum {
	FAKE_OPS = 1024,
	FAKE_COUNTERS = 32,
};

static struct fake_op {
	struct ring_op *op;
	void *buffer;
	const void *bytes;
	const char *name, *to;
	uint64_t offset;
	uint64_t due; /* of a file operation */
	enum fake_op_kind kind;
	int fd;
	unsigned size;
	int flags;
	int result;
	bool done;  /* the result is known */
	bool first; /* of op when it was taken out: calls change it */
} armed[FAKE_OPS];
static size_t n_armed;
static bool flush;

static struct fake_counter {
	int fd;
	uint64_t n;
} counters[FAKE_COUNTERS];
static size_t n_counters;

static const struct fake_ring_hooks no_hooks, *hooks = &no_hooks;

/* Does nothing: it ends the wait for a file operation. */
static void on_due(struct fake_event *event)
{
}

static struct fake_event due = {.fn = on_due};

void fake_ring_begin(uint64_t seed)
{
	assert(!n_armed);
	flush = false;
	n_counters = 0;
	jump_clock_stop();
	fake_random_seed(seed);
	/* While its events are still known. */
	fake_socket_begin();
	fake_events_begin();
	due.place = 0;
}

void fake_ring_hook(const struct fake_ring_hooks *with)
{
	hooks = with ? with : &no_hooks;
}

uint64_t fake_ring_trace(void)
{
	return fake_socket_trace();
}

size_t fake_ring_armed(void)
{
	return n_armed;
}

static struct fake_counter *counter(int fd)
{
	for (size_t i = 0; i < n_counters; i++)
		if (counters[i].fd == fd)
			return &counters[i];
	assert(n_counters < FAKE_COUNTERS);
	counters[n_counters] = (struct fake_counter){.fd = fd};
	return &counters[n_counters++];
}

void fake_ring_wake(int fd)
{
	counter(fd)->n++;
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
	n_armed = n_counters = 0;
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

/* Nor is there more to do. */
void ring_hurry(struct ring *ring)
{
	for (struct ring_task *task = ring->tasks; task; task = task->next)
		if (task->sends)
			task->fn(task);
}

static struct fake_op *arm(struct ring_op *op, enum fake_op_kind kind, int fd)
{
	struct fake_op *entry = &armed[n_armed];

	assert(n_armed < FAKE_OPS && op->fn && !op->armed);
	n_armed++;
	op->armed = true;
	*entry = (struct fake_op){.op = op, .kind = kind, .fd = fd};
	if (hooks->fault)
		entry->result = hooks->fault(kind);
	entry->done = entry->result < 0;
	return entry;
}

static struct fake_op *arm_file(struct ring_op *op, enum fake_op_kind kind, int fd)
{
	struct fake_op *entry = arm(op, kind, fd);

	/* Who synchronises nothing but files says so, and need not: fsync(2), EINVAL. */
	if (kind == FAKE_FSYNC && entry->result == -EINVAL)
		(void)fake_disk_fsync(fd);
	entry->due = clock_now() + (hooks->delay ? hooks->delay(kind) : CLOCK_MS);
	entry->done = false;
	if (!due.place || entry->due < due.at)
		fake_event_set(&due, entry->due);
	return entry;
}

void ring_read(struct ring *ring, struct ring_op *op, int fd, void *buffer, unsigned size)
{
	bool file = fd >= FAKE_DISK_FD && fd < FAKE_DISK_FD + FAKE_DISK_FILES;
	struct fake_op *entry = file ? arm_file(op, FAKE_READ, fd) : arm(op, FAKE_READ, fd);

	entry->buffer = buffer;
	entry->size = size;
}

void ring_recv(struct ring *ring, struct ring_op *op, int fd, void *buffer, unsigned size)
{
	struct fake_op *entry = arm(op, FAKE_RECV, fd);

	entry->buffer = buffer;
	entry->size = size;
}

void ring_send(struct ring *ring, struct ring_op *op, int fd, const void *buffer, unsigned size)
{
	struct fake_op *entry = arm(op, FAKE_SEND, fd);

	entry->bytes = buffer;
	entry->size = size;
}

void ring_send_no_cqe(struct ring *ring, struct ring_op *op, int fd, const void *buffer,
		      unsigned size)
{
	struct fake_op *entry = arm(op, FAKE_SEND_NO_CQE, fd);

	if (!entry->done)
		entry->result = (int)socket_send(fd, buffer, size);
	entry->done = true;
	/* Only what has left as a whole posts no completion. */
	if (entry->result != (int)size)
		entry->kind = FAKE_SEND;
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
	if (!arm(op, FAKE_CONNECT, fd)->done)
		fake_socket_connect(fd, ntohs(in->sin_port));
}

void ring_poll(struct ring *ring, struct ring_op *op, int fd, unsigned events)
{
	struct fake_op *entry = arm(op, FAKE_POLL, fd);

	entry->flags = (int)events;
}

void ring_openat(struct ring *ring, struct ring_op *op, int directory, const char *path, int flags,
		 mode_t mode)
{
	struct fake_op *entry = arm_file(op, FAKE_OPENAT, directory);

	entry->name = path;
	entry->flags = flags;
}

void ring_write(struct ring *ring, struct ring_op *op, int fd, const void *buffer, unsigned size,
		uint64_t offset)
{
	struct fake_op *entry = arm_file(op, FAKE_WRITE, fd);

	entry->bytes = buffer;
	entry->size = size;
	entry->offset = offset;
}

void ring_fsync(struct ring *ring, struct ring_op *op, int fd)
{
	arm_file(op, FAKE_FSYNC, fd);
}

void ring_unlinkat(struct ring *ring, struct ring_op *op, int directory, const char *path)
{
	arm_file(op, FAKE_UNLINKAT, directory)->name = path;
}

void ring_renameat(struct ring *ring, struct ring_op *op, int directory, const char *from,
		   const char *to)
{
	struct fake_op *entry = arm_file(op, FAKE_RENAMEAT, directory);

	entry->name = from;
	entry->to = to;
}

void ring_cancel(struct ring *ring, struct ring_op *op)
{
	for (size_t i = 0; i < n_armed; i++)
		if (armed[i].op == op && !armed[i].done && armed[i].kind < FAKE_OPENAT) {
			armed[i].done = true;
			armed[i].result = -ECANCELED;
		}
}

static int do_file(const struct fake_op *entry)
{
	switch (entry->kind) {
	case FAKE_OPENAT:
		return fake_disk_open(entry->fd, entry->name, entry->flags);
	case FAKE_WRITE:
		return fake_disk_write(entry->fd, entry->bytes, entry->size, entry->offset);
	case FAKE_FSYNC:
		return fake_disk_fsync(entry->fd);
	case FAKE_UNLINKAT:
		return fake_disk_unlink(entry->fd, entry->name);
	case FAKE_RENAMEAT:
		return fake_disk_rename(entry->fd, entry->name, entry->to);
	case FAKE_READ:
		return fake_disk_read(entry->fd, entry->buffer, entry->size);
	case FAKE_CONNECT:
	case FAKE_RECV:
	case FAKE_SEND:
	case FAKE_SEND_NO_CQE:
	case FAKE_POLL:
	case FAKE_OP_KINDS:
		break;
	}
	return -EINVAL;
}

/* A file operation of before may wait as well. */
static bool file_is_ready(struct fake_op *entry)
{
	if (entry->due > clock_now()) {
		if (!due.place || entry->due < due.at)
			fake_event_set(&due, entry->due);
		return false;
	}
	if (entry->result == 0)
		entry->result = do_file(entry);
	return true;
}

static bool counter_is_ready(struct fake_op *entry)
{
	struct fake_counter *read = counter(entry->fd);

	if (!read->n)
		return false;
	memcpy(entry->buffer, &read->n, sizeof(read->n));
	read->n = 0;
	entry->result = sizeof(read->n);
	return true;
}

/* Whether the result of an operation is known, and may be taken. */
static bool is_ready(struct fake_op *entry)
{
	switch (entry->kind) {
	case FAKE_CONNECT:
		entry->result = fake_socket_connected(entry->fd);
		return entry->result != -EAGAIN;
	case FAKE_RECV:
		entry->result = fake_socket_receive(entry->fd, entry->buffer, entry->size);
		return entry->result != -EAGAIN;
	case FAKE_SEND:
		if (!fake_socket_writable(entry->fd))
			return false;
		entry->result = (int)socket_send(entry->fd, entry->bytes, entry->size);
		return true;
	case FAKE_POLL:
		entry->result = entry->flags;
		return fake_socket_acceptable(entry->fd);
	case FAKE_READ:
		return entry->due ? file_is_ready(entry) : counter_is_ready(entry);
	case FAKE_OPENAT:
	case FAKE_WRITE:
	case FAKE_FSYNC:
	case FAKE_UNLINKAT:
	case FAKE_RENAMEAT:
		return file_is_ready(entry);
	case FAKE_SEND_NO_CQE:
	case FAKE_OP_KINDS:
		break;
	}
	return true;
}

/* Marks what is ready. true: some of it ends a wait. */
static bool look(void)
{
	bool ends = false;

	for (size_t i = 0; i < n_armed; i++) {
		if (!armed[i].done)
			armed[i].done = is_ready(&armed[i]);
		ends |= armed[i].done && armed[i].kind != FAKE_SEND_NO_CQE;
	}
	return ends;
}

static void call(struct fake_op *done, size_t n, bool no_cqe, bool first)
{
	for (size_t i = 0; i < n; i++) {
		struct ring_op *op = done[i].op;

		if (!op || (done[i].kind == FAKE_SEND_NO_CQE) != no_cqe ||
		    (!no_cqe && done[i].first != first))
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
		armed[i].first = armed[i].op->first;
		if (armed[i].done)
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

/* The world goes on until something is for the daemon. */
static void wait(const struct ring *ring)
{
	for (;;) {
		uint64_t timer = ring->timers ? ring->timers->deadline : UINT64_MAX;
		uint64_t next = MIN(fake_events_next(), timer), now = clock_now();

		if (timer <= now)
			return;
		/* The loop would wait forever. */
		assert(next != UINT64_MAX);
		if (next > now)
			jump_clock(next - now);
		fake_events_run(clock_now());
		if (look())
			return;
	}
}

/* As the real one: a process that did not run takes what came meanwhile before its timers. */
static void catch_up(struct ring *ring)
{
	bool away = ring->timers && ring->timers->deadline + RING_LATE_MS * CLOCK_MS < ring->now;

	for (unsigned i = 0; away && i < RING_CATCH_UP && (look() || ring->later); i++) {
		drain();
		ring_run_later(ring);
		ring_run_tasks(ring);
	}
}

int ring_iterate(struct ring *ring)
{
	fake_inside_enter();
	ring_run_tasks(ring);
	fake_inside_leave();
	fake_events_run(clock_now());
	if (!look() && !flush && !ring->later)
		wait(ring);
	ring->now = clock_now();
	fake_inside_enter();
	drain();
	ring_run_later(ring);
	catch_up(ring);
	ring_run_timers(ring);
	ring_run_tasks(ring);
	fake_inside_leave();
	return 0;
}
