/* SPDX-License-Identifier: MIT */
/*
 * The verifier of tests/pool: real blocks, shares that four real servers took or refused
 * (tests/pool/shares.jsonl, recorded on the wire), and numbers worked out by hand.
 */
#include <check.h>
#include <json-c/json.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/cleanup.h"
#include "common/container.h"
#include "common/hex.h"
#include "suite_main.h"
#include "tests/pool/seen.h"
#include "tests/pool/verify.h"

static const char *number_text(const struct number *number)
{
	static char text[65];

	number_to_hex(text, number);
	return text;
}

START_TEST(targets_of_difficulties)
{
	static const struct {
		double difficulty;
		const char *target;
	} cases[] = {
		{1, "00000000ffff0000000000000000000000000000000000000000000000000000"},
		{16, "000000000ffff000000000000000000000000000000000000000000000000000"},
		{0.5, "00000001fffe0000000000000000000000000000000000000000000000000000"},
		/* 0xffff * 2^208 // 3 and // 1e6, from exact whole-number division */
		{3, "0000000055550000000000000000000000000000000000000000000000000000"},
		{1e6, "00000000000010c6e6d9be4cd74927913e81450efdc9c4da9003eea209aaa3ad"},
		{0x1p-16, "0000ffff00000000000000000000000000000000000000000000000000000000"},
		{0x1p-31, "7fff800000000000000000000000000000000000000000000000000000000000"},
		{0x1p-32, "ffff000000000000000000000000000000000000000000000000000000000000"},
		{0x1p-33, "ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff"},
		{1e-300, "ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff"},
		{0x1p224, "0000000000000000000000000000000000000000000000000000000000000000"},
		{0x1p223, "0000000000000000000000000000000000000000000000000000000000000001"},
	};
	struct number number;

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		number_from_difficulty(&number, cases[i].difficulty);
		ck_assert_str_eq(number_text(&number), cases[i].target);
	}
}
END_TEST

START_TEST(targets_of_nbits)
{
	struct number number;

	ck_assert(number_from_nbits(&number, 0x1d00ffff));
	ck_assert_str_eq(number_text(&number),
			 "00000000ffff0000000000000000000000000000000000000000000000000000");
	ck_assert_double_eq(number_difficulty(&number), 1);
	ck_assert(number_from_nbits(&number, 0x207fffff));
	ck_assert_str_eq(number_text(&number),
			 "7fffff0000000000000000000000000000000000000000000000000000000000");
	ck_assert(number_from_nbits(&number, 0x02123456));
	ck_assert_str_eq(number_text(&number),
			 "0000000000000000000000000000000000000000000000000000000000001234");
	ck_assert(number_from_nbits(&number, 0x1a44b9f2));
	ck_assert_double_eq_tol(number_difficulty(&number), 244112.48777434, 1e-8);
	ck_assert(!number_from_nbits(&number, 0x1d80ffff));
	ck_assert(!number_from_nbits(&number, 0x1d000000));
	ck_assert(!number_from_nbits(&number, 0x01003456));
	ck_assert(!number_from_nbits(&number, 0x227fffff));
}
END_TEST

START_TEST(numbers_compare)
{
	struct number a = {.limb = {5, 0, 0, 1}}, b = {.limb = {4, 0, 0, 1}}, c = {.limb = {9}};

	ck_assert(number_at_most(&a, &a));
	ck_assert(number_at_most(&b, &a));
	ck_assert(!number_at_most(&a, &b));
	ck_assert(number_at_most(&c, &b));
	ck_assert(!number_at_most(&b, &c));
	ck_assert(isinf(number_difficulty(&(struct number){})));
}
END_TEST

/* Digits in the order people write hashes, to the bytes of the header. */
static void reversed(uint8_t ret[32], const char *digits)
{
	uint8_t bytes[32];

	ck_assert(hex_decode(bytes, 32, digits));
	for (int i = 0; i < 32; i++)
		ret[i] = bytes[31 - i];
}

/* Block 125552: its four transaction ids give the root, and the header the known hash. */
START_TEST(block_125552)
{
	static const char *const ids[] = {
		"51d37bdd871c9e1f4d5541be67a6ab625e32028744d7d4609d0c37747b40cd2d",
		"60c25dda8d41f8d3d7d5c6249e2ea1b05a25bf7ae2ad6d904b512b31f997e1a1",
		"01f314cdd8566d3e5dbdd97de2d9fbfbfd6873e916a00d48758282cbb81a45b9",
		"b519286a1040da6ad83c783eb2872659eaf57b1bec088e614776ffe7dc8f6d01",
	};
	uint8_t id[4][32], branches[2][32], pair[64], header[80], hash[32];
	struct number number, network;

	for (int i = 0; i < 4; i++)
		reversed(id[i], ids[i]);
	memcpy(branches[0], id[1], 32);
	memcpy(pair, id[2], 32);
	memcpy(pair + 32, id[3], 32);
	verify_sha256d(branches[1], pair, sizeof(pair));
	verify_merkle(id[0], branches, 2);
	ck_assert(hex_decode(header, 80,
			     "01000000"
			     "81cd02ab7e569e8bcd9317e2fe99f2de44d49ab2b8851ba4a308000000000000"
			     "e320b6c2fffc8d750423db8b1eb942ae710e951ed797f7affc8892b0f1fc122b"
			     "c7f5d74df2b9441a42a14695"));
	ck_assert_mem_eq(id[0], header + 36, 32);
	verify_sha256d(hash, header, sizeof(header));
	number_from_hash(&number, hash);
	ck_assert_str_eq(number_text(&number),
			 "00000000000000001e8d6829a8a21adc5d38d0a473b144b6765798e61f98bd1d");
	ck_assert(number_from_nbits(&network, 0x1a44b9f2));
	ck_assert(number_at_most(&number, &network));
	ck_assert(number_difficulty(&number) > 244112.48);
}
END_TEST

static uint8_t *bytes_of(const char *digits, size_t *ret_size)
{
	uint8_t *bytes = malloc(strlen(digits) / 2 + 1);

	*ret_size = strlen(digits) / 2;
	ck_assert_ptr_nonnull(bytes);
	ck_assert(hex_decode(bytes, *ret_size, digits));
	return bytes;
}

/* The genesis block as a share: 4 bytes of its coinbase play extranonce2, 5 extranonce1. */
START_TEST(genesis_block_is_a_share)
{
	struct work *work = calloc(1, sizeof(*work));
	struct terms terms = {
		.extranonce1 = {0x04, 0xff, 0xff, 0x00, 0x1d},
		.extranonce1_size = 5,
		.extranonce2_size = 4,
	};
	struct submission share = {.extranonce2 = "01044554",
				   .ntime = "495fab29",
				   .nonce = "7c2bac1d",
				   .version_bits = NULL};
	struct verified verified;

	ck_assert_ptr_nonnull(work);
	work->references = 1;
	work->version = 1;
	work->nbits = 0x1d00ffff;
	work->ntime = 0x495fab29;
	work->before = bytes_of("010000000100000000000000000000000000000000000000000000000000000000"
				"00000000ffffffff4d",
				&work->before_size);
	work->after = bytes_of("68652054696d65732030332f4a616e2f32303039204368616e63656c6c6f72206f"
			       "6e206272696e6b206f66207365636f6e64206261696c6f757420666f722062616e"
			       "6b73ffffffff0100f2052a01000000434104678afdb0fe5548271967f1a67130b7"
			       "105cd6a828e03909a67962e0ea1f61deb649f6bc3f4cef38c4f35504e51ec112de"
			       "5c384df7ba0b8d578a4c702b6bf11d5fac00000000",
			       &work->after_size);
	number_from_difficulty(&terms.target, 2536);
	ck_assert_int_eq(verify_share(work, &terms, 0, &share, &verified), VERDICT_ACCEPTED);
	ck_assert(verified.block);
	ck_assert_str_eq(number_text(&verified.hash),
			 "000000000019d6689c085ae165831e934ff763ae46a2a6c172b3f1b60a8ce26f");
	number_from_difficulty(&terms.target, 2537);
	ck_assert_int_eq(verify_share(work, &terms, 0, &share, &verified), VERDICT_LOW_DIFFICULTY);
	ck_assert(verified.block);
	share.nonce = "7c2bac1e";
	ck_assert_int_eq(verify_share(work, &terms, 0, &share, &verified), VERDICT_LOW_DIFFICULTY);
	ck_assert(!verified.block);
	work_unref(work);
}
END_TEST

static const char *text_at(struct json_object *array, size_t index)
{
	return json_object_get_string(json_object_array_get_idx(array, index));
}

static uint32_t word_of(const char *digits)
{
	uint32_t word = 0;

	ck_assert(hex_u32(&word, digits, strlen(digits)));
	return word;
}

static struct work *work_of(struct json_object *notify)
{
	struct work *work = calloc(1, sizeof(*work));
	struct json_object *branches = json_object_array_get_idx(notify, 4);
	uint8_t wire[32];

	ck_assert_ptr_nonnull(work);
	work->references = 1;
	ck_assert(hex_decode(wire, 32, text_at(notify, 1)));
	for (int i = 0; i < 32; i++)
		work->prevhash[i] = wire[i / 4 * 4 + 3 - i % 4];
	work->before = bytes_of(text_at(notify, 2), &work->before_size);
	work->after = bytes_of(text_at(notify, 3), &work->after_size);
	work->n_branches = (unsigned)json_object_array_length(branches);
	for (unsigned i = 0; i < work->n_branches; i++)
		ck_assert(hex_decode(work->branches[i], 32, text_at(branches, i)));
	work->version = word_of(text_at(notify, 5));
	work->nbits = word_of(text_at(notify, 6));
	work->ntime = word_of(text_at(notify, 7));
	return work;
}

static const char *text_of(struct json_object *object, const char *key)
{
	return json_object_get_string(json_object_object_get(object, key));
}

/* Verifies one recorded share; its verdict must be the recorded one. */
static void check_recorded(struct json_object *record)
{
	struct json_object *submit = json_object_object_get(record, "submit");
	struct work *work = work_of(json_object_object_get(record, "notify"));
	const char *extranonce1 = text_of(record, "extranonce1");
	struct submission share = {
		.extranonce2 = text_at(submit, 2),
		.ntime = text_at(submit, 3),
		.nonce = text_at(submit, 4),
		.version_bits = json_object_array_length(submit) == 6 ? text_at(submit, 5) : NULL,
	};
	struct terms terms = {.extranonce1_size = strlen(extranonce1) / 2};
	struct verified verified;
	enum verdict verdict;

	terms.extranonce2_size =
		(size_t)json_object_get_int(json_object_object_get(record, "extranonce2_size"));
	ck_assert(hex_decode(terms.extranonce1, terms.extranonce1_size, extranonce1));
	number_from_difficulty(&terms.target, json_object_get_double(json_object_object_get(
						      record, "difficulty")));
	verdict = verify_share(work, &terms, word_of(text_of(record, "mask")), &share, &verified);
	ck_assert_msg(!strcmp(verdict_name(verdict), text_of(record, "verdict")), "%s, %s: %s",
		      text_of(record, "source"), text_of(record, "step"), verdict_name(verdict));
	work_unref(work);
}

START_TEST(what_real_servers_said)
{
	CLEANUP(cleanup_fclose)
	FILE *file = fopen(SOURCE_ROOT "/tests/pool/shares.jsonl", "re");
	CLEANUP(cleanup_free) char *line = NULL;
	size_t room = 0, records = 0;

	ck_assert_ptr_nonnull(file);
	while (getline(&line, &room, file) > 0) {
		struct json_object *record = json_tokener_parse(line);

		ck_assert_ptr_nonnull(record);
		check_recorded(record);
		json_object_put(record);
		records++;
	}
	ck_assert_uint_ge(records, 50);
}
END_TEST

START_TEST(work_is_as_ordered)
{
	for (unsigned size = 0; size < 20100; size += 97) {
		struct work_recipe recipe = {.version = 0x20000000,
					     .nbits = 0x1d00ffff,
					     .height = 840000,
					     .branches = size % 16,
					     .coinbase_size = size,
					     .coinbase_lead = size % 50,
					     .extranonce_size = 8};
		uint8_t prevhash[32] = {};
		struct work *work = work_new(&recipe, prevhash, 1);
		size_t whole;

		ck_assert_ptr_nonnull(work);
		whole = work->before_size + 8 + work->after_size;
		if (size > 300)
			ck_assert_uint_eq(whole, size);
		ck_assert_uint_eq(work->n_branches, size % 16);
		work_unref(work);
	}
}
END_TEST

START_TEST(seen_finds_duplicates)
{
	struct seen seen = SEEN_NULL;

	for (unsigned round = 0; round < 2; round++) {
		for (uint64_t i = 1; i <= 9000; i++) {
			/* Neighbours in the table, which differ in their other words alone. */
			struct number hash = {.limb = {i / 8, 0, i, 1}};

			ck_assert_int_eq(seen_add(&seen, &hash), round ? 1 : 0);
		}
	}
	seen_clear(&seen);
	ck_assert_int_eq(seen_add(&seen, &(struct number){.limb = {1}}), 0);
	seen_deinit(&seen);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("testpool");
	TCase *tests = tcase_create("testpool");

	tcase_add_test(tests, targets_of_difficulties);
	tcase_add_test(tests, targets_of_nbits);
	tcase_add_test(tests, numbers_compare);
	tcase_add_test(tests, block_125552);
	tcase_add_test(tests, genesis_block_is_a_share);
	tcase_add_test(tests, what_real_servers_said);
	tcase_add_test(tests, work_is_as_ordered);
	tcase_add_test(tests, seen_finds_duplicates);
	suite_add_tcase(suite, tests);
	return suite_main(suite);
}
