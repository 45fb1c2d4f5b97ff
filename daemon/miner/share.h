/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * The queue that carries the shares of a worker to the io thread, by value: a ring for one
 * producer, the worker, and one consumer, the io thread. Nobody waits: a share that finds the ring
 * full is dropped and counted.
 */
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "bitcoin/share.h"

enum { SHARE_QUEUE_SIZE = 256 /* a power of two */ };

struct share_queue {
	_Alignas(64) _Atomic uint32_t head; /* written by the worker */
	_Atomic uint64_t overflows;	    /* shares that found the ring full */
	_Alignas(64) _Atomic uint32_t tail; /* written by the io thread */
	struct share share[SHARE_QUEUE_SIZE];
};

/* Worker only. false: the ring is full; the share is counted, its reference stays the caller's. */
bool share_queue_push(struct share_queue *queue, const struct share *share);

/* Io thread only. The reference to the job goes to the caller. false: the ring is empty. */
bool share_queue_pop(struct share_queue *queue, struct share *ret);
