/* SPDX-License-Identifier: MIT */
#pragma once

/* What tests of workers need: jobs, an independent judge of shares, CPUs to run on. */
#include "bitcoin/share.h"
#include "miner/workers.h"

enum { MINER_FIXTURE_CPUS_MAX = 1024 };

struct miner_fixture_job {
	size_t extranonce2_size;
	size_t n_branches;
	size_t coinbase_size;
	uint32_t version_mask;
	double difficulty;
};

/* A job of random content; its sequence is one above the last one's. */
struct job *miner_fixture_job_new(const struct miner_fixture_job *shape);

/*
 * Hashes by OpenSSL what the share says, from the coinbase on, and aborts the test when it misses
 * the job's target or says anything that the job does not allow.
 */
void miner_fixture_verify(const struct share *share);

/* Shares of one job, to see whether one comes twice. */
struct miner_fixture_shares {
	struct share *share;
	size_t n, room;
};

void miner_fixture_collect(struct miner_fixture_shares *shares, const struct share *share);

/* Aborts the test when two are the same work. Forgets them. */
void miner_fixture_assert_unique(struct miner_fixture_shares *shares);

/* The n-th of the CPUs that this process may use, from the first again after the last. */
unsigned miner_fixture_cpu(unsigned n);

/* CPU time of this process, ns. */
uint64_t miner_fixture_cpu_time(void);

void miner_fixture_sleep_ms(unsigned ms);

/*
 * Looks every 1.2 s until no worker is stuck, which a busy machine delays; aborts the test when
 * that takes too long. Returns the number of looks.
 */
unsigned miner_fixture_advance(struct workers *workers);
