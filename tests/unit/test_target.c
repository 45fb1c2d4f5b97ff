/* SPDX-License-Identifier: MIT */
/* Difficulty and nbits to targets, and back; the expected numbers were computed as fractions. */
#include <check.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bitcoin/target.h"
#include "common/container.h"
#include "suite_main.h"

/* Most significant digit first. */
static const char *text_of(const struct target *target)
{
	static char text[65];

	for (int i = 0; i < 8; i++)
		snprintf(text + 8 * i, 9, "%08x", target->word[7 - i]);
	return text;
}

static void assert_difficulty(double difficulty, const char *expected)
{
	struct target target;

	ck_assert(target_from_difficulty(&target, difficulty));
	ck_assert_str_eq(text_of(&target), expected);
}

START_TEST(difficulty_is_exact)
{
	assert_difficulty(1, "00000000ffff0000000000000000000000000000000000000000000000000000");
	assert_difficulty(1e-9, "3b9a8e6535fffef481b5fe088151b0791619e09d7e3f36fccfbaa4c14955fdb7");
	assert_difficulty(0.001,
			  "000003e7fc17fffffffa2405dc00000008c9f735fffffff2d10d2f00000013c6");
	assert_difficulty(1e6, "00000000000010c6e6d9be4cd74927913e81450efdc9c4da9003eea209aaa3ad");
	assert_difficulty(0.5, "00000001fffe0000000000000000000000000000000000000000000000000000");
	assert_difficulty(5.0000000000000002e-5,
			  "00004e1fb1dffffffef23a8dc6800003a38dce6e8dfff36f3a532a3da82b63ea");
	assert_difficulty(3.0, "0000000055550000000000000000000000000000000000000000000000000000");
	assert_difficulty(1e-7, "009895e769800001f18acc53422006565b55c07bddecaa1651dd63e5e3739c47");
	assert_difficulty(65535.75,
			  "000000000000ffff3fffcffff3fffcffff3fffcffff3fffcffff3fffcffff3ff");
	assert_difficulty(16384,
			  "000000000003fffc000000000000000000000000000000000000000000000000");
	assert_difficulty(1e15, "00000000000000000000480e766cdedcb914316213b20a7a5f0d26cb45f4f354");
	assert_difficulty(0x1p70,
			  "00000000000000000000000003fffc0000000000000000000000000000000000");
	assert_difficulty(1e60, "00000000000000000000000000000000000000000000000000000000019b5eaf");
	assert_difficulty(0x1p223,
			  "0000000000000000000000000000000000000000000000000000000000000001");
	assert_difficulty(0x1p224,
			  "0000000000000000000000000000000000000000000000000000000000000000");
	assert_difficulty(0x1p300,
			  "0000000000000000000000000000000000000000000000000000000000000000");
	assert_difficulty(2.4e-10,
			  "f85951506100007701bf8b60ab4c8e5c4775b2e50b21b67a2cdcd1ea288f52ba");
}
END_TEST

START_TEST(difficulty_held_at_the_largest)
{
	static const char all[] =
		"ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff";

	assert_difficulty(0x1p-33, all);
	assert_difficulty(1e-10, all);
	assert_difficulty(1e-300, all);
	assert_difficulty(5e-324, all);
	/* The last that fits, the first that does not. */
	assert_difficulty(0x1p-32,
			  "ffff000000000000000000000000000000000000000000000000000000000000");
	assert_difficulty(0x1p-32 * 65535 / 65536, all);
}
END_TEST

START_TEST(difficulty_that_is_none)
{
	struct target target = {{7}};

	ck_assert(!target_from_difficulty(&target, 0));
	ck_assert(!target_from_difficulty(&target, -1));
	ck_assert(!target_from_difficulty(&target, NAN));
	ck_assert(!target_from_difficulty(&target, INFINITY));
	ck_assert_uint_eq(target.word[0], 7);
}
END_TEST

static void assert_nbits(uint32_t nbits, const char *expected)
{
	struct target target = {{7}};
	bool valid = target_from_nbits(&target, nbits);

	ck_assert_msg(valid == !!expected, "nbits %08x", nbits);
	if (valid)
		ck_assert_str_eq(text_of(&target), expected);
	else
		ck_assert_uint_eq(target.word[0], 7);
}

START_TEST(nbits_expanded)
{
	assert_nbits(0x1d00ffff,
		     "00000000ffff0000000000000000000000000000000000000000000000000000");
	assert_nbits(0x1a44b9f2,
		     "00000000000044b9f20000000000000000000000000000000000000000000000");
	assert_nbits(0x207fffff,
		     "7fffff0000000000000000000000000000000000000000000000000000000000");
	assert_nbits(0x04123456,
		     "0000000000000000000000000000000000000000000000000000000012345600");
	assert_nbits(0x03123456,
		     "0000000000000000000000000000000000000000000000000000000000123456");
	assert_nbits(0x02123456,
		     "0000000000000000000000000000000000000000000000000000000000001234");
	assert_nbits(0x01123456,
		     "0000000000000000000000000000000000000000000000000000000000000012");
	assert_nbits(0x22000012,
		     "1200000000000000000000000000000000000000000000000000000000000000");
	assert_nbits(0x21001234,
		     "1234000000000000000000000000000000000000000000000000000000000000");
}
END_TEST

START_TEST(nbits_refused)
{
	assert_nbits(0, NULL);
	assert_nbits(0x1d000000, NULL);
	assert_nbits(0x00123456, NULL);
	assert_nbits(0x01003456, NULL);
	assert_nbits(0x02000056, NULL);
	assert_nbits(0x1d80ffff, NULL); /* negative */
	assert_nbits(0x04923456, NULL);
	assert_nbits(0x01fedcba, NULL);
	assert_nbits(0x23000001, NULL); /* overflow */
	assert_nbits(0x22000100, NULL);
	assert_nbits(0x21010000, NULL);
	assert_nbits(0xff123456, NULL);
}
END_TEST

START_TEST(compared_as_numbers)
{
	struct target target, hash;
	uint8_t bytes[32] = {};

	ck_assert(target_from_nbits(&target, 0x1d00ffff));
	bytes[26] = 0xff;
	bytes[27] = 0xff;
	target_from_hash(&hash, bytes);
	ck_assert(target_met(&target, &hash));
	bytes[0] = 1;
	target_from_hash(&hash, bytes);
	ck_assert(!target_met(&target, &hash));
	bytes[26] = 0xfe;
	target_from_hash(&hash, bytes);
	ck_assert(target_met(&target, &hash));
	bytes[28] = 1;
	target_from_hash(&hash, bytes);
	ck_assert(!target_met(&target, &hash));
}
END_TEST

START_TEST(difficulty_both_ways)
{
	static const double values[] = {1,	0.001,	1e-9,	 1e-7,	 5.0000000000000002e-5,
					0.3,	16384,	1e6,	 42,	 1e15,
					0x1p32, 1.4e14, 0x1p-32, 123.456};

	for (unsigned i = 0; i < ARRAY_SIZE(values); i++) {
		struct target target;

		ck_assert(target_from_difficulty(&target, values[i]));
		ck_assert_double_eq_tol(target_difficulty(&target) / values[i], 1, 1e-15);
	}
	ck_assert(isinf(target_difficulty(&(struct target){})));
}
END_TEST

/* Whatever meets the target passes the mask, and the mask asks for all bits that it can. */
START_TEST(top_mask_is_a_superset)
{
	struct target target;

	ck_assert(target_from_difficulty(&target, 1));
	ck_assert_uint_eq(target_top_mask(&target), UINT32_MAX);
	ck_assert(target_from_difficulty(&target, 0x1p-32));
	ck_assert_uint_eq(target_top_mask(&target), 0);
	ck_assert(target_from_difficulty(&target, 1e-10));
	ck_assert_uint_eq(target_top_mask(&target), 0);
	ck_assert(target_from_difficulty(&target, 0x1p-31)); /* 7fff8000.. */
	ck_assert_uint_eq(target_top_mask(&target), 0x00000080);
	ck_assert(target_from_difficulty(&target, 0x1p-22)); /* 003fff.. */
	ck_assert_uint_eq(target_top_mask(&target), 0x0000c0ff);
	for (unsigned bit = 0; bit < 32; bit++) {
		target.word[7] = UINT32_C(1) << bit;
		ck_assert_int_eq(__builtin_popcount(target_top_mask(&target)), 31 - bit);
		for (uint32_t below = 0; below < 4; below++) {
			uint32_t top = target.word[7] - (target.word[7] ? below % 2 : 0);

			ck_assert_uint_eq(__builtin_bswap32(top) & target_top_mask(&target), 0);
		}
	}
	target.word[7] = 0;
	ck_assert_uint_eq(target_top_mask(&target), UINT32_MAX);
}
END_TEST

START_TEST(text_as_explorers_show_it)
{
	struct target number = {{0x0a8ce26f, 0x72b3f1b6, 0x46a2a6c1, 0x3ff763ae, 0x65831e93,
				 0x9c085ae1, 0x000019d6, 0}};
	char text[TARGET_TEXT_MAX];

	/* The genesis block. */
	ck_assert_str_eq(target_text(text, &number),
			 "00000000000019d69c085ae165831e933ff763ae46a2a6c172b3f1b60a8ce26f");
}
END_TEST

START_TEST(expected_hashes)
{
	struct target target;

	/* Regtest: difficulty 4.66e-10 times 2^32 says 2.00003. */
	ck_assert(target_from_nbits(&target, 0x207fffff));
	ck_assert_double_eq_tol(target_hashes(&target), 2, 1e-6);
	/* Difficulty 1: 2^32 and a bit, as its target is not 2^224. */
	ck_assert(target_from_nbits(&target, 0x1d00ffff));
	ck_assert_double_eq_tol(target_hashes(&target), 0x1p48 / 0xffff, 1e-3);
	/* Block 840,000 of mainnet, difficulty 86,388,558,925,171.02. */
	ck_assert(target_from_nbits(&target, 0x17034219));
	ck_assert_double_eq_tol(target_hashes(&target) / (86388558925171.02 * 0x1p48 / 0xffff), 1,
				1e-12);
	memset(&target, 0xff, sizeof(target));
	ck_assert_double_eq(target_hashes(&target), 1);
	ck_assert_double_eq(target_hashes(&(struct target){}), 0x1p256);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("target");
	TCase *tests = tcase_create("target");

	tcase_add_test(tests, text_as_explorers_show_it);
	tcase_add_test(tests, difficulty_is_exact);
	tcase_add_test(tests, difficulty_held_at_the_largest);
	tcase_add_test(tests, difficulty_that_is_none);
	tcase_add_test(tests, nbits_expanded);
	tcase_add_test(tests, nbits_refused);
	tcase_add_test(tests, compared_as_numbers);
	tcase_add_test(tests, difficulty_both_ways);
	tcase_add_test(tests, expected_hashes);
	tcase_add_test(tests, top_mask_is_a_superset);
	suite_add_tcase(suite, tests);
	return suite_main(suite);
}
