/* SPDX-License-Identifier: MIT */
/* bitcoin/coinbase_build: beside transactions that were written by hand, and read back. */
#include <check.h>
#include <signal.h>
#include <string.h>

#include "bitcoin/coinbase.h"
#include "bitcoin/coinbase_build.h"
#include "common/container.h"
#include "common/hex.h"
#include "suite_main.h"

#define NOTHING "0000000000000000000000000000000000000000000000000000000000000000ffffffff"
#define ZEROS	"0000000000000000"

enum { TEXT_MAX = 200 };

/* P2WPKH, and the commitment of a block without other transactions. */
static const uint8_t script[] = {0x00, 0x14, 0x75, 0x1e, 0x76, 0xe8, 0x19, 0x91, 0x96, 0xd4, 0x54,
				 0x94, 0x1c, 0x45, 0xd1, 0xb3, 0xa3, 0x23, 0xf1, 0x43, 0x3b, 0xd6};
static const uint8_t commitment[] = {0x6a, 0x24, 0xaa, 0x21, 0xa9, 0xed, 0xe2, 0xf6, 0x1c, 0x3f,
				     0x71, 0xd1, 0xde, 0xfd, 0x3f, 0xa9, 0x99, 0xdf, 0xa3, 0x69,
				     0x53, 0x75, 0x5c, 0x69, 0x06, 0x89, 0x79, 0x99, 0x62, 0xb4,
				     0x8b, 0xeb, 0xd8, 0x36, 0x97, 0x4e, 0x8c, 0xf9};
static const uint8_t aux[] = {0x02, 0xab, 0xcd, 0x01, 0xef};

static struct coinbase_plan plan_simple(void)
{
	return (struct coinbase_plan){
		.height = 900000,
		.value = 312512345,
		.script = script,
		.script_size = sizeof(script),
		.text = "",
	};
}

static void build(struct coinbase_built *ret, const struct coinbase_plan *plan)
{
	const char *wrong = coinbase_build(ret, plan);

	ck_assert_msg(!wrong, "%s", wrong);
}

static void check_bytes(const struct coinbase_plan *plan, const char *want)
{
	char digits[2 * COINBASE_BUILD_MAX + 1];
	struct coinbase_built built;

	build(&built, plan);
	hex_encode(digits, built.bytes, built.size);
	ck_assert_str_eq(digits, want);
}

START_TEST(byte_for_byte)
{
	struct coinbase_plan plan = plan_simple();

	check_bytes(&plan, "02000000"
			   "01" NOTHING "0d"
			   "03a0bb0d"
			   "08" ZEROS "feffffff"
			   "01"
			   "598fa01200000000"
			   "160014751e76e8199196d454941c45d1b3a323f1433bd6"
			   "9fbb0d00");
	plan.aux = aux;
	plan.aux_size = sizeof(aux);
	plan.text = "minerd";
	plan.commitment = commitment;
	plan.commitment_size = sizeof(commitment);
	check_bytes(&plan, "02000000"
			   "01" NOTHING "19"
			   "03a0bb0d"
			   "08" ZEROS "02abcd01ef"
			   "066d696e657264"
			   "feffffff"
			   "02"
			   "598fa01200000000"
			   "160014751e76e8199196d454941c45d1b3a323f1433bd6"
			   "0000000000000000"
			   "266a24aa21a9ede2f61c3f71d1defd3fa999dfa36953755c690689799962b48bebd8369"
			   "74e8cf9"
			   "9fbb0d00");
}
END_TEST

/* What Bitcoin Core's CScript() << height has, which consensus compares the script's start with. */
START_TEST(heights)
{
	static const struct {
		uint32_t height;
		const char *push;
	} known[] = {
		{1, "51"},
		{2, "52"},
		{15, "5f"},
		{16, "60"},
		{17, "0111"},
		{127, "017f"},
		{128, "028000"},
		{255, "02ff00"},
		{256, "020001"},
		{32767, "02ff7f"},
		{32768, "03008000"},
		{65535, "03ffff00"},
		{65536, "03000001"},
		{227835, "03fb7903"}, /* of the first block that had to have one */
		{8388607, "03ffff7f"},
		{8388608, "0400008000"},
		{16777216, "0400000001"},
		{2147483647, "04ffffff7f"},
		{2147483648, "050000008000"},
		{4294967295, "05ffffffff00"},
	};

	for (size_t i = 0; i < ARRAY_SIZE(known); i++) {
		struct coinbase_plan plan = plan_simple();
		size_t n = strlen(known[i].push) / 2;
		struct coinbase_built built;
		struct coinbase parsed;
		uint8_t push[8];
		uint32_t locktime = 0;

		plan.height = known[i].height;
		build(&built, &plan);
		ck_assert_ptr_null(coinbase_parse(&parsed, built.bytes, built.size));
		ck_assert(hex_decode(push, n, known[i].push));
		ck_assert_mem_eq(built.bytes + parsed.script_offset, push, n);
		ck_assert_uint_eq(parsed.script_size, n + 1 + COINBASE_BUILD_EXTRANONCE);
		ck_assert_uint_eq(built.bytes[parsed.script_offset + n], 8);
		for (unsigned k = 4; k-- > 0;)
			locktime = locktime << 8 | built.bytes[built.size - 4 + k];
		ck_assert_uint_eq(locktime, known[i].height - 1);
	}
}
END_TEST

/* The reader of pools' coinbases agrees, whatever the sizes are. */
static void check_parsed(const struct coinbase_plan *plan)
{
	static const uint8_t zeros[COINBASE_BUILD_EXTRANONCE];
	struct coinbase_output output;
	struct coinbase_built built;
	struct coinbase parsed;
	size_t offset, end;

	build(&built, plan);
	ck_assert_ptr_null(coinbase_parse(&parsed, built.bytes, built.size));
	ck_assert_uint_le(parsed.script_size, COINBASE_BUILD_SCRIPT_MAX);
	ck_assert_uint_ge(parsed.script_size, 2);
	ck_assert_uint_ge(built.extranonce_offset, parsed.script_offset);
	ck_assert_mem_eq(built.bytes + built.extranonce_offset, zeros, sizeof(zeros));
	/* aux and text are what is left of the script. */
	offset = built.extranonce_offset + sizeof(zeros);
	end = parsed.script_offset + parsed.script_size;
	ck_assert_uint_le(offset + plan->aux_size + strlen(plan->text), end);
	if (plan->aux_size)
		ck_assert_mem_eq(built.bytes + offset, plan->aux, plan->aux_size);
	ck_assert_mem_eq(built.bytes + end - strlen(plan->text), plan->text, strlen(plan->text));

	ck_assert_uint_eq(parsed.total, plan->value);
	ck_assert_uint_eq(parsed.n_outputs, plan->commitment_size ? 2 : 1);
	ck_assert_uint_eq(coinbase_paid(&parsed, plan->script, plan->script_size), plan->value);
	offset = parsed.outputs_offset;
	output = coinbase_output(&parsed, &offset);
	ck_assert_uint_eq(output.value, plan->value);
	if (plan->commitment_size) {
		output = coinbase_output(&parsed, &offset);
		ck_assert_uint_eq(output.value, 0);
		ck_assert_uint_eq(output.script_size, plan->commitment_size);
		ck_assert_mem_eq(output.script, plan->commitment, plan->commitment_size);
	}
	ck_assert_uint_eq(offset + 4, built.size);
}

START_TEST(every_size)
{
	static const uint64_t values[] = {0, 1, 5000000000, COINBASE_MONEY_MAX};
	uint8_t bytes[COINBASE_BUILD_COMMITMENT_MAX];
	char text[TEXT_MAX + 1];

	for (size_t i = 0; i < sizeof(bytes); i++)
		bytes[i] = (uint8_t)(i + 1);
	for (size_t n = 0; n <= COINBASE_BUILD_COMMITMENT_MAX; n++) {
		struct coinbase_plan plan = plan_simple();

		plan.script = bytes;
		plan.script_size = 1 + n % ADDRESS_SCRIPT_MAX;
		plan.commitment = bytes;
		plan.commitment_size = n;
		plan.aux = bytes;
		plan.aux_size = n % 40;
		plan.value = values[n % ARRAY_SIZE(values)];
		memset(text, 'x', n % 47);
		text[n % 47] = '\0';
		plan.text = text;
		/* At most 5 + 9 + 39 + 47 bytes, which is what a script has. */
		plan.height = n % 2 ? 900000 : 8388608;
		check_parsed(&plan);
	}
}
END_TEST

/* The longest text that goes with an aux of zeros at the longest height; SIZE_MAX: none does. */
static size_t text_max(const uint8_t *zeros, size_t aux_size)
{
	char text[TEXT_MAX + 1] = "";
	struct coinbase_plan plan = plan_simple();
	struct coinbase_built built;

	plan.height = UINT32_MAX;
	plan.aux = zeros;
	plan.aux_size = aux_size;
	plan.text = text;
	for (size_t n = 0; n < TEXT_MAX; n++) {
		if (coinbase_build(&built, &plan))
			return n - 1;
		text[n] = 'x';
	}
	return TEXT_MAX;
}

/* The last byte of the script that is left, and one more. */
START_TEST(the_longest_text)
{
	static const uint8_t zeros[COINBASE_BUILD_SCRIPT_MAX];
	char text[TEXT_MAX + 1] = "";

	for (size_t aux_size = 0; aux_size <= sizeof(zeros); aux_size++) {
		struct coinbase_plan plan = plan_simple();
		size_t max = aux_size <= 85 ? text_max(zeros, aux_size) : 0;
		struct coinbase_built built;
		const char *wrong;

		memset(text, 'x', TEXT_MAX);
		text[max] = '\0';
		plan.height = UINT32_MAX; /* the longest */
		plan.aux = zeros;
		plan.aux_size = aux_size;
		plan.text = text;
		if (aux_size <= 85) {
			check_parsed(&plan);
			text[max] = 'x';
			text[max + 1] = '\0';
		}
		wrong = coinbase_build(&built, &plan);
		if (aux_size <= 85)
			ck_assert_msg(wrong && strstr(wrong, "shorten coinbase_text"), "%zu: %s",
				      aux_size, wrong ? wrong : "built");
		else
			ck_assert_msg(wrong && strstr(wrong, "the template's coinbaseaux"),
				      "%zu: %s", aux_size, wrong ? wrong : "built");
	}
	ck_assert_uint_eq(text_max(zeros, 0), 83);
	ck_assert_uint_eq(text_max(zeros, 7), 76);
	/* One of 76 needs two bytes for its push. */
	ck_assert_uint_eq(text_max(zeros, 8), 75);
	ck_assert_uint_eq(text_max(zeros, 9), 75);
	ck_assert_uint_eq(text_max(zeros, 10), 74);
	ck_assert_uint_eq(text_max(zeros, 84), 0);
	ck_assert_uint_eq(text_max(zeros, 85), 0);
	ck_assert_uint_eq(text_max(zeros, 86), SIZE_MAX);
}
END_TEST

/* Up to 75 bytes the length is the opcode, above it is OP_PUSHDATA1's. */
START_TEST(the_push_of_a_text)
{
	static const struct {
		size_t size;
		uint8_t push[2];
	} known[] = {{1, {1}}, {75, {75}}, {76, {0x4c, 76}}, {85, {0x4c, 85}}};

	for (size_t i = 0; i < ARRAY_SIZE(known); i++) {
		size_t push_size = known[i].push[0] == 0x4c ? 2 : 1;
		struct coinbase_plan plan = plan_simple();
		char text[TEXT_MAX + 1] = "";
		struct coinbase_built built;
		const uint8_t *at;

		memset(text, 'x', known[i].size);
		plan.text = text;
		build(&built, &plan);
		at = built.bytes + built.extranonce_offset + COINBASE_BUILD_EXTRANONCE;
		ck_assert_mem_eq(at, known[i].push, push_size);
		ck_assert_mem_eq(at + push_size, text, known[i].size);
		/* The sequence follows. */
		ck_assert_uint_eq(at[push_size + known[i].size], 0xfe);
	}
}
END_TEST

/* What the header demands of its caller. */
START_TEST(limits_of_the_plan)
{
	struct coinbase_plan plan = plan_simple();
	struct coinbase_built built;

	switch (_i) {
	case 0:
		plan.height = 0;
		break;
	case 1:
		plan.value = COINBASE_MONEY_MAX + 1;
		break;
	case 2:
		plan.script_size = 0;
		break;
	case 3:
		plan.script_size = ADDRESS_SCRIPT_MAX + 1;
		break;
	default:
		plan.commitment_size = COINBASE_BUILD_COMMITMENT_MAX + 1;
	}
	coinbase_build(&built, &plan);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("coinbase_build");
	TCase *tests = tcase_create("coinbase_build");

	tcase_add_test(tests, byte_for_byte);
	tcase_add_test(tests, heights);
	tcase_add_test(tests, every_size);
	tcase_add_test(tests, the_longest_text);
	tcase_add_test(tests, the_push_of_a_text);
	tcase_add_loop_test_raise_signal(tests, limits_of_the_plan, SIGABRT, 0, 5);
	suite_add_tcase(suite, tests);
	return suite_main(suite);
}
