/* SPDX-License-Identifier: MIT */
/* bitcoin/coinbase: real ones, cut at each byte, and with each of their bytes changed. */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "bitcoin/coinbase.h"
#include "common/container.h"
#include "common/hex.h"
#include "suite_main.h"

#define NOTHING "0000000000000000000000000000000000000000000000000000000000000000ffffffff"

/* Of block 0. */
static const char genesis[] =
	"0100000001" NOTHING
	"4d04ffff001d0104455468652054696d65732030332f4a616e2f32303039204368616e63656c6c6f72206f6e20"
	"6272696e6b206f66207365636f6e64206261696c6f757420666f722062616e6b73ffffffff0100f2052a010000"
	"00434104678afdb0fe5548271967f1a67130b7105cd6a828e03909a67962e0ea1f61deb649f6bc3f4cef38c4f3"
	"5504e51ec112de5c384df7ba0b8d578a4c702b6bf11d5fac00000000";

/* Of a job that ckpool sent in solo mode, with the extranonces in their place. */
static const char ckpool[] =
	"0100000001" NOTHING
	"3902220200044fd2026b04ede0253a0c48d1026b00000000000000000a636b706f6f6c2d6c6872122f7265616c"
	"706565727320636b706f6f6c2fffffffff0240be402500000000160014751e76e8199196d454941c45d1b3a323"
	"f1433bd60000000000000000266a24aa21a9ede2f61c3f71d1defd3fa999dfa36953755c690689799962b48beb"
	"d836974e8cf900000000";

enum { BYTES_MAX = 512, OUTPUT_VALUE = 0x9 /* low byte of the value in small */ };

/* One output of 9 satoshi to a script of one byte. */
static const char small[] = "0100000001" NOTHING "00ffffffff0109000000000000000151"
			    "00000000";

static size_t decode(uint8_t ret[BYTES_MAX], const char *digits)
{
	size_t n = strlen(digits) / 2;

	ck_assert_uint_le(n, BYTES_MAX);
	ck_assert(hex_decode(ret, n, digits));
	return n;
}

/* In memory that ends where the bytes do. */
static const char *parse_exactly(const uint8_t *bytes, size_t n, struct coinbase *ret)
{
	uint8_t *copy = malloc(n ? n : 1);
	const char *wrong;

	ck_assert_ptr_nonnull(copy);
	memcpy(copy, bytes, n);
	wrong = coinbase_parse(ret, copy, n);
	free(copy);
	return wrong;
}

static void check_wrong(const char *digits, const char *why)
{
	uint8_t bytes[BYTES_MAX];
	struct coinbase coinbase;
	const char *wrong = parse_exactly(bytes, decode(bytes, digits), &coinbase);

	ck_assert_msg(wrong && strstr(wrong, why), "\"%s\" is not \"%s\"", wrong ? wrong : "right",
		      why);
}

START_TEST(the_first_of_all)
{
	uint8_t bytes[BYTES_MAX];
	size_t n = decode(bytes, genesis), offset;
	struct coinbase_output output;
	struct coinbase coinbase;

	ck_assert_ptr_null(coinbase_parse(&coinbase, bytes, n));
	ck_assert_uint_eq(coinbase.n_outputs, 1);
	ck_assert_uint_eq(coinbase.total, UINT64_C(5000000000));
	ck_assert_uint_eq(coinbase.script_offset, 42);
	ck_assert_uint_eq(coinbase.script_size, 77);
	offset = coinbase.outputs_offset;
	output = coinbase_output(&coinbase, &offset);
	ck_assert_uint_eq(output.value, UINT64_C(5000000000));
	ck_assert_uint_eq(output.script_size, 67);
	ck_assert_uint_eq(output.script[66], 0xac); /* OP_CHECKSIG */
	ck_assert_uint_eq(offset + 4, n);
}
END_TEST

START_TEST(one_of_a_job)
{
	uint8_t bytes[BYTES_MAX], script[22];
	size_t n = decode(bytes, ckpool), offset;
	struct coinbase_output output;
	struct coinbase coinbase;

	ck_assert_ptr_null(coinbase_parse(&coinbase, bytes, n));
	ck_assert_uint_eq(coinbase.n_outputs, 2);
	ck_assert_uint_eq(coinbase.total, 625000000);
	ck_assert_uint_eq(coinbase.script_size, 57);
	ck_assert(hex_decode(script, 22, "0014751e76e8199196d454941c45d1b3a323f1433bd6"));
	ck_assert_uint_eq(coinbase_paid(&coinbase, script, 22), 625000000);
	ck_assert_uint_eq(coinbase_paid(&coinbase, script, 21), 0);
	script[21] ^= 1;
	ck_assert_uint_eq(coinbase_paid(&coinbase, script, 22), 0);
	offset = coinbase.outputs_offset;
	coinbase_output(&coinbase, &offset);
	output = coinbase_output(&coinbase, &offset); /* the commitment */
	ck_assert_uint_eq(output.value, 0);
	ck_assert_uint_eq(output.script[0], 0x6a); /* OP_RETURN */
	ck_assert_uint_eq(output.script_size, 38);
}
END_TEST

START_TEST(cut_anywhere)
{
	static const char *const whole[] = {genesis, ckpool, small};

	for (size_t i = 0; i < ARRAY_SIZE(whole); i++) {
		uint8_t bytes[BYTES_MAX];
		size_t n = decode(bytes, whole[i]);
		struct coinbase coinbase;

		ck_assert_ptr_null(parse_exactly(bytes, n, &coinbase));
		for (size_t k = 0; k < n; k++)
			ck_assert_msg(parse_exactly(bytes, k, &coinbase) != NULL, "%zu of %zu", k,
				      n);
		bytes[n] = 0;
		ck_assert_str_eq(parse_exactly(bytes, n + 1, &coinbase),
				 "it has bytes behind its end");
	}
}
END_TEST

/* No byte may lead the reader astray; a sanitizer would see it. */
START_TEST(each_byte_changed)
{
	static const uint8_t values[] = {0, 1, 0x7f, 0xfc, 0xfd, 0xfe, 0xff};
	uint8_t bytes[BYTES_MAX];
	size_t n = decode(bytes, ckpool);

	for (size_t i = 0; i < n; i++) {
		uint8_t was = bytes[i];

		for (size_t k = 0; k < ARRAY_SIZE(values); k++) {
			struct coinbase coinbase;

			bytes[i] = values[k];
			if (!parse_exactly(bytes, n, &coinbase))
				ck_assert_uint_le(coinbase.total, COINBASE_MONEY_MAX);
		}
		bytes[i] = was;
	}
}
END_TEST

START_TEST(what_no_node_takes)
{
	check_wrong("", "ends too early");
	/* The witness form of BIP 144, which has no input where this one is looked for. */
	check_wrong("01000000000101" NOTHING "00ffffffff010900000000000000015100000000",
		    "not one input");
	check_wrong("0100000002" NOTHING "00ffffffff" NOTHING
		    "00ffffffff010900000000000000015100000000",
		    "not one input");
	check_wrong("0100000001"
		    "0000000000000000000000000000000000000000000000000000000000000000fffffffe"
		    "00ffffffff010900000000000000015100000000",
		    "another transaction");
	check_wrong("0100000001"
		    "0000000000000000000000000000000000000000000000000000000000000001ffffffff"
		    "00ffffffff010900000000000000015100000000",
		    "another transaction");
	/* Lengths that are not in their shortest form, or that nothing could hold. */
	check_wrong("0100000001" NOTHING "fd0000ffffffff010900000000000000015100000000",
		    "wrong form");
	check_wrong("0100000001" NOTHING "00ffffffff010900000000000000fd01005100000000",
		    "wrong form");
	check_wrong("0100000001" NOTHING "00fffffffffeff00000009000000000000000151", "wrong form");
	check_wrong("0100000001" NOTHING "ffffffffffffffffff", "ends too early");
	check_wrong("0100000001" NOTHING "00ffffffffffffffffffffffffff", "ends too early");
	check_wrong("0100000001" NOTHING "00ffffffff010900000000000000ffffffffffffffffff",
		    "ends too early");
	/* 21 million and one satoshi, at once and in two parts. */
	check_wrong("0100000001" NOTHING "00ffffffff010140075af0750700015100000000",
		    "more money than there is");
	check_wrong("0100000001" NOTHING
		    "00ffffffff020040075af075070001510100000000000000015100000000",
		    "more money than there is");
	check_wrong("0100000001" NOTHING "00ffffffff01ffffffffffffffff015100000000",
		    "more money than there is");
}
END_TEST

START_TEST(many_outputs)
{
	enum { HEAD = 4 + 1 + 36 + 1 + 4, N = 70000, OUTPUT = 10 };
	const size_t size = HEAD + 5 + N * OUTPUT + 4;
	uint8_t *bytes = calloc(1, size), *out = bytes, head[BYTES_MAX];
	struct coinbase coinbase;
	const uint8_t script = 0x51;

	ck_assert_ptr_nonnull(bytes);
	decode(head, small);
	memcpy(out, head, HEAD);
	out += HEAD;
	memcpy(out, (uint8_t[]){0xfe, N & 0xff, N >> 8 & 0xff, N >> 16, 0}, 5);
	out += 5;
	for (size_t i = 0; i < N; i++, out += OUTPUT) {
		out[0] = OUTPUT_VALUE;
		out[8] = 1;
		out[9] = script;
	}
	ck_assert_ptr_null(coinbase_parse(&coinbase, bytes, size));
	ck_assert_uint_eq(coinbase.n_outputs, N);
	ck_assert_uint_eq(coinbase.total, UINT64_C(9) * N);
	ck_assert_uint_eq(coinbase_paid(&coinbase, &script, 1), UINT64_C(9) * N);
	free(bytes);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("coinbase");
	TCase *tests = tcase_create("coinbase");

	tcase_add_test(tests, the_first_of_all);
	tcase_add_test(tests, one_of_a_job);
	tcase_add_test(tests, cut_anywhere);
	tcase_add_test(tests, each_byte_changed);
	tcase_add_test(tests, what_no_node_takes);
	tcase_add_test(tests, many_outputs);
	suite_add_tcase(suite, tests);
	return suite_main(suite);
}
