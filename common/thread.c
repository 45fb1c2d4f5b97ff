/* SPDX-License-Identifier: MIT */
#include "common/thread.h"

#include <errno.h>
#include <signal.h>
#include <string.h>

enum { THREAD_STACK = 256 * 1024 /* bytes; only what is touched counts as resident */ };

static int thread_create(pthread_t *ret, const pthread_attr_t *attributes, void *(*fn)(void *),
			 void *argument)
{
	sigset_t all, old;
	int error;

	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &old);
	error = pthread_create(ret, attributes, fn, argument);
	pthread_sigmask(SIG_SETMASK, &old, NULL);
	return -error;
}

int thread_start(pthread_t *ret, const cpu_set_t *cpus, void *(*fn)(void *), void *argument)
{
	pthread_attr_t attributes;
	int result;

	result = -pthread_attr_init(&attributes);
	if (result)
		return result;
	result = -pthread_attr_setstacksize(&attributes, THREAD_STACK);
	if (!result && cpus)
		result = -pthread_attr_setaffinity_np(&attributes, sizeof(*cpus), cpus);
	if (!result)
		result = thread_create(ret, &attributes, fn, argument);
	pthread_attr_destroy(&attributes);
	return result;
}

int thread_start_on(pthread_t *ret, unsigned cpu, void *(*fn)(void *), void *argument)
{
	cpu_set_t cpus;

	if (cpu >= CPU_SETSIZE)
		return -EINVAL;
	CPU_ZERO(&cpus);
	CPU_SET(cpu, &cpus);
	return thread_start(ret, &cpus, fn, argument);
}

const char *thread_refusal(int error)
{
	/*
	 * pthread_create(3) returns the same error for a limit and for no memory for the stack.
	 */
	if (error != -EAGAIN)
		return strerror(-error);
	return "no thread can be started: raise RLIMIT_NPROC (ulimit -u) or the unit's TasksMax=, "
	       "or free memory";
}
