/* SPDX-License-Identifier: MIT */
/*
 * head and tail only rise, and wrap at 2^32; one side writes each. A slot belongs to the worker
 * until it stores head with release order, then to the io thread until that stores tail.
 */
#include "miner/share.h"
#include "common/hot.h"

#include <assert.h>

static_assert((SHARE_QUEUE_SIZE & (SHARE_QUEUE_SIZE - 1)) == 0,
	      "a size that divides 2^32 lets the indices wrap");

bool share_queue_push(struct share_queue *queue, const struct share *share)
{
	uint32_t head = atomic_load_explicit(&queue->head, memory_order_relaxed);
	uint32_t tail = atomic_load_explicit(&queue->tail, memory_order_acquire);

	if (head - tail == SHARE_QUEUE_SIZE) {
		uint64_t overflows = atomic_load_explicit(&queue->overflows, memory_order_relaxed);

		atomic_store_explicit(&queue->overflows, overflows + 1, memory_order_relaxed);
		return false;
	}
	queue->share[head % SHARE_QUEUE_SIZE] = *share;
	atomic_store_explicit(&queue->head, head + 1, memory_order_release);
	return true;
}

HOT_SHARE bool share_queue_pop(struct share_queue *queue, struct share *ret)
{
	uint32_t tail = atomic_load_explicit(&queue->tail, memory_order_relaxed);
	uint32_t head = atomic_load_explicit(&queue->head, memory_order_acquire);

	if (head == tail)
		return false;
	*ret = queue->share[tail % SHARE_QUEUE_SIZE];
	atomic_store_explicit(&queue->tail, tail + 1, memory_order_release);
	return true;
}
