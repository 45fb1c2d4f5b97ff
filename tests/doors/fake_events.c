/* SPDX-License-Identifier: MIT */
/* Invariant: heap[i]->place == i + 1, and no event is before its parent, heap[(i - 1) / 2]. */
#include "fake_events.h"

#include <stdbool.h>
#include <stdlib.h>

#include "common/assert.h"
#include "common/container.h"
#include "fake_inside.h"

static struct fake_event **heap;
static size_t n_events, room;
static uint64_t order;

void fake_events_begin(void)
{
	n_events = 0;
	order = 0;
}

static bool is_before(const struct fake_event *a, const struct fake_event *b)
{
	return a->at < b->at || (a->at == b->at && a->order < b->order);
}

static void put(struct fake_event *event, size_t i)
{
	heap[i] = event;
	event->place = i + 1;
}

/* Puts an event at i, or above, where it belongs. */
static void rise(struct fake_event *event, size_t i)
{
	while (i > 0 && is_before(event, heap[(i - 1) / 2])) {
		put(heap[(i - 1) / 2], i);
		i = (i - 1) / 2;
	}
	put(event, i);
}

/* Puts an event at i, or below. */
static void sink(struct fake_event *event, size_t i)
{
	for (size_t child; (child = 2 * i + 1) < n_events; i = child) {
		if (child + 1 < n_events && is_before(heap[child + 1], heap[child]))
			child++;
		if (!is_before(heap[child], event))
			break;
		put(heap[child], i);
	}
	put(event, i);
}

void fake_event_clear(struct fake_event *event)
{
	size_t i = event->place - 1;
	struct fake_event *last;

	if (!event->place)
		return;
	event->place = 0;
	last = heap[--n_events];
	if (last == event)
		return;
	if (i > 0 && is_before(last, heap[(i - 1) / 2]))
		rise(last, i);
	else
		sink(last, i);
}

void fake_event_set(struct fake_event *event, uint64_t at)
{
	assert(event->fn);
	fake_event_clear(event);
	event->at = at;
	event->order = order++;
	if (n_events == room) {
		room = MAX(room * 2, (size_t)64);
		fake_inside_leave();
		heap = realloc(heap, room * sizeof(struct fake_event *));
		fake_inside_enter();
		assert(heap);
	}
	rise(event, n_events++);
}

uint64_t fake_events_next(void)
{
	return n_events ? heap[0]->at : UINT64_MAX;
}

void fake_events_run(uint64_t now)
{
	while (fake_events_next() <= now) {
		struct fake_event *event = heap[0];

		fake_event_clear(event);
		event->fn(event);
	}
}
