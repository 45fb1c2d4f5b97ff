/* SPDX-License-Identifier: MIT */
#include "fake_helper.h"

#include "common/assert.h"
#include "common/cleanup.h"
#include "common/clock.h"
#include "common/container.h"
#include "fake_events.h"
#include "fake_ring.h"
#include "io/helper.h"

enum {
	FAKE_HELPER_FD = 700000, /* of the first */
	FAKE_HELPERS = 16,	 /* that work at once */
};

static uint64_t (*delay_ns)(void);

static struct fake_helper {
	struct helper *helper; /* NULL: free */
	struct fake_event event;
} fakes[FAKE_HELPERS];

static struct fake_helper *find(const struct helper *helper)
{
	for (size_t i = 0; i < FAKE_HELPERS; i++)
		if (fakes[i].helper == helper)
			return &fakes[i];
	return NULL;
}

static int descriptor(const struct fake_helper *fake)
{
	return FAKE_HELPER_FD + (int)(fake - fakes);
}

/* The thread has done its work. */
static void on_event(struct fake_event *event)
{
	struct fake_helper *fake = container_of(event, struct fake_helper, event);

	fake->helper->task->run(fake->helper->task);
	fake_ring_wake(descriptor(fake));
}

void fake_helper_begin(uint64_t (*delay)(void))
{
	for (size_t i = 0; i < FAKE_HELPERS; i++)
		fakes[i] = (struct fake_helper){.event.fn = on_event};
	delay_ns = delay;
}

static void on_done(struct ring_op *op, int result)
{
	struct helper *helper = container_of(op, struct helper, op);
	struct helper_task *task = TAKE(helper->task);

	assert(task && result > 0);
	find(helper)->helper = NULL;
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
	if (!task)
		return true;
	fake_event_clear(&find(helper)->event);
	find(helper)->helper = NULL;
	task->drop(task);
	return true;
}

bool helper_busy(const struct helper *helper)
{
	return helper->task != NULL;
}

int helper_start(struct helper *helper, struct helper_task *task)
{
	struct fake_helper *fake = find(NULL);

	assert(fake && !helper_busy(helper) && !helper->op.armed);
	assert(task->run && task->done && task->drop);
	helper->task = task;
	fake->helper = helper;
	ring_read(helper->ring, &helper->op, descriptor(fake), &helper->woken,
		  sizeof(helper->woken));
	fake_event_set(&fake->event, clock_now() + (delay_ns ? delay_ns() : CLOCK_MS));
	return 0;
}
