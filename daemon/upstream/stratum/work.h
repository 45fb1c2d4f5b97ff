/* SPDX-License-Identifier: MIT */
#pragma once

/* From mining.notify and what the login agreed on to a job. Pure; io thread. */
#include "bitcoin/job.h"
#include "bitcoin/share.h"
#include "upstream/stratum/message.h"

/* What a login has at this moment, and every job of it freezes. */
struct work_terms {
	uint64_t session; /* the login, unique in this process */
	uint8_t extranonce1[JOB_EXTRANONCE1_MAX];
	size_t extranonce1_size; /* bytes */
	size_t extranonce2_size; /* bytes, 1 .. JOB_EXTRANONCE2_MAX */
	uint32_t version_mask;	 /* 0: none granted */
	bool mask_unknown; /* the pool said another that could not be understood: none is rolled */
	double difficulty;
	struct target target;	 /* of difficulty */
	struct job_stock *stock; /* for its jobs, kept over logins; or NULL */
};

enum work_result { WORK_OK, WORK_INVALID };

/*
 * WORK_OK: *ret is a job with one reference; sequence and timestamps are the caller's to fill.
 * WORK_INVALID: *ret_reason says what the pool sent wrong. -ENOMEM.
 */
int work_from_notify(struct job **ret, const struct message_notify *notify,
		     const struct work_terms *terms, const char **ret_reason);

/* difficulty is finite and above 0, as messages are. */
void work_set_difficulty(struct work_terms *terms, double difficulty);

/* extranonce1 as hex digits and a size, from subscribe or set_extranonce, into terms. */
int work_set_extranonce(struct work_terms *terms, const struct message_text *extranonce1,
			int64_t extranonce2_size, const char **ret_reason);

/* The same job under the mask of now, to be worked on in its place; NULL on allocation failure. */
struct job *work_with_mask(const struct job *job, const struct work_terms *terms);

/*
 * Whether a share says which bits it rolled, the sixth param of mining.submit: if the mask of now
 * lets its job be rolled, whatever held when it was found; and if it has rolled any all the same.
 */
bool work_says_version(const struct work_terms *terms, const struct share *share);
