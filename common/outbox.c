/* SPDX-License-Identifier: MIT */
/*
 * Invariant: the bytes from tail to head belong to the thread, the others to the producer; each
 * side moves its own end when it no longer uses the bytes. A record never wraps: if it would, the
 * rest of the queue is skipped. The rest is also skipped when the queue is empty and a quarter of
 * it was used, so that only a backlog touches more memory than that.
 */
#include "common/outbox.h"

#include <errno.h>
#include <stdlib.h>
#include <time.h>

#include "common/assert.h"
#include "common/cleanup.h"
#include "common/clock.h"
#include "common/container.h"
#include "common/thread.h"

enum { OUTBOX_FLUSH_NS = 100000 /* between two checks of the queue */ };

/* Before each record, and before bytes that are skipped, where only space counts. */
struct outbox_head {
	_Alignas(max_align_t) uint32_t space; /* bytes to the next one */
	uint32_t size;			      /* of the record */
	bool skip;
};

static size_t outbox_space(size_t size)
{
	const size_t unit = sizeof(struct outbox_head);

	return unit + (size + unit - 1) / unit * unit;
}

static struct outbox_head *outbox_at(const struct outbox *outbox, uint64_t position)
{
	return (struct outbox_head *)(void *)(outbox->queue +
					      (position & (outbox->handler->size - 1)));
}

size_t outbox_waiting(const struct outbox *outbox)
{
	return (size_t)(atomic_load_explicit(&outbox->head, memory_order_acquire) -
			atomic_load_explicit(&outbox->tail, memory_order_acquire));
}

/* Reports what was dropped, once the records from before are delivered. */
static void outbox_report_lost(struct outbox *outbox, uint64_t *longest_ns)
{
	if (!atomic_load(&outbox->lost) ||
	    atomic_load(&outbox->tail) < atomic_load(&outbox->lost_at))
		return;
	atomic_store(&outbox->reporting, true);
	outbox->handler->lost(outbox->context, atomic_exchange(&outbox->lost, 0), *longest_ns);
	atomic_store(&outbox->reporting, false);
	*longest_ns = 0;
}

static void outbox_deliver_next(struct outbox *outbox, uint64_t *longest_ns)
{
	uint64_t tail = atomic_load_explicit(&outbox->tail, memory_order_relaxed);
	const struct outbox_head *head = outbox_at(outbox, tail);
	uint64_t begin = clock_now();

	if (head->skip) {
		tail += head->space;
		atomic_store_explicit(&outbox->tail, tail, memory_order_release);
		head = outbox_at(outbox, tail);
	}
	outbox->handler->deliver(outbox->context, head + 1, head->size);
	*longest_ns = MAX(*longest_ns, clock_now() - begin);
	atomic_store_explicit(&outbox->tail, tail + head->space, memory_order_release);
}

static void *outbox_thread(void *argument)
{
	struct outbox *outbox = argument;
	uint64_t longest_ns = 0;

	pthread_setname_np(pthread_self(), outbox->handler->thread_name);
	for (;;) {
		while (sem_wait(&outbox->filled) < 0)
			;
		if (outbox_waiting(outbox))
			outbox_deliver_next(outbox, &longest_ns);
		else if (atomic_load(&outbox->stopping))
			return NULL;
		outbox_report_lost(outbox, &longest_ns);
	}
}

int outbox_start(struct outbox *outbox, const struct outbox_handler *handler, void *context)
{
	int r;

	assert(handler->size && !(handler->size & (handler->size - 1)));
	*outbox = OUTBOX_NULL;
	outbox->handler = handler;
	outbox->context = context;
	outbox->queue = malloc(handler->size);
	if (!outbox->queue)
		return -ENOMEM;
	sem_init(&outbox->filled, 0, 0);
	r = thread_start(&outbox->thread, NULL, outbox_thread, outbox);
	if (r < 0) {
		free(TAKE(outbox->queue));
		return r;
	}
	outbox->running = true;
	return 0;
}

static void outbox_drop(struct outbox *outbox, uint64_t head)
{
	if (!atomic_load(&outbox->lost))
		atomic_store(&outbox->lost_at, head);
	if (atomic_fetch_add(&outbox->lost, 1) == 0)
		sem_post(&outbox->filled);
}

void *outbox_reserve(struct outbox *outbox, size_t size)
{
	const size_t all = outbox->handler->size, space = outbox_space(size);
	uint64_t head = atomic_load_explicit(&outbox->head, memory_order_relaxed);
	uint64_t tail = atomic_load_explicit(&outbox->tail, memory_order_acquire);
	size_t to_end = all - (head & (all - 1));

	assert(outbox->running && space <= all / 4);
	outbox->skipped = 0;
	if (space > to_end || (head == tail && to_end < all - all / 4))
		outbox->skipped = to_end;
	if (head - tail + outbox->skipped + space > all) {
		outbox_drop(outbox, head);
		return NULL;
	}
	if (outbox->skipped)
		*outbox_at(outbox, head) =
			(struct outbox_head){.space = (uint32_t)to_end, .skip = true};
	outbox->reserved = size;
	return outbox_at(outbox, head + outbox->skipped) + 1;
}

void outbox_commit(struct outbox *outbox, size_t size)
{
	uint64_t head = atomic_load_explicit(&outbox->head, memory_order_relaxed);

	assert(size <= outbox->reserved);
	head += outbox->skipped;
	*outbox_at(outbox, head) =
		(struct outbox_head){.space = (uint32_t)outbox_space(size), .size = (uint32_t)size};
	outbox->reserved = 0;
	outbox->skipped = 0;
	atomic_store_explicit(&outbox->head, head + outbox_space(size), memory_order_release);
	sem_post(&outbox->filled);
}

bool outbox_flush(const struct outbox *outbox, uint64_t ns)
{
	const struct timespec pause = {.tv_nsec = OUTBOX_FLUSH_NS};
	uint64_t deadline = clock_now() + ns;

	while (outbox_waiting(outbox) || atomic_load(&outbox->lost) ||
	       atomic_load(&outbox->reporting)) {
		if (clock_now() >= deadline)
			return false;
		nanosleep(&pause, NULL);
	}
	return true;
}

bool outbox_stop(struct outbox *outbox, uint64_t ns)
{
	if (!outbox->running)
		return true;
	if (!outbox_flush(outbox, ns))
		return false;
	atomic_store(&outbox->stopping, true);
	sem_post(&outbox->filled);
	pthread_join(outbox->thread, NULL);
	sem_destroy(&outbox->filled);
	free(TAKE(outbox->queue));
	outbox->running = false;
	return true;
}
