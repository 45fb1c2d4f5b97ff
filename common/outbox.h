/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * Records for a reader that may not read them: a bounded queue, and a thread that delivers them in
 * order and may block. The producer never waits for that thread. What does not fit is dropped and
 * counted; the thread reports the count once the records before the gap are delivered.
 *
 *	outbox_start -> outbox_reserve, outbox_commit .. -> outbox_stop
 *
 * There is one producer at a time. The child of a fork(2) has no such thread.
 */
#include <pthread.h>
#include <semaphore.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct outbox_handler {
	const char *thread_name; /* at most 15 characters */
	size_t size; /* bytes of the queue, a power of two; a record has at most a quarter */
	/* Both are called by the thread alone, and may block. */
	void (*deliver)(void *context, const void *record, size_t size);
	/* n records were dropped; deliver() took at most longest_ns since the last such call. */
	void (*lost)(void *context, uint64_t n, uint64_t longest_ns);
};

struct outbox {
	const struct outbox_handler *handler;
	void *context;
	char *queue;
	size_t reserved;	  /* bytes between outbox_reserve() and outbox_commit() */
	uint64_t skipped;	  /* bytes that are passed over before them */
	_Atomic uint64_t head;	  /* bytes put in since the start */
	_Atomic uint64_t tail;	  /* and bytes that are delivered */
	_Atomic uint64_t lost;	  /* records dropped, not yet reported */
	_Atomic uint64_t lost_at; /* head when the first of them was dropped */
	_Atomic bool reporting;	  /* them, just now */
	_Atomic bool stopping;
	sem_t filled; /* posted for each record, and for the first of those that are dropped */
	pthread_t thread;
	bool running;
};

#define OUTBOX_NULL ((struct outbox){})

/* handler and context are borrowed until outbox_stop(). Negative errno: see thread_refusal(). */
int outbox_start(struct outbox *outbox, const struct outbox_handler *handler, void *context);

/*
 * Where to write a record of at most size bytes, aligned as malloc(3) does; outbox_commit() puts
 * the bytes in that were written. NULL: there is no room, which is counted.
 */
void *outbox_reserve(struct outbox *outbox, size_t size);
void outbox_commit(struct outbox *outbox, size_t size);

/* Bytes of the queue that wait to be delivered. Any thread. */
size_t outbox_waiting(const struct outbox *outbox);

/* Waits until all is delivered and reported; false: not within ns. Any thread but its own. */
bool outbox_flush(const struct outbox *outbox, uint64_t ns);

/*
 * Flushes, ends the thread and frees the queue. false: it was not done within ns. Then the thread
 * still blocks in a delivery; it, the queue and *outbox live as long as the process.
 */
bool outbox_stop(struct outbox *outbox, uint64_t ns);
