/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * mining.suggest_difficulty: the difficulty that is asked of the pool, and when. It is not sent
 * between set_difficulty and the job that this binds with: ckpool would forget what held before.
 * Most pools answer with set_difficulty at most. Io thread.
 */
#include "upstream/stratum/login.h"

enum { SUGGESTION_PAUSE = 30 /* s at least between two to a login that is ready */ };

struct suggestion {
	struct login *login;
	double difficulty; /* to ask for; 0: none */
	/* Of this login. */
	uint64_t sent_ns; /* when it was sent last, once ready; 0: not yet */
	bool due;     /* it waits for a job that binds a difficulty, or the first after the pause */
	bool unbound; /* a difficulty was set, and no job has come since */
	bool checked; /* whether the pool follows it */
};

/* A new login. */
void suggestion_begin(struct suggestion *suggestion);

/* From now on: in a login that is ready at once or with a later job, in each later one early. */
void suggestion_set(struct suggestion *suggestion, double difficulty);

/* Whether a difficulty was set that no job has yet: nothing is suggested meanwhile. */
void suggestion_set_unbound(struct suggestion *suggestion, bool unbound);

/* Before the login is authorised. */
void suggestion_send_early(struct suggestion *suggestion);

/* Once the login is authorised, and with each job: again, once, if the pool does not follow. */
void suggestion_check(struct suggestion *suggestion);

/* The pool has set a difficulty, that no job has yet; or a job came. */
void suggestion_on_difficulty(struct suggestion *suggestion);
void suggestion_on_job(struct suggestion *suggestion);
