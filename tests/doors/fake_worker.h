/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * Workers without threads, in the place of daemon/miner/worker.c: each hashes one header of its job
 * after the other at a rate of the test, really but in simulated time (fake_events.h). Targets must
 * be so easy that one of a few hashes is a share.
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "bitcoin/share.h"
#include "miner/worker.h"

enum { FAKE_WORKERS = 16 /* that run at once */ };

struct fake_worker_settings {
	double hashrate;   /* H/s of each */
	unsigned nonces;   /* of each header; the real ones have 2^32 */
	unsigned versions; /* of each header, at most; the last of a step is among them */
	/* ns from a message to the moment when a worker sees it, and until when it goes on. */
	uint64_t (*delay)(void);
	/* A header of job was hashed: 80 bytes. worker: NULL for the head start. */
	void (*hashed)(const struct worker *worker, const struct job *job,
		       const uint8_t header[HEADER_SIZE]);
	/* A share was given to the daemon; or NULL. */
	void (*found)(const struct share *share);
};

/* No worker runs. with must outlive all workers. */
void fake_worker_begin(const struct fake_worker_settings *with);

/* Workers that run, and those of them that have a job. */
unsigned fake_worker_count(void);
unsigned fake_worker_busy(void);

/* The least and the most CPU time that workers may use, percent. */
void fake_worker_limits(unsigned *ret_least, unsigned *ret_most);

/* The job of a worker that has one, borrowed until the next event; NULL: none has. */
const struct job *fake_worker_job(void);

/* For fake_head_start.c: hashes a header of job, and says so; says that a share was given. */
void fake_worker_hash(const struct worker *worker, const struct job *job,
		      const struct header *header, struct target *ret);
void fake_worker_found(const struct share *share);
