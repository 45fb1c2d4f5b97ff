/* SPDX-License-Identifier: MIT */
/*
 * Invariant: every submission carries the address of an armed ring_op, or 0 for a cancellation,
 * whose own completion is ignored. Completions are first all taken out and then called, so that
 * what they submit cannot disturb the queue that they came from.
 */
#include "io/ring.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/assert.h"
#include "common/clock.h"
#include "common/container.h"
#include "common/hot.h"

enum {
	RING_DRAIN = 64, /* completions that are taken out before they are called */
};

int ring_init(struct ring *ring)
{
	/* What Linux 6.1 has, what 5.19 has, what every one has. */
	static const unsigned flags[] = {
		IORING_SETUP_SINGLE_ISSUER | IORING_SETUP_DEFER_TASKRUN | IORING_SETUP_TASKRUN_FLAG,
		IORING_SETUP_COOP_TASKRUN | IORING_SETUP_TASKRUN_FLAG,
		0,
	};
	int r = -EINVAL;

	*ring = RING_NULL;
	for (size_t i = 0; i < sizeof(flags) / sizeof(flags[0]) && r == -EINVAL; i++) {
		struct io_uring_params params = {
			.flags = flags[i] | IORING_SETUP_CQSIZE | IORING_SETUP_CLAMP,
			.cq_entries = RING_COMPLETIONS,
		};

		r = io_uring_queue_init_params(RING_ENTRIES, &ring->uring, &params);
		if (r == 0 && !(params.features & IORING_FEAT_EXT_ARG)) {
			/* Without it a wait cannot carry a timeout. */
			io_uring_queue_exit(&ring->uring);
			return -ENOSYS;
		}
		ring->no_cqe.enabled = ring_no_cqe_supported(flags[i], params.features);
	}
	if (r < 0)
		return r;
	/* Not for programs that this one may start. */
	fcntl(ring->uring.ring_fd, F_SETFD, FD_CLOEXEC);
	ring->initialized = true;
	ring->last_task = &ring->tasks;
	ring->last_later = &ring->later;
	ring->now = clock_now();
	/* A filter may let through the one call and not the other. */
	r = io_uring_get_events(&ring->uring);
	if (r < 0)
		ring_deinit(ring);
	return MIN(r, 0);
}

void ring_deinit(struct ring *ring)
{
	if (ring->initialized)
		io_uring_queue_exit(&ring->uring);
	*ring = RING_NULL;
}

HOT static void ring_call(struct ring_op *op, int result)
{
	assert(op->armed);
	op->armed = false;
	op->fn(op, result);
}

/* Takes out what has completed, then calls it. Returns how many there were. */
HOT static unsigned ring_drain(struct ring *ring)
{
	struct {
		struct ring_op *op;
		int result;
		bool first; /* when it was taken out: calls change it */
	} done[RING_DRAIN];
	struct ring_op *sent, *op;
	struct io_uring_cqe *cqe;
	unsigned head, n = 0, seen = 0;
	bool first = false;

	io_uring_for_each_cqe(&ring->uring, head, cqe)
	{
		if (n == RING_DRAIN)
			break;
		seen++;
		done[n].op = io_uring_cqe_get_data(cqe);
		done[n].result = cqe->res;
		if (!done[n].op)
			continue;
		ring_no_cqe_failed(&ring->no_cqe, done[n].op);
		done[n].first = done[n].op->first;
		first |= done[n].first;
		n++;
	}
	io_uring_cq_advance(&ring->uring, seen);
	/* Before all others, so that what they send finds its operation free. */
	sent = ring_no_cqe_take(&ring->no_cqe, &ring->uring);
	while ((op = sent)) {
		sent = op->next;
		ring_call(op, (int)op->size);
	}
	for (unsigned i = 0; first && i < n; i++)
		if (done[i].first)
			ring_call(done[i].op, done[i].result);
	for (unsigned i = 0; i < n; i++)
		if (!done[i].first)
			ring_call(done[i].op, done[i].result);
	return seen;
}

/* Whether a wait would end at once: there are completions, or the kernel has some to post. */
static bool ring_has_events(const struct ring *ring)
{
	return io_uring_cq_ready(&ring->uring) ||
	       IO_URING_READ_ONCE(*ring->uring.sq.kflags) & IORING_SQ_TASKRUN;
}

HOT_SHARE static void ring_poll_completions(struct ring *ring)
{
	/* What this fails to submit, the wait itself submits. */
	(void)io_uring_submit(&ring->uring);
	while (!ring_has_events(ring) && clock_now() < ring->poll_until)
		;
	ring->poll_until = 0;
}

/*
 * What the result of io_uring_enter(2) means; 0: go on. A kernel that is short of memory for the
 * moment has taken nothing, and is asked again.
 */
HOT static int ring_result(struct ring *ring, int r)
{
	const struct timespec pause = {.tv_nsec = CLOCK_MS};

	switch (r) {
	case -EAGAIN:
	case -ENOMEM:
	case -ENOBUFS:
		if (++ring->refusals > RING_REFUSALS_MAX)
			return r;
		nanosleep(&pause, NULL);
		return 0;
	case -ETIME:
	case -EINTR:
	case -EBUSY: /* completions come first */
		return 0;
	default:
		ring->refusals = 0;
		return MIN(r, 0);
	}
}

HOT static int ring_wait(struct ring *ring)
{
	struct __kernel_timespec timeout, *wait = NULL;
	struct io_uring_cqe *cqe;

	if (ring->no_cqe.flush || ring->later)
		return ring_result(ring, io_uring_submit_and_get_events(&ring->uring));
	if (ring->poll_until)
		ring_poll_completions(ring);
	if (ring->timers) {
		uint64_t now = clock_now(), deadline = ring->timers->deadline;
		uint64_t ns = deadline - now;

		/* A wait with a timeout of 0 would sleep all the same, until a timer wakes it. */
		if (deadline <= now)
			return ring_result(ring, io_uring_submit_and_get_events(&ring->uring));
		timeout.tv_sec = (long long)(ns / CLOCK_S);
		timeout.tv_nsec = (long long)(ns % CLOCK_S);
		wait = &timeout;
	}
	return ring_result(ring,
			   io_uring_submit_and_wait_timeout(&ring->uring, &cqe, 1, wait, NULL));
}

/* Calls all that has completed. Returns whether there was anything. */
HOT static bool ring_drain_all(struct ring *ring)
{
	unsigned seen, sum = 0;

	do {
		seen = ring_drain(ring);
		sum += seen;
		if (seen >= RING_DRAIN)
			ring_run_tasks(ring);
	} while (seen >= RING_DRAIN);
	if (ring->later)
		ring_run_later(ring);
	return sum != 0;
}

/*
 * Whether the process did not run for so long that deadlines have passed although what they wait
 * for came in time.
 */
static bool ring_was_away(const struct ring *ring)
{
	return ring->timers && ring->timers->deadline + RING_LATE_MS * CLOCK_MS < ring->now;
}

/* Calls what came meanwhile, and what follows from calling it. */
static int ring_catch_up(struct ring *ring)
{
	bool more = true;
	int r = 0;

	for (unsigned i = 0; i < RING_CATCH_UP && more && r == 0; i++) {
		ring_run_tasks(ring);
		r = ring_result(ring, io_uring_submit_and_get_events(&ring->uring));
		more = ring_drain_all(ring) || ring->later;
	}
	return r;
}

HOT int ring_iterate(struct ring *ring)
{
	int r;

	ring_run_tasks(ring);
	r = ring_wait(ring);
	if (r < 0)
		return r;
	ring->now = clock_now();
	hot_fetch(hot_io_begin, hot_io_end);
	ring_drain_all(ring);
	if (ring_was_away(ring))
		r = ring_catch_up(ring);
	ring_run_timers(ring);
	/* So that between two iterations no task is due, and the state is consistent. */
	ring_run_tasks(ring);
	return r;
}

void ring_stop(struct ring *ring)
{
	ring->stopped = true;
}

void ring_busy_poll(struct ring *ring, uint64_t until)
{
	ring->poll_until = until;
}

HOT_SHARE void ring_hurry(struct ring *ring)
{
	for (struct ring_task *task = ring->tasks; task; task = task->next)
		if (task->sends)
			task->fn(task);
	/* What this fails to submit, the wait submits. */
	(void)io_uring_submit(&ring->uring);
}

HOT static struct io_uring_sqe *ring_sqe(struct ring *ring)
{
	struct io_uring_sqe *sqe = io_uring_get_sqe(&ring->uring);

	while (!sqe) {
		/* The queue is full. Submitting fails only while the kernel is short of memory. */
		io_uring_submit(&ring->uring);
		sqe = io_uring_get_sqe(&ring->uring);
	}
	return sqe;
}

HOT static void ring_arm(struct io_uring_sqe *sqe, struct ring_op *op)
{
	assert(op->fn && !op->armed);
	io_uring_sqe_set_data(sqe, op);
	op->armed = true;
}

void ring_read(struct ring *ring, struct ring_op *op, int fd, void *buffer, unsigned size)
{
	struct io_uring_sqe *sqe = ring_sqe(ring);

	io_uring_prep_read(sqe, fd, buffer, size, 0);
	ring_arm(sqe, op);
}

HOT void ring_recv(struct ring *ring, struct ring_op *op, int fd, void *buffer, unsigned size)
{
	struct io_uring_sqe *sqe = ring_sqe(ring);

	io_uring_prep_recv(sqe, fd, buffer, size, 0);
	ring_arm(sqe, op);
}

HOT_SHARE void ring_send_no_cqe(struct ring *ring, struct ring_op *op, int fd, const void *buffer,
				unsigned size)
{
	struct io_uring_sqe *sqe;

	if (!ring->no_cqe.enabled) {
		ring_send(ring, op, fd, buffer, size);
		return;
	}
	sqe = ring_sqe(ring);
	ring_no_cqe_send(&ring->no_cqe, sqe, op, fd, buffer, size);
	ring_arm(sqe, op);
}

void ring_send(struct ring *ring, struct ring_op *op, int fd, const void *buffer, unsigned size)
{
	struct io_uring_sqe *sqe = ring_sqe(ring);

	io_uring_prep_send(sqe, fd, buffer, size, MSG_NOSIGNAL);
	ring_arm(sqe, op);
}

void ring_flush(struct ring *ring, const struct ring_op *op)
{
	ring->no_cqe.flush |= op->no_cqe;
}

void ring_connect(struct ring *ring, struct ring_op *op, int fd, const struct sockaddr *address,
		  socklen_t size)
{
	struct io_uring_sqe *sqe = ring_sqe(ring);

	io_uring_prep_connect(sqe, fd, address, size);
	ring_arm(sqe, op);
}

void ring_poll(struct ring *ring, struct ring_op *op, int fd, unsigned events)
{
	struct io_uring_sqe *sqe = ring_sqe(ring);

	io_uring_prep_poll_add(sqe, fd, events);
	ring_arm(sqe, op);
}

void ring_openat(struct ring *ring, struct ring_op *op, int directory, const char *path, int flags,
		 mode_t mode)
{
	struct io_uring_sqe *sqe = ring_sqe(ring);

	io_uring_prep_openat(sqe, directory, path, flags, mode);
	ring_arm(sqe, op);
}

void ring_write(struct ring *ring, struct ring_op *op, int fd, const void *buffer, unsigned size,
		uint64_t offset)
{
	struct io_uring_sqe *sqe = ring_sqe(ring);

	io_uring_prep_write(sqe, fd, buffer, size, offset);
	ring_arm(sqe, op);
}

void ring_fsync(struct ring *ring, struct ring_op *op, int fd)
{
	struct io_uring_sqe *sqe = ring_sqe(ring);

	io_uring_prep_fsync(sqe, fd, 0);
	ring_arm(sqe, op);
}

void ring_unlinkat(struct ring *ring, struct ring_op *op, int directory, const char *path)
{
	struct io_uring_sqe *sqe = ring_sqe(ring);

	io_uring_prep_unlinkat(sqe, directory, path, 0);
	ring_arm(sqe, op);
}

void ring_renameat(struct ring *ring, struct ring_op *op, int directory, const char *from,
		   const char *to)
{
	struct io_uring_sqe *sqe = ring_sqe(ring);

	io_uring_prep_renameat(sqe, directory, from, directory, to, 0);
	ring_arm(sqe, op);
}

void ring_cancel(struct ring *ring, struct ring_op *op)
{
	struct io_uring_sqe *sqe = ring_sqe(ring);

	assert(op->armed);
	io_uring_prep_cancel(sqe, op, 0);
	io_uring_sqe_set_data(sqe, NULL);
}
