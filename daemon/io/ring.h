/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * The one io_uring (io_uring(7)) that carries everything the io thread waits for. An iteration
 * submits what is queued and waits, with one io_uring_enter(2), takes out all completions and calls
 * them. An operation is a struct that its owner embeds; its address is the completion's user_data.
 *
 * With socket.h this is the only door to the network and to waiting: a test links functions of its
 * own in the place of ring.c. Io thread only, that is the thread that called ring_init().
 */
#include <liburing.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/socket.h>

#include "io/ring_no_cqe.h"
#include "io/ring_op.h"

enum {
	RING_ENTRIES = 64,	  /* of the submission queue; a full one is submitted at once */
	RING_COMPLETIONS = 512,	  /* of the completion queue; the kernel keeps what does not fit */
	RING_LATE_MS = 100,	  /* a timer that is later than this: the process did not run */
	RING_CATCH_UP = 256,	  /* iterations at most that then take what came meanwhile */
	RING_REFUSALS_MAX = 5000, /* ENOMEM of the kernel, in a row and 1 ms apart, until
				   * they are a failure */
};

/* Called once at its deadline. Timers are the io thread's own list: arming costs no system call. */
struct ring_timer {
	void (*fn)(struct ring_timer *timer);
	uint64_t deadline; /* clock_now() */
	struct ring_timer *next;
	bool armed;
};

/*
 * Called once before the ring waits next: for what a whole iteration collects, such as lines to
 * send. By ring_task_later() it is called in the next iteration, after the completions that are
 * there by then.
 */
struct ring_task {
	void (*fn)(struct ring_task *task);
	struct ring_task *next;
	bool queued;
	bool sends; /* it only sends, and calls nobody: ring_hurry() may call it, too */
};

struct ring {
	struct io_uring uring;
	bool initialized;
	bool stopped;		   /* ring_stop() was called */
	uint64_t poll_until;	   /* ring_busy_poll(); 0: the next wait sleeps */
	uint64_t now;		   /* clock_now() when the last completions were reaped */
	struct ring_no_cqe no_cqe; /* sends without a completion */
	struct ring_timer *timers; /* by deadline */
	unsigned refusals;	   /* of the kernel to take entries or to wait, in a row */
	struct ring_task *tasks, *later;
	struct ring_task **last_task, **last_later;
};

#define RING_NULL ((struct ring){})

/* Negative errno: ring_refusal() explains it. */
int ring_init(struct ring *ring);

/*
 * fn of an operation that is still armed is not called any more; its memory must stay until the
 * process ends. Idempotent.
 */
void ring_deinit(struct ring *ring);

/* Why the kernel refused an io_uring and what to do about it, in one line. */
const char *ring_refusal(int error);

/*
 * One iteration: submits, waits for a completion or the first timer, calls. If the process did not
 * run for a while (it was stopped, the machine suspended), the completions that came meanwhile are
 * called before the timers. Negative errno: the kernel refuses to go on.
 */
int ring_iterate(struct ring *ring);

/* Sets `stopped`, for whoever calls ring_iterate() in a loop. */
void ring_stop(struct ring *ring);

/*
 * The next wait polls for completions instead of sleeping, until then (clock_now()): for something
 * that is due sooner than a sleeping thread is woken.
 */
void ring_busy_poll(struct ring *ring, uint64_t until);

/* Each arms op, which must not be armed; buffers and addresses belong to the ring until fn. */
void ring_read(struct ring *ring, struct ring_op *op, int fd, void *buffer, unsigned size);
void ring_recv(struct ring *ring, struct ring_op *op, int fd, void *buffer, unsigned size);
void ring_send(struct ring *ring, struct ring_op *op, int fd, const void *buffer, unsigned size);

/*
 * A send that posts no completion if all bytes leave at once, as nearly always: then it does not
 * end a wait, and fn is called at the next iteration for whatever reason, before all others. If the
 * socket has no space for all of it, fn is called at once with a short count or -EAGAIN; the rest
 * is for ring_send(), which waits for space. The same as ring_send() where ring_no_cqe.h is off.
 */
void ring_send_no_cqe(struct ring *ring, struct ring_op *op, int fd, const void *buffer,
		      unsigned size);

/*
 * What was queued to be sent leaves now, and not with the next wait, which has more to do before:
 * for one system call more. Tasks that send are called.
 */
void ring_hurry(struct ring *ring);

/* Something waits for fn of op: if op may post no completion, the next iteration does not wait. */
void ring_flush(struct ring *ring, const struct ring_op *op);

void ring_connect(struct ring *ring, struct ring_op *op, int fd, const struct sockaddr *address,
		  socklen_t size);

/* poll(2), once; result: the events that occurred. */
void ring_poll(struct ring *ring, struct ring_op *op, int fd, unsigned events);

/* Of files; paths are relative to the descriptor of a directory. */
void ring_openat(struct ring *ring, struct ring_op *op, int directory, const char *path, int flags,
		 mode_t mode);
void ring_write(struct ring *ring, struct ring_op *op, int fd, const void *buffer, unsigned size,
		uint64_t offset);
void ring_fsync(struct ring *ring, struct ring_op *op, int fd);
void ring_unlinkat(struct ring *ring, struct ring_op *op, int directory, const char *path);
void ring_renameat(struct ring *ring, struct ring_op *op, int directory, const char *from,
		   const char *to);

/* Asks the kernel to end op, which is armed; fn is still called, most often with -ECANCELED. */
void ring_cancel(struct ring *ring, struct ring_op *op);

/* Each arms a timer, or moves one that is armed. */
void ring_timer_at(struct ring *ring, struct ring_timer *timer, uint64_t deadline);
void ring_timer_in(struct ring *ring, struct ring_timer *timer, uint64_t ns);
void ring_timer_stop(struct ring *ring, struct ring_timer *timer);

/* Each queues a task, unless it is queued. */
void ring_task_queue(struct ring *ring, struct ring_task *task);

/* In the next iteration, which does not wait: for long work that is cut into pieces. */
void ring_task_later(struct ring *ring, struct ring_task *task);

/*
 * What an iteration works off: all tasks, also those that tasks queue; those of ring_task_later()
 * of the last iteration; the timers that are due by ring->now. For ring_iterate() alone, and for
 * what a test links in its place.
 */
void ring_run_tasks(struct ring *ring);
void ring_run_later(struct ring *ring);
void ring_run_timers(struct ring *ring);
