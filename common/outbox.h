/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * A bounded queue of records for a reader that may stop reading, and a thread that delivers them in
 * order and may block. The producer never waits for that thread. A record that does not fit is
 * dropped and counted; the thread reports the count after the records before the gap.
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
	uint64_t skipped;	  /* bytes before them that hold no record */
	_Atomic uint64_t head;	  /* bytes queued since the start */
	_Atomic uint64_t tail;	  /* bytes delivered since the start */
	_Atomic uint64_t lost;	  /* records dropped, not yet reported */
	_Atomic uint64_t lost_at; /* head when the first of them was dropped */
	_Atomic bool reporting;	  /* lost() runs */
	_Atomic bool stopping;
	sem_t filled; /* posted for each record, and for the first one dropped after a report */
	pthread_t thread;
	bool running;
};

#define OUTBOX_NULL ((struct outbox){})

/* handler and context are borrowed until outbox_stop(). Negative errno: see thread_refusal(). */
int outbox_start(struct outbox *outbox, const struct outbox_handler *handler, void *context);

/*
 * Space for a record of at most size bytes, aligned as by malloc(3); outbox_commit() queues the
 * bytes that were written. NULL: there is no space, and the record is counted as dropped. Only
 * between outbox_start() and outbox_stop().
 */
void *outbox_reserve(struct outbox *outbox, size_t size);
void outbox_commit(struct outbox *outbox, size_t size);

/* Bytes of the queue that wait to be delivered. Any thread. */
size_t outbox_waiting(const struct outbox *outbox);

/* Waits until all is delivered and reported; false: not within ns. Any thread but the outbox's. */
bool outbox_flush(const struct outbox *outbox, uint64_t ns);

/*
 * Flushes, ends the thread and frees the queue. false: deliver() still blocks after ns; then the
 * thread, the queue and *outbox stay until the process ends. Idempotent.
 */
bool outbox_stop(struct outbox *outbox, uint64_t ns);
