/* SPDX-License-Identifier: MIT */
#pragma once

/* Threads that hash: on CPUs that are named, and never to be interrupted by a signal. Any thread.
 */
#include <pthread.h>
#include <sched.h>

/*
 * All signals are blocked in the thread. Negative errno: it is not there (-EINVAL: for CPUs that
 * this process may not use).
 */
int thread_start(pthread_t *ret, const cpu_set_t *cpus, void *(*fn)(void *), void *argument);

/* The same on one CPU. */
int thread_start_on(pthread_t *ret, unsigned cpu, void *(*fn)(void *), void *argument);
