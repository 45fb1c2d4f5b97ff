/* SPDX-License-Identifier: MIT */
#include "miner_fixture.h"

#include <check.h>
#include <openssl/evp.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "common/clock.h"

struct job *miner_fixture_job_new(const struct miner_fixture_job *shape)
{
	static uint64_t sequence = 0;
	struct job *job = job_new(NULL, shape->coinbase_size, shape->n_branches);

	ck_assert_ptr_nonnull(job);
	job->sequence = ++sequence;
	job->version = 0x20000000;
	job->version_mask = shape->version_mask;
	job->nbits = 0x1d00ffff;
	job->ntime = 1700000000;
	job->difficulty = shape->difficulty;
	ck_assert(target_from_difficulty(&job->target, shape->difficulty));
	ck_assert(target_from_nbits(&job->network_target, job->nbits));
	job->packet_ns = job->parsed_ns = clock_now();
	job->extranonce2_size = shape->extranonce2_size;
	job->extranonce2_offset = shape->coinbase_size / 3;
	for (size_t i = 0; i < shape->coinbase_size; i++)
		job->coinbase[i] = (uint8_t)rand();
	memset(job->coinbase + job->extranonce2_offset, 0, shape->extranonce2_size);
	for (size_t i = 0; i < shape->n_branches * 32; i++)
		job->branches[i / 32][i % 32] = (uint8_t)rand();
	for (size_t i = 0; i < 32; i++)
		job->prevhash[i] = (uint8_t)rand();
	return job;
}

static void double_hash(const uint8_t *bytes, size_t n, uint8_t ret[32])
{
	ck_assert_int_eq(EVP_Digest(bytes, n, ret, NULL, EVP_sha256(), NULL), 1);
	ck_assert_int_eq(EVP_Digest(ret, 32, ret, NULL, EVP_sha256(), NULL), 1);
}

static void put_le32(uint8_t *ret, uint32_t value)
{
	for (unsigned i = 0; i < 4; i++)
		ret[i] = (uint8_t)(value >> 8 * i);
}

void miner_fixture_verify(const struct share *share)
{
	const struct job *job = share->job;
	uint8_t *coinbase = malloc(job->coinbase_size), header[80], node[64], hash[32];

	memcpy(coinbase, job->coinbase, job->coinbase_size);
	memcpy(coinbase + job->extranonce2_offset, share->extranonce2, job->extranonce2_size);
	for (size_t i = job->extranonce2_size; i < sizeof(share->extranonce2); i++)
		ck_assert_uint_eq(share->extranonce2[i], 0);
	double_hash(coinbase, job->coinbase_size, node);
	free(coinbase);
	for (size_t i = 0; i < job->n_branches; i++) {
		memcpy(node + 32, job->branches[i], 32);
		double_hash(node, 64, hash);
		memcpy(node, hash, 32);
	}
	put_le32(header, share->version);
	memcpy(header + 4, job->prevhash, 32);
	memcpy(header + 36, node, 32);
	put_le32(header + 68, share->ntime);
	put_le32(header + 72, job->nbits);
	put_le32(header + 76, share->nonce);
	double_hash(header, sizeof(header), hash);

	ck_assert_uint_eq(share->version & ~job->version_mask, job->version);
	ck_assert_uint_le(share->ntime - job->ntime, job->ntime_roll);
	for (unsigned i = 0; i < 32; i++)
		ck_assert_uint_eq(hash[i], share->hash.word[i / 4] >> 8 * (i % 4) & 0xff);
	for (unsigned i = 32; i-- > 0;) {
		uint8_t limit = (uint8_t)(job->target.word[i / 4] >> 8 * (i % 4));

		ck_assert_uint_le(hash[i], limit);
		if (hash[i] < limit)
			break;
	}
}

void miner_fixture_collect(struct miner_fixture_shares *shares, const struct share *share)
{
	struct share *slot;

	if (shares->n == shares->room) {
		shares->room = shares->room ? shares->room * 2 : 1024;
		shares->share = realloc(shares->share, shares->room * sizeof(*shares->share));
		ck_assert_ptr_nonnull(shares->share);
	}
	slot = &shares->share[shares->n++];
	/* Only the work is compared, and no padding. */
	memset(slot, 0, sizeof(*slot));
	slot->job = share->job;
	memcpy(slot->extranonce2, share->extranonce2, sizeof(slot->extranonce2));
	slot->ntime = share->ntime;
	slot->nonce = share->nonce;
	slot->version = share->version;
}

static int compare(const void *a, const void *b)
{
	return memcmp(a, b, sizeof(struct share));
}

void miner_fixture_assert_unique(struct miner_fixture_shares *shares)
{
	qsort(shares->share, shares->n, sizeof(*shares->share), compare);
	for (size_t i = 1; i < shares->n; i++)
		ck_assert(compare(&shares->share[i - 1], &shares->share[i]) != 0);
	free(shares->share);
	*shares = (struct miner_fixture_shares){};
}

unsigned miner_fixture_cpu(unsigned n)
{
	unsigned cpu = 0;
	cpu_set_t cpus;

	ck_assert_int_eq(sched_getaffinity(0, sizeof(cpus), &cpus), 0);
	for (n %= (unsigned)CPU_COUNT(&cpus);; cpu++)
		if (CPU_ISSET(cpu, &cpus) && n-- == 0)
			return cpu;
}

uint64_t miner_fixture_cpu_time(void)
{
	return clock_read(CLOCK_PROCESS_CPUTIME_ID);
}

void miner_fixture_sleep_ms(unsigned ms)
{
	nanosleep(&(struct timespec){ms / 1000, ms % 1000 * 1000000}, NULL);
}

unsigned miner_fixture_advance(struct workers *workers)
{
	unsigned looks = 0;

	(void)workers_stuck(workers);
	do
		miner_fixture_sleep_ms(1200);
	while (++looks < 20 && workers_stuck(workers) >= 0);
	ck_assert_uint_lt(looks, 20);
	return looks;
}
