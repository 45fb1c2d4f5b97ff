/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * From mining.notify to a job of the login. Io thread; on the way of a job.
 */
#include "upstream/stratum/login.h"
#include "upstream/stratum/suggestion.h"

struct job_intake {
	struct login *login;
	struct suggestion *suggestion;
	/* A job, whose only reference goes to the callee. */
	void (*job)(struct job_intake *intake, struct job *job);
	uint8_t prevhash[32]; /* of the last job of this login */
};

/* A new login. */
void job_intake_begin(struct job_intake *intake);

/* Hands out a job; or why it is none, and then the last one stays. */
const char *job_intake_notify(struct job_intake *intake, const struct message_notify *notify,
			      uint64_t parsed_ns);
