/* SPDX-License-Identifier: MIT */
#pragma once

/* Why the daemon could not be reached or asked, in words. One thread. */
#include <stdbool.h>

enum {
	FAILURE_REASON_MAX = 512,
	FAILURE_ADVICE_MAX = 384,
};

struct failure {
	char reason[FAILURE_REASON_MAX]; /* where and what */
	char advice[FAILURE_ADVICE_MAX]; /* what to do; may be empty */
	bool silent;			 /* the peer did not reply within the time limit */
	bool reported;			 /* ssh, or minerctl there, has printed the reason */
};

/* Sets the reason, and clears the rest. -error, which is above 0. */
int failure_set(struct failure *failure, int error, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

/* Sets the advice. After failure_set(). */
void failure_advise(struct failure *failure, const char *format, ...)
	__attribute__((format(printf, 2, 3)));
