/* SPDX-License-Identifier: MIT */
/* bitcoin/coinbase_height: BIP 34, and what is no height. */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bitcoin/coinbase_height.h"
#include "common/container.h"
#include "common/hex.h"
#include "suite_main.h"

enum { MAX_SIZE = 256 };

#define INPUT      \
	"01000000" \
	"01"       \
	"0000000000000000000000000000000000000000000000000000000000000000ffffffff"

/* In memory of exactly that size, so that a sanitizer sees a read beyond it. */
static uint32_t height(const char *hex)
{
	size_t size = strlen(hex) / 2;
	uint8_t *bytes = malloc(size ? size : 1);
	uint32_t ret;

	ck_assert_ptr_nonnull(bytes);
	ck_assert(hex_decode(bytes, size, hex));
	ret = coinbase_height(bytes, size);
	free(bytes);
	return ret;
}

/* The input's script with its length; the rest of the transaction is not looked at. */
static uint32_t script_height(const char *script)
{
	char hex[2 * MAX_SIZE];

	snprintf(hex, sizeof(hex), INPUT "%02x%s", (unsigned)strlen(script) / 2, script);
	return height(hex);
}

START_TEST(known_blocks)
{
	/* As in block 840,000 of mainnet, with a pool's text behind it. */
	ck_assert_uint_eq(script_height("0340d10c192f506f6f6c2f"), 840000);
	/* Mainnet, block 100,000, of before BIP 34: a push of nbits. */
	ck_assert_uint_eq(script_height("044c86041b020602"), 0);
	/* And the genesis block. */
	ck_assert_uint_eq(height(INPUT "4d04ffff001d0104455468652054696d6573"), 0);
}
END_TEST

START_TEST(forms)
{
	static const struct {
		const char *script;
		uint32_t height;
	} rows[] = {
		{"5100", 1},
		{"5200", 2},
		{"6000", 16},
		{"0111", 17},
		{"017f", 127},
		{"028000", 128},
		{"02ff7f", 32767},
		{"03008000", 32768},
		{"03a08601", 100000},
		{"03ffff7f", 8388607},
		{"0400008000", 8388608},
		{"04ffffff0f", 268435455},
		{"5108deadbeefdeadbeef", 1},
		{"03a0860108deadbeefdeadbeef", 100000},
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
		ck_assert_msg(script_height(rows[i].script) == rows[i].height, "%s: %u",
			      rows[i].script, script_height(rows[i].script));
}
END_TEST

START_TEST(garbage)
{
	static const char *const scripts[] = {
		"",
		"51",		    /* shorter than consensus allows */
		"0000",		    /* OP_0 */
		"0100",		    /* zero, with a byte that it does not need */
		"0101",		    /* 1 has an opcode */
		"0110",		    /* 16, too */
		"0180",		    /* negative */
		"02a081",	    /* negative */
		"027f00",	    /* a zero that it does not need */
		"03400d00",	    /* the same, of three bytes */
		"0400000010",	    /* 2^28 */
		"04ffff001d",	    /* nbits */
		"0500000000010000", /* five bytes */
		"03a086",	    /* the script ends within the push */
		"4c03a08601",	    /* OP_PUSHDATA1: not the shortest form */
		"4fff",		    /* OP_1NEGATE */
		"61ff",		    /* OP_NOP */
		"50ff",		    /* OP_RESERVED */
	};
	char hex[2 * MAX_SIZE];

	for (size_t i = 0; i < ARRAY_SIZE(scripts); i++)
		ck_assert_msg(script_height(scripts[i]) == 0, "%s", scripts[i]);
	/* A script of 101 bytes, two inputs, another transaction's output, another index. */
	ck_assert_uint_eq(height(INPUT "6503a08601"), 0);
	ck_assert_uint_eq(height(INPUT "6403a08601"), 100000);
	snprintf(hex, sizeof(hex), INPUT "0403a08601");
	hex[9] = '2';
	ck_assert_uint_eq(height(hex), 0);
	snprintf(hex, sizeof(hex), INPUT "0403a08601");
	hex[20] = '1';
	ck_assert_uint_eq(height(hex), 0);
	snprintf(hex, sizeof(hex), INPUT "0403a08601");
	hex[80] = '0';
	ck_assert_uint_eq(height(hex), 0);
}
END_TEST

/* Wherever the bytes end, nothing is read beyond, and a part of a height is none. */
START_TEST(cut)
{
	const char *whole = INPUT "0403a08601ffffffff";

	for (size_t n = 0; n <= strlen(whole); n += 2) {
		char hex[2 * MAX_SIZE];

		snprintf(hex, sizeof(hex), "%.*s", (int)n, whole);
		ck_assert_uint_eq(height(hex),
				  n >= strlen(INPUT "0403a08601") ? UINT32_C(100000) : 0);
	}
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("coinbase_height");
	TCase *tests = tcase_create("coinbase_height");

	tcase_add_test(tests, known_blocks);
	tcase_add_test(tests, forms);
	tcase_add_test(tests, garbage);
	tcase_add_test(tests, cut);
	suite_add_tcase(suite, tests);
	return suite_main(suite);
}
