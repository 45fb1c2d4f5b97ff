/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * The one io_uring (io_uring(7)) that carries everything the io thread waits for. A turn submits
 * what is queued and waits with one io_uring_enter(2), takes all completions out and calls them.
 * An operation is a struct that its owner embeds; its address is the completion's user_data. While
 * it is armed it belongs to the kernel: memory stays until its function was called.
 */
#include <liburing.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/socket.h>

enum {
	RING_ENTRIES = 64,	  /* of the submission queue; a full one is submitted and goes on */
	RING_COMPLETIONS = 512,	  /* of the completion queue; the kernel keeps what does not fit */
	RING_LATE_MS = 100,	  /* a timer that is later than this: the loop was away */
	RING_CATCH_UP = 256,	  /* rounds at most in which what came meanwhile is taken */
	RING_REFUSALS_MAX = 5000, /* in a row, a millisecond apart, until a kernel without memory
				   * is a failure */
};

struct ring;

/* result: what the system call would have returned, or a negative errno. */
struct ring_op {
	void (*fn)(struct ring_op *op, int result);
	bool armed;
	bool first; /* called before others that completed with it */
	/* Of a silent one, see ring_send_silent(). */
	bool silent;
	unsigned size;
	struct ring_op *next;
};

/* Called once at its deadline. Timers are the io thread's own list: arming costs no system call. */
struct ring_timer {
	void (*fn)(struct ring_timer *timer);
	uint64_t deadline; /* clock_now() */
	struct ring_timer *next;
	bool armed;
};

/*
 * Called once before the ring waits next: for what a whole turn collects, such as lines to send.
 * Or, by ring_task_later(), in the next turn, behind what has completed until then.
 */
struct ring_task {
	void (*fn)(struct ring_task *task);
	struct ring_task *next;
	bool queued;
};

struct ring {
	struct io_uring uring;
	bool initialized;
	bool stopped;
	bool can_be_silent;	   /* from Linux 6.1 on, see ring_send_silent() */
	bool hurry;		   /* ring_hurry() was called */
	uint64_t awake_until;	   /* see ring_stay_awake(); 0: the next wait sleeps */
	uint64_t now;		   /* clock_now() when the completions of this turn were reaped */
	struct ring_op *silent;	   /* armed and, if all went well, not to be heard of */
	struct ring_timer *timers; /* by deadline */
	unsigned refusals;	   /* of the kernel to take or to wait, in a row */
	struct ring_task *tasks, *later;
	struct ring_task **last_task, **last_later;
};

#define RING_NULL ((struct ring){})

/* To be called by the thread that will run it. Negative errno: ring_refusal() explains it. */
int ring_init(struct ring *ring);

/* No operation may be armed any more. Idempotent. */
void ring_deinit(struct ring *ring);

/* Why the kernel refused an io_uring and what to do about it, in one line. */
const char *ring_refusal(int error);

/*
 * One turn: submit, wait for a completion or the first timer, call. Where the loop was away (the
 * process was stopped, the machine frozen), what has come meanwhile is called before the timers.
 */
int ring_turn(struct ring *ring);

void ring_stop(struct ring *ring);

/*
 * The next wait looks for completions without sleeping until then (clock_now()): for something that
 * is due sooner than a thread that sleeps is waked.
 */
void ring_stay_awake(struct ring *ring, uint64_t until);

/* Each arms op, which must not be armed; buffers and addresses stay the caller's until fn. */
void ring_read(struct ring *ring, struct ring_op *op, int fd, void *buffer, unsigned size);
void ring_recv(struct ring *ring, struct ring_op *op, int fd, void *buffer, unsigned size);
void ring_send(struct ring *ring, struct ring_op *op, int fd, const void *buffer, unsigned size);

/*
 * A send that does not wake the ring when all of it has left at once, as nearly all do: its fn is
 * then called at the next wake-up for whatever reason, before all others. Where there is no room
 * for all of it, fn is called at once with a short count or -EAGAIN, and the rest is for
 * ring_send(), which waits for room. A kernel before 6.1 does ring_send() at once.
 */
void ring_send_silent(struct ring *ring, struct ring_op *op, int fd, const void *buffer,
		      unsigned size);

/* Somebody waits for op, which is armed: if it may be silent, the next turn does not wait. */
void ring_hurry(struct ring *ring, const struct ring_op *op);

void ring_connect(struct ring *ring, struct ring_op *op, int fd, const struct sockaddr *address,
		  socklen_t size);

/* poll(2), once; result: the events that are there. */
void ring_poll(struct ring *ring, struct ring_op *op, int fd, unsigned events);

/* Of files, whose names are paths from a directory's descriptor. */
void ring_openat(struct ring *ring, struct ring_op *op, int directory, const char *path, int flags,
		 mode_t mode);
void ring_write(struct ring *ring, struct ring_op *op, int fd, const void *buffer, unsigned size,
		uint64_t offset);
void ring_fsync(struct ring *ring, struct ring_op *op, int fd);
void ring_unlinkat(struct ring *ring, struct ring_op *op, int directory, const char *path);
void ring_renameat(struct ring *ring, struct ring_op *op, int directory, const char *from,
		   const char *to);

/* Asks the kernel to end op; its fn is still called, most often with -ECANCELED. */
void ring_cancel(struct ring *ring, struct ring_op *op);

/* Arms, or moves, a timer. */
void ring_timer_at(struct ring *ring, struct ring_timer *timer, uint64_t deadline);
void ring_timer_in(struct ring *ring, struct ring_timer *timer, uint64_t ns);
void ring_timer_stop(struct ring *ring, struct ring_timer *timer);

void ring_task_queue(struct ring *ring, struct ring_task *task);

/* In the next turn, which does not wait: for work that is cut, so that nobody holds up the others.
 */
void ring_task_later(struct ring *ring, struct ring_task *task);
