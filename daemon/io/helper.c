/* SPDX-License-Identifier: MIT */
/*
 * Invariant: a task belongs to its thread until that has written to the event descriptor, and from
 * then on to the io thread. If the helper goes first, the last one to leave the task frees it.
 */
#include "io/helper.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdatomic.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "common/assert.h"
#include "common/cleanup.h"
#include "common/container.h"
#include "common/thread.h"

/* Drops a reference. true: it was the last. */
static bool helper_leave(struct helper_task *task)
{
	return atomic_fetch_sub(&task->parts, 1) == 1;
}

static void *helper_thread(void *argument)
{
	struct helper_task *task = argument;
	CLEANUP(cleanup_close) int event_fd = task->event_fd;

	task->run(task);
	if (helper_leave(task))
		task->drop(task);
	else
		(void)eventfd_write(event_fd, 1);
	return NULL;
}

static void helper_on_event(struct ring_op *op, int result)
{
	struct helper *helper = container_of(op, struct helper, op);
	struct helper_task *task = helper->task;

	/* The read failed. The task belongs to its thread until that has written: read again. */
	if (result < 0) {
		ring_read(helper->ring, &helper->op, helper->event_fd, &helper->woken,
			  sizeof(helper->woken));
		return;
	}
	assert(task);
	/* Pairs with helper_leave(): what the thread wrote is seen here. */
	assert(atomic_load_explicit(&task->parts, memory_order_acquire) == 1);
	helper->task = NULL;
	task->done(task);
}

int helper_init(struct helper *helper, struct ring *ring)
{
	*helper = HELPER_NULL;
	helper->ring = ring;
	helper->op.fn = helper_on_event;
	/* Not EFD_NONBLOCK: older kernels would then end the ring's read of it at once. */
	helper->event_fd = eventfd(0, EFD_CLOEXEC);
	return helper->event_fd < 0 ? -errno : 0;
}

bool helper_deinit(struct helper *helper)
{
	struct helper_task *task = TAKE(helper->task);

	assert(!task || !helper->ring->initialized);
	if (task && helper_leave(task))
		task->drop(task);
	if (helper->event_fd >= 0)
		close(take_fd(&helper->event_fd));
	return !task;
}

bool helper_busy(const struct helper *helper)
{
	return helper->task != NULL;
}

int helper_start(struct helper *helper, struct helper_task *task)
{
	pthread_t thread;
	int r;

	assert(!helper_busy(helper) && !helper->op.armed);
	assert(task->run && task->done && task->drop);
	task->event_fd = fcntl(helper->event_fd, F_DUPFD_CLOEXEC, 3);
	if (task->event_fd < 0)
		return -errno;
	atomic_init(&task->parts, 2);
	r = thread_start(&thread, NULL, helper_thread, task);
	if (r < 0) {
		close(take_fd(&task->event_fd));
		return r;
	}
	pthread_detach(thread);
	helper->task = task;
	ring_read(helper->ring, &helper->op, helper->event_fd, &helper->woken,
		  sizeof(helper->woken));
	return 0;
}
