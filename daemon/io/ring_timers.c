/* SPDX-License-Identifier: MIT */
/* Timers and tasks: lists of the io thread, which an iteration of ring.c works off. */
#include "common/assert.h"
#include "common/clock.h"
#include "io/ring.h"

void ring_timer_at(struct ring *ring, struct ring_timer *timer, uint64_t deadline)
{
	struct ring_timer **where = &ring->timers;

	assert(timer->fn);
	ring_timer_stop(ring, timer);
	while (*where && (*where)->deadline <= deadline)
		where = &(*where)->next;
	timer->deadline = deadline;
	timer->next = *where;
	timer->armed = true;
	*where = timer;
}

void ring_timer_in(struct ring *ring, struct ring_timer *timer, uint64_t ns)
{
	ring_timer_at(ring, timer, clock_now() + ns);
}

void ring_timer_stop(struct ring *ring, struct ring_timer *timer)
{
	if (!timer->armed)
		return;
	for (struct ring_timer **where = &ring->timers; *where; where = &(*where)->next) {
		if (*where == timer) {
			*where = timer->next;
			break;
		}
	}
	timer->armed = false;
}

void ring_task_later(struct ring *ring, struct ring_task *task)
{
	assert(task->fn);
	if (task->queued)
		return;
	task->queued = true;
	task->next = NULL;
	*ring->last_later = task;
	ring->last_later = &task->next;
}

void ring_task_queue(struct ring *ring, struct ring_task *task)
{
	assert(task->fn);
	if (task->queued)
		return;
	task->queued = true;
	task->next = NULL;
	*ring->last_task = task;
	ring->last_task = &task->next;
}
