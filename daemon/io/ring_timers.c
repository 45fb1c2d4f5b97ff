/* SPDX-License-Identifier: MIT */
/* Timers and tasks: lists of the io thread, which an iteration of ring.c works off. */
#include "io/ring.h"

#include "common/assert.h"
#include "common/clock.h"
#include "common/hot.h"

HOT void ring_timer_at(struct ring *ring, struct ring_timer *timer, uint64_t deadline)
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

HOT void ring_run_tasks(struct ring *ring)
{
	while (ring->tasks) {
		struct ring_task *task = ring->tasks;

		ring->tasks = task->next;
		if (!ring->tasks)
			ring->last_task = &ring->tasks;
		task->queued = false;
		task->fn(task);
	}
}

void ring_run_later(struct ring *ring)
{
	struct ring_task *tasks = ring->later;

	ring->later = NULL;
	ring->last_later = &ring->later;
	while (tasks) {
		struct ring_task *task = tasks;

		tasks = task->next;
		task->queued = false;
		task->fn(task);
	}
}

void ring_run_timers(struct ring *ring)
{
	while (ring->timers && ring->timers->deadline <= ring->now) {
		struct ring_timer *timer = ring->timers;

		ring->timers = timer->next;
		timer->armed = false;
		timer->fn(timer);
	}
}
