/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * A thread for what takes long or may block: reading files, measuring. One task at a time; the loop
 * goes on meanwhile and hears of its end. A task that does not come back outlives the helper: then
 * nobody hears of it. Io thread, but for helper_task.run.
 */
#include <stdbool.h>
#include <stdint.h>

#include "io/ring.h"

struct helper_task;

struct helper {
	struct ring *ring;
	struct ring_op op; /* armed while a task runs */
	int event_fd;	   /* -1: none */
	uint64_t woken;
	struct helper_task *task; /* that runs, or NULL */
};

#define HELPER_NULL ((struct helper){.event_fd = -1})

/* Embedded first in what the task works on, which is of the heap and belongs to the thread
 * meanwhile. */
struct helper_task {
	/* In a thread of its own. */
	void (*run)(struct helper_task *task);
	/* In the io thread once it has run, which owns the task again. */
	void (*done)(struct helper_task *task);
	/* Any thread. Frees the task, where the helper is gone before it has run. */
	void (*drop)(struct helper_task *task);
	int event_fd;		/* a duplicate for the thread */
	_Atomic unsigned parts; /* who still has to do with it: thread and helper */
};

/* Negative errno. */
int helper_init(struct helper *helper, struct ring *ring);

/*
 * When the ring is gone, or nothing runs. Idempotent. false: a task was left to its thread, which
 * goes on with it; then the process is to end by _exit(2), as exit(3) takes away what the task
 * uses.
 */
bool helper_deinit(struct helper *helper);

bool helper_busy(const struct helper *helper);

/*
 * Starts a task; not while busy. The three functions are set. Negative errno: there is no thread
 * (thread_refusal() explains it), and the task stays the caller's.
 */
int helper_start(struct helper *helper, struct helper_task *task);
