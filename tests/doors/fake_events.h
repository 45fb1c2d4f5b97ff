/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * What happens in a simulated world, and when: a heap of events by time. Events of the same time
 * happen in the order in which they were set.
 */
#include <stddef.h>
#include <stdint.h>

/* Embedded by its owner; zeroed but for fn. */
struct fake_event {
	void (*fn)(struct fake_event *event);
	uint64_t at; /* clock_now() */
	uint64_t order;
	size_t place; /* in the heap, from 1; 0: not set */
};

/* Nothing is to happen. Of events that were set, no memory is touched. */
void fake_events_begin(void);

/* Sets an event, or moves one that is set. fn is called once. */
void fake_event_set(struct fake_event *event, uint64_t at);

/* Idempotent. */
void fake_event_clear(struct fake_event *event);

/* When the next event is due; UINT64_MAX: never. */
uint64_t fake_events_next(void);

/* Lets everything happen that is due by now, and what that causes by now. */
void fake_events_run(uint64_t now);
