/* SPDX-License-Identifier: MIT */
/* The header's layout and double hash, on blocks that everybody knows. */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bitcoin/header.h"
#include "common/hex.h"
#include "suite_main.h"

/* The digits of a block explorer: the bytes in reverse. */
static void reversed(uint8_t ret[32], const char *digits)
{
	uint8_t bytes[32];

	ck_assert(hex_decode(bytes, 32, digits));
	for (int i = 0; i < 32; i++)
		ret[i] = bytes[31 - i];
}

static void assert_block(struct header header, const char *prevhash, const char *merkle_root,
			 const char *bytes, const char *hash)
{
	uint8_t encoded[HEADER_SIZE];
	char text[2 * HEADER_SIZE + 1];
	struct target number, target;

	reversed(header.prevhash, prevhash);
	reversed(header.merkle_root, merkle_root);
	header_encode(&header, encoded);
	hex_encode(text, encoded, sizeof(encoded));
	ck_assert_str_eq(text, bytes);
	for (int form = 0; form < 2; form++) {
		header_hash(form ? sha256_best()->compress : sha256_compress_scalar, &header,
			    &number);
		for (int i = 0; i < 8; i++)
			snprintf(text + 8 * i, 9, "%08x", number.word[7 - i]);
		ck_assert_str_eq(text, hash);
		ck_assert(target_from_nbits(&target, header.nbits));
		ck_assert(target_met(&target, &number));
	}
	header.nonce++;
	header_hash(sha256_compress_scalar, &header, &number);
	ck_assert(!target_met(&target, &number));
}

START_TEST(genesis_block)
{
	assert_block((struct header){.version = 1,
				     .ntime = 1231006505,
				     .nbits = 0x1d00ffff,
				     .nonce = 2083236893},
		     "0000000000000000000000000000000000000000000000000000000000000000",
		     "4a5e1e4baab89f3a32518a88c31bc87f618f76673e2cc77ab2127b7afdeda33b",
		     "01000000"
		     "0000000000000000000000000000000000000000000000000000000000000000"
		     "3ba3edfd7a7b12b27ac72c3e67768f617fc81bc3888a51323a9fb8aa4b1e5e4a"
		     "29ab5f49ffff001d1dac2b7c",
		     "000000000019d6689c085ae165831e934ff763ae46a2a6c172b3f1b60a8ce26f");
}
END_TEST

START_TEST(block_125552)
{
	assert_block((struct header){.version = 1,
				     .ntime = 0x4dd7f5c7,
				     .nbits = 0x1a44b9f2,
				     .nonce = 0x9546a142},
		     "00000000000008a3a41b85b8b29ad444def299fee21793cd8b9e567eab02cd81",
		     "2b12fcf1b09288fcaff797d71e950e71ae42b91e8bdb2304758dfcffc2b620e3",
		     "01000000"
		     "81cd02ab7e569e8bcd9317e2fe99f2de44d49ab2b8851ba4a308000000000000"
		     "e320b6c2fffc8d750423db8b1eb942ae710e951ed797f7affc8892b0f1fc122b"
		     "c7f5d74df2b9441a42a14695",
		     "00000000000000001e8d6829a8a21adc5d38d0a473b144b6765798e61f98bd1d");
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("header");
	TCase *tests = tcase_create("header");

	tcase_add_test(tests, genesis_block);
	tcase_add_test(tests, block_125552);
	suite_add_tcase(suite, tests);
	return suite_main(suite);
}
