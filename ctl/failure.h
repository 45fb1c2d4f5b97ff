/* SPDX-License-Identifier: MIT */
#pragma once

/* Why the daemon could not be reached or asked, in words. One thread. */
#include <stdbool.h>

enum {
	FAILURE_REASON_MAX = 512,
	FAILURE_ADVICE_MAX = 384,
};

/* What helps depends on the kind. */
enum failure_kind {
	FAILURE_LOCAL,	 /* of this machine: memory, descriptors */
	FAILURE_ABSENT,	 /* nobody listens there */
	FAILURE_DENIED,	 /* this user may not connect */
	FAILURE_FOREIGN, /* the peer is not minerd */
	FAILURE_SILENT,	 /* no reply within the time limit */
	FAILURE_CLOSED,	 /* the peer ended the connection */
	FAILURE_SSH,	 /* ssh failed, or minerctl on the other machine */
};

struct failure {
	enum failure_kind kind;
	char reason[FAILURE_REASON_MAX]; /* where and what */
	char advice[FAILURE_ADVICE_MAX]; /* what to do; may be empty */
	bool reported;			 /* ssh, or minerctl there, has printed the reason */
};

/* Sets kind and reason, and clears the rest. -error, which is above 0. */
int failure_set(struct failure *failure, enum failure_kind kind, int error, const char *format, ...)
	__attribute__((format(printf, 4, 5)));

/* Sets the advice. After failure_set(). */
void failure_advise(struct failure *failure, const char *format, ...)
	__attribute__((format(printf, 2, 3)));
