/* SPDX-License-Identifier: MIT */
#include "fake_helper.h"

#include "common/assert.h"
#include "common/cleanup.h"
#include "common/clock.h"
#include "common/container.h"
#include "fake_events.h"
#include "fake_ring.h"
#include "io/helper.h"

enum { FAKE_HELPER_FD = 700000 };

static uint64_t (*delay_ns)(void);
static struct helper *running;

/* The thread has done its work. */
static void on_event(struct fake_event *event)
{
	running->task->run(running->task);
	fake_ring_wake(FAKE_HELPER_FD);
}

static struct fake_event event = {.fn = on_event};

void fake_helper_begin(uint64_t (*delay)(void))
{
	event.place = 0;
	delay_ns = delay;
}

static void on_done(struct ring_op *op, int result)
{
	struct helper *helper = container_of(op, struct helper, op);
	struct helper_task *task = TAKE(helper->task);

	assert(task && result > 0);
	task->done(task);
}

int helper_init(struct helper *helper, struct ring *ring)
{
	*helper = HELPER_NULL;
	helper->ring = ring;
	helper->op.fn = on_done;
	return 0;
}

bool helper_deinit(struct helper *helper)
{
	struct helper_task *task = TAKE(helper->task);

	assert(!task || !helper->ring->initialized);
	fake_event_clear(&event);
	if (task)
		task->drop(task);
	return true;
}

bool helper_busy(const struct helper *helper)
{
	return helper->task != NULL;
}

int helper_start(struct helper *helper, struct helper_task *task)
{
	assert(!helper_busy(helper) && !helper->op.armed);
	assert(task->run && task->done && task->drop);
	helper->task = task;
	running = helper;
	ring_read(helper->ring, &helper->op, FAKE_HELPER_FD, &helper->woken, sizeof(helper->woken));
	fake_event_set(&event, clock_now() + (delay_ns ? delay_ns() : CLOCK_MS));
	return 0;
}
