/* SPDX-License-Identifier: MIT */
/* The merkle root from the prefix's midstate against a naive one by OpenSSL. */
#include <check.h>
#include <openssl/sha.h>
#include <stdlib.h>
#include <string.h>

#include "bitcoin/merkle.h"
#include "suite_main.h"

static void sha256d_openssl(const uint8_t *bytes, size_t n, uint8_t ret[32])
{
	uint8_t digest[32];

	SHA256(bytes, n, digest);
	SHA256(digest, 32, ret);
}

static struct job *job_random(size_t coinbase_size, size_t offset, size_t extranonce2_size,
			      size_t n_branches)
{
	struct job *job = job_new(NULL, coinbase_size, n_branches);

	ck_assert_ptr_nonnull(job);
	job->extranonce2_offset = offset;
	job->extranonce2_size = extranonce2_size;
	for (size_t i = 0; i < coinbase_size; i++)
		job->coinbase[i] = rand();
	for (size_t i = 0; i < n_branches * 32; i++)
		((uint8_t *)job->branches)[i] = rand();
	return job;
}

static void assert_root(struct job *job)
{
	uint8_t extranonce2[JOB_EXTRANONCE2_MAX], root[32], pair[64];
	uint8_t *coinbase = malloc(job->coinbase_size);

	memcpy(coinbase, job->coinbase, job->coinbase_size);
	for (size_t i = 0; i < sizeof(extranonce2); i++)
		extranonce2[i] = rand();
	memcpy(coinbase + job->extranonce2_offset, extranonce2, job->extranonce2_size);
	sha256d_openssl(coinbase, job->coinbase_size, pair);
	for (size_t i = 0; i < job->n_branches; i++) {
		memcpy(pair + 32, job->branches[i], 32);
		sha256d_openssl(pair, 64, pair);
	}
	for (int form = 0; form < 2; form++) {
		const struct sha256_code *code = form ? sha256_best() : &sha256_scalar;
		struct merkle_prefix prefix;

		merkle_prefix_init(&prefix, job, code);
		merkle_root(job, &prefix, extranonce2, code, root);
		ck_assert_mem_eq(root, pair, 32);
	}
	free(coinbase);
	job_unref(job);
}

START_TEST(branches)
{
	for (size_t n = 0; n <= 15; n++)
		assert_root(job_random(240, 100, 4, n));
	assert_root(job_random(240, 100, 4, JOB_BRANCHES_MAX));
}
END_TEST

START_TEST(extranonce2_anywhere)
{
	for (size_t size = 1; size <= JOB_EXTRANONCE2_MAX; size++)
		for (size_t offset = 0; offset <= 140; offset++)
			for (size_t rest = 0; rest <= 130; rest += 13)
				assert_root(job_random(offset + size + rest, offset, size, 1));
}
END_TEST

START_TEST(large_coinbase)
{
	assert_root(job_random(20000, 60, 8, 12));
	assert_root(job_random(20000, 19900, 8, 12));
	assert_root(job_random(JOB_COINBASE_MAX, JOB_COINBASE_MAX / 2, 16, 12));
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("merkle");
	TCase *tests = tcase_create("merkle");

	srand(1);
	tcase_add_test(tests, branches);
	tcase_add_test(tests, extranonce2_anywhere);
	tcase_add_test(tests, large_coinbase);
	suite_add_tcase(suite, tests);
	return suite_main(suite);
}
