/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * A thread for what takes long or may block: reading files, measuring. It runs one task at a time,
 * and the loop is woken when that ends. A task that does not end before helper_deinit() is dropped
 * when it does. Io thread, except helper_task.run.
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

/* Embedded first in the task's own struct on the heap, which belongs to the thread meanwhile. */
struct helper_task {
	/* Called in a thread of its own. */
	void (*run)(struct helper_task *task);
	/* Called in the io thread after run(); the task is the caller's again. */
	void (*done)(struct helper_task *task);
	/* Frees the task, where the helper is gone when run() ends. Any thread. */
	void (*drop)(struct helper_task *task);
	int event_fd;		/* a duplicate for the thread */
	_Atomic unsigned parts; /* references: of the thread and of the helper */
};

/* Negative errno. */
int helper_init(struct helper *helper, struct ring *ring);

/*
 * Only when the ring is gone, or no task runs. Idempotent. false: a task still runs in its thread;
 * then the process must end by _exit(2), because exit(3) destroys what the task uses.
 */
bool helper_deinit(struct helper *helper);

bool helper_busy(const struct helper *helper);

/*
 * Starts a task, whose three functions are set; not while busy. Negative errno: no thread was
 * started (thread_refusal() explains it), and the task stays the caller's.
 */
int helper_start(struct helper *helper, struct helper_task *task);
