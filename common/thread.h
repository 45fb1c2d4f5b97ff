/* SPDX-License-Identifier: MIT */
#pragma once

/* Starts threads with all signals blocked: the first thread handles the signals of a program. */
#include <pthread.h>
#include <sched.h>

/*
 * The stack has 256 KiB. cpus: the CPUs that the thread may run on; NULL: those of the caller.
 * Negative errno: no thread was started (-EINVAL: this process may not use these CPUs);
 * thread_refusal() explains it. Any thread.
 */
int thread_start(pthread_t *ret, const cpu_set_t *cpus, void *(*fn)(void *), void *argument);

/* The same on one CPU. */
int thread_start_on(pthread_t *ret, unsigned cpu, void *(*fn)(void *), void *argument);

/* Why no thread was started, and what to do about it; of other errors strerror(3)'s text. */
const char *thread_refusal(int error);
