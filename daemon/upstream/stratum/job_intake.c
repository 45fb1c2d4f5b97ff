/* SPDX-License-Identifier: MIT */
#include "upstream/stratum/job_intake.h"

#include <string.h>

#include "common/cleanup.h"
#include "common/hot.h"

void job_intake_begin(struct job_intake *intake)
{
	memset(intake->prevhash, 0, sizeof(intake->prevhash));
}

HOT const char *job_intake_notify(struct job_intake *intake, const struct message_notify *notify,
				  uint64_t parsed_ns)
{
	struct login *login = intake->login;
	CLEANUP(job_unrefp) struct job *job = NULL;
	const char *reason;
	int r;

	/* For who makes a header of it. */
	hot_fetch(hot_worker_begin, hot_worker_end);
	r = work_from_notify(&job, notify, &login->terms, &reason);

	if (r < 0) {
		login_fail(login, "mining.notify: %s", strerror(-r));
		return NULL;
	}
	if (r != WORK_OK)
		return reason;
	/* A new block makes older work stale, whether the pool says so or not. */
	if (memcmp(intake->prevhash, job->prevhash, sizeof(intake->prevhash)) != 0)
		job->clean = true;
	memcpy(intake->prevhash, job->prevhash, sizeof(intake->prevhash));
	job->packet_ns = login_received_ns(login);
	job->parsed_ns = parsed_ns;
	login->job_ns = job->packet_ns;
	suggestion_set_unbound(intake->suggestion, false);
	intake->job(intake, TAKE(job));
	suggestion_on_job(intake->suggestion);
	return NULL;
}
