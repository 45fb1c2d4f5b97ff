/* SPDX-License-Identifier: MIT */
/* bitcoin/merkle_tree: against whole trees by OpenSSL, and two blocks of the main chain. */
#include <check.h>
#include <openssl/sha.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

#include "bitcoin/header.h"
#include "bitcoin/merkle_tree.h"
#include "common/clock.h"
#include "common/container.h"
#include "common/hex.h"
#include "suite_main.h"

enum { MANY = 4000 };

static const struct sha256_code *codes[2];

static void double_hash(const void *bytes, size_t n, uint8_t ret[32])
{
	uint8_t digest[32];

	SHA256(bytes, n, digest);
	SHA256(digest, sizeof(digest), ret);
}

/* The root over n leaves, as consensus has it: every level whole, an odd last node doubled. */
static void whole_tree(const uint8_t (*leaves)[32], size_t n, uint8_t ret[32])
{
	uint8_t(*level)[32] = calloc(n + 1, sizeof(*level));

	ck_assert_ptr_nonnull(level);
	memcpy(level, leaves, n * sizeof(*level));
	while (n > 1) {
		if (n % 2) {
			memcpy(level[n], level[n - 1], sizeof(*level));
			n++;
		}
		for (size_t i = 0; i < n / 2; i++) {
			uint8_t pair[64];

			memcpy(pair, level[2 * i], sizeof(pair));
			double_hash(pair, sizeof(pair), level[i]);
		}
		n /= 2;
	}
	memcpy(ret, level[0], 32);
	free(level);
}

/* The root that a miner makes of the branches. */
static void climb(const uint8_t leaf[32], const uint8_t (*branches)[32], size_t n, uint8_t ret[32])
{
	uint8_t pair[64];

	memcpy(pair, leaf, 32);
	for (size_t i = 0; i < n; i++) {
		memcpy(pair + 32, branches[i], 32);
		double_hash(pair, sizeof(pair), pair);
	}
	memcpy(ret, pair, 32);
}

/* n random leaves and the coinbase's before them. */
static uint8_t (*random_leaves(size_t n))[32]
{
	uint8_t(*leaves)[32] = calloc(n + 1, sizeof(*leaves));

	ck_assert_ptr_nonnull(leaves);
	for (size_t i = 0; i < (n + 1) * 32; i++)
		((uint8_t *)leaves)[i] = (uint8_t)rand();
	return leaves;
}

/* In memory that ends where the hashes do. */
static uint8_t (*copy_hashes(const uint8_t (*hashes)[32], size_t n))[32]
{
	uint8_t(*copy)[32] = malloc(n ? n * sizeof(*copy) : 1);

	ck_assert_ptr_nonnull(copy);
	memcpy(copy, hashes, n * sizeof(*copy));
	return copy;
}

static void check_branches(size_t n, const struct sha256_code *code)
{
	uint8_t branches[JOB_BRANCHES_MAX][32], root[32], want[32];
	uint8_t(*leaves)[32] = random_leaves(n);
	uint8_t(*hashes)[32] = copy_hashes((const uint8_t(*)[32])leaves + 1, n);
	size_t n_branches = merkle_tree_branches(branches, hashes, n, code), levels = 0;

	whole_tree((const uint8_t(*)[32])leaves, n + 1, want);
	climb(leaves[0], (const uint8_t(*)[32])branches, n_branches, root);
	ck_assert_mem_eq(root, want, 32);
	while (n >> levels)
		levels++;
	ck_assert_uint_eq(n_branches, levels);
	free(hashes);
	free(leaves);
}

START_TEST(branches_lead_to_the_root)
{
	for (size_t i = 0; i < ARRAY_SIZE(codes); i++) {
		for (size_t n = 0; n <= 40; n++)
			check_branches(n, codes[i]);
		check_branches(MANY, codes[i]);
		check_branches(MANY + 95, codes[i]); /* 4096 with the coinbase */
		check_branches(MANY + 96, codes[i]);
	}
}
END_TEST

/* As explorers show a hash. */
static void from_text(uint8_t ret[32], const char *text)
{
	ck_assert_uint_eq(strlen(text), 64);
	for (size_t i = 0; i < 32; i++)
		ck_assert(hex_decode(ret + 31 - i, 1, text + 2 * i));
}

/* The header with the root that the transactions have has the block's hash. */
static void check_block(struct header *header, const char *prevhash, const char *const *txids,
			size_t n, const char *hash)
{
	uint8_t branches[JOB_BRANCHES_MAX][32], leaves[8][32];
	char text[TARGET_TEXT_MAX];
	struct target number;

	ck_assert_uint_le(n, ARRAY_SIZE(leaves));
	from_text(header->prevhash, prevhash);
	for (size_t i = 0; i < n; i++)
		from_text(leaves[i], txids[i]);
	n = merkle_tree_branches(branches, leaves + 1, n - 1, sha256_best());
	climb(leaves[0], (const uint8_t(*)[32])branches, n, header->merkle_root);
	header_hash(sha256_compress_scalar, header, &number);
	ck_assert_str_eq(target_text(text, &number), hash);
}

START_TEST(blocks_of_the_main_chain)
{
	static const char *const block_170[] = {
		"b1fea52486ce0c62bb442b530a3f0132b826c74e473d1f2c220bfa78111c5082",
		"f4184fc596403b9d638783cf57adfe4c75c605f6356fbc91338530e9831e9e16",
	};
	static const char *const block_100000[] = {
		"8c14f0db3df150123e6f3dbbf30f8b955a8249b62ac1d1ff16284aefa3d06d87",
		"fff2525b8931402dd09222c50775608f75787bd2b87e56995a7bdd30f79702c4",
		"6359f0868171b1d194cbee1af2f16ea598ae8fad666d9b012c8ed2b79a236ec4",
		"e9a66845e05d5abc0ad04ec80f774a7e585c6e8db975962d069a522137b80c1d",
	};
	struct header header = {
		.version = 1, .ntime = 1231731025, .nbits = 0x1d00ffff, .nonce = 1889418792};

	check_block(&header, "000000002a22cfee1f2c846adbd12b3e183d4f97683f85dad08a79780a84bd55",
		    block_170, ARRAY_SIZE(block_170),
		    "00000000d1145790a8694403d4063f323d499e655c83426834d4ce2f8dd4a2ee");
	header = (struct header){
		.version = 1, .ntime = 1293623863, .nbits = 0x1b04864c, .nonce = 274148111};
	check_block(&header, "000000000002d01c1fccc21636b607dfd930d31d01c3a62104612a1719011250",
		    block_100000, ARRAY_SIZE(block_100000),
		    "000000000003ba27aa200b1cecaad478d2b00432346c3f1f3986da1afd33e506");
}
END_TEST

/* What a block without other transactions commits to, as in thousands of blocks. */
START_TEST(commitment_of_an_empty_block)
{
	uint8_t script[MERKLE_TREE_COMMITMENT_SIZE];
	char digits[2 * MERKLE_TREE_COMMITMENT_SIZE + 1];

	for (size_t i = 0; i < ARRAY_SIZE(codes); i++) {
		merkle_tree_commitment(script, NULL, 0, codes[i]);
		hex_encode(digits, script, sizeof(script));
		ck_assert_str_eq(digits,
				 "6a24aa21a9ede2f61c3f71d1defd3fa999dfa36953755c690689799962"
				 "b48bebd836974e8cf9");
	}
}
END_TEST

/* BIP 141: the double hash of the witness root, whose first leaf is zeros, and 32 zeros. */
static void check_commitment(size_t n, const struct sha256_code *code)
{
	static const uint8_t head[] = {0x6a, 0x24, 0xaa, 0x21, 0xa9, 0xed};
	uint8_t script[MERKLE_TREE_COMMITMENT_SIZE], pair[64] = {}, want[32];
	uint8_t(*leaves)[32] = random_leaves(n);
	uint8_t(*hashes)[32] = copy_hashes((const uint8_t(*)[32])leaves + 1, n);

	memset(leaves[0], 0, sizeof(leaves[0]));
	whole_tree((const uint8_t(*)[32])leaves, n + 1, pair);
	double_hash(pair, sizeof(pair), want);
	merkle_tree_commitment(script, hashes, n, code);
	ck_assert_mem_eq(script, head, sizeof(head));
	ck_assert_mem_eq(script + sizeof(head), want, sizeof(want));
	free(hashes);
	free(leaves);
}

START_TEST(commitment_to_witnesses)
{
	for (size_t i = 0; i < ARRAY_SIZE(codes); i++) {
		for (size_t n = 0; n <= 40; n++)
			check_commitment(n, codes[i]);
		check_commitment(MANY, codes[i]);
	}
}
END_TEST

/*
 * The branches of a full block are made before its first hash. The CPU time of this thread counts,
 * in the best of many runs, so that a busy machine changes little.
 */
START_TEST(a_full_tree_is_quick)
{
	uint8_t branches[JOB_BRANCHES_MAX][32];
	uint64_t best = UINT64_MAX;

	if (codes[1] == &sha256_scalar)
		return;
	for (unsigned i = 0; i < 50; i++) {
		uint8_t(*hashes)[32] = random_leaves(MANY);
		uint64_t begin = clock_thread();

		merkle_tree_branches(branches, hashes, MANY, codes[1]);
		best = MIN(best, clock_thread() - begin);
		free(hashes);
	}
	/* Half a millisecond on an idle machine, and 2.7 without SHA-NI. */
	ck_assert_uint_lt(best, 2 * CLOCK_MS);
}
END_TEST

/* More than 2^32 - 1 would need more branches than a job has. */
START_TEST(more_than_a_job_has_branches_for)
{
	uint8_t branches[JOB_BRANCHES_MAX][32], hash[1][32] = {};

	merkle_tree_branches(branches, hash, (size_t)UINT32_MAX + 1, &sha256_scalar);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("merkle_tree");
	TCase *tests = tcase_create("merkle_tree");

	srand(1);
	codes[0] = &sha256_scalar;
	codes[1] = sha256_best();
	tcase_add_test(tests, branches_lead_to_the_root);
	tcase_add_test(tests, blocks_of_the_main_chain);
	tcase_add_test(tests, commitment_of_an_empty_block);
	tcase_add_test(tests, commitment_to_witnesses);
	tcase_add_test(tests, a_full_tree_is_quick);
	tcase_add_test_raise_signal(tests, more_than_a_job_has_branches_for, SIGABRT);
	suite_add_tcase(suite, tests);
	return suite_main(suite);
}
