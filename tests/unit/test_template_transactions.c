/* SPDX-License-Identifier: MIT */
/* upstream/node/template and transaction: transactions that are taken, and those that are not. */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "bitcoin/sha256.h"
#include "common/container.h"
#include "common/hex.h"
#include "memory_fixture.h"
#include "suite_main.h"
#include "template_fixture.h"
#include "upstream/node/template.h"

/* The first payment of all, in block 170. */
static const char payment[] =
	"0100000001c997a5e56e104102fa209c6a852dd90660a20b2d9c352423edce25857fcd37040000000048473044"
	"0220"
	"4e45e16932b8af514961a1d3a1a25fdf3f4f7732e9d624c6c61548ab5fb8cd410220181522ec8eca07de4860a4"
	"acdd"
	"12909d831cc56cbbac4622082221a8768d1d0901ffffffff0200ca9a3b00000000434104ae1a62fe09c5f51b13"
	"905f"
	"07f06b99a2f7159b2225f374cd378d71302fa28414e7aab37397f554a7df5f142c21c1b7303b8a0626f1baded5"
	"c72a"
	"704f7e6cd84cac00286bee0000000043410411db93e1dcdb8a016b49840f8c53bc1eb68a382e97b1482ecad7b1"
	"48a6"
	"909a5cb2e0eaddfb84ccf9744464f82e160bfa9b8b64f9d4c03f999b8643f656b412a3ac00000000";

/* The branch of block 170, whose root is known. */
START_TEST(a_known_block)
{
	uint8_t pair[64], root[32], known[32], coinbase[32];
	struct json_object *result = template_fixture_new(0, 0);
	struct template *template;

	template_fixture_add(result, payment);
	template_fixture_set(
		template_fixture_transaction(result, 0), "txid",
		"\"f4184fc596403b9d638783cf57adfe4c75c605f6356fbc91338530e9831e9e16\"");
	template = template_fixture_read(result);
	ck_assert(!template->witness);
	ck_assert_uint_eq(template->commitment_size, 0);
	ck_assert_uint_eq(template->n_branches, 1);
	ck_assert_uint_eq(template->transactions_size, 275);
	ck_assert(hex_decode(coinbase, 32,
			     "b1fea52486ce0c62bb442b530a3f0132b826c74e473d1f2c220bfa78111c5082"));
	ck_assert(hex_decode(known, 32,
			     "7dac2c5666815c17a3b36427de37bb9d2e2c5ccec3f8633eb91a4205cb4c10ff"));
	for (unsigned i = 0; i < 32; i++)
		pair[i] = coinbase[31 - i];
	memcpy(pair + 32, template->branches[0], 32);
	template_fixture_sha256d(pair, 64, root);
	for (unsigned i = 0; i < 32; i++)
		ck_assert_uint_eq(root[i], known[31 - i]);
	template_unref(template);
}
END_TEST

START_TEST(wrong_transactions)
{
	static const struct {
		const char *name, *json, *why;
	} wrong[] = {
		{"data", NULL, "data must be hexadecimal"},
		{"data", "\"\"", "data must be hexadecimal"},
		{"data", "\"0\"", "data must be hexadecimal"},
		{"data", "\"zz\"", "data must be hexadecimal"},
		{"data", "\"0200\"", "it ends too early"},
		{"data", "\"020000000000\"", "it has no inputs"},
		{"txid", "1", "txid is not that of its data"},
		{"txid", "\"00\"", "txid is not that of its data"},
		{"txid",
		 "\"00000000000000000000000000000000"
		 "00000000000000000000000000000000\"",
		 "txid is not that"},
		{"hash",
		 "\"00000000000000000000000000000000"
		 "00000000000000000000000000000000\"",
		 "hash is not that"},
		{"depends", "{}", "depends must be an array"},
		{"depends", "[0]", "depends must be numbers"},
		{"depends", "[2]", "depends must be numbers"},
		{"depends", "[\"1\"]", "depends must be numbers"},
		{"sigops", "-1", "sigops must be a number"},
	};

	for (size_t i = 0; i < ARRAY_SIZE(wrong); i++) {
		struct json_object *result = template_fixture_new(3, TEMPLATE_FIXTURE_PADDING);

		template_fixture_set(template_fixture_transaction(result, 1), wrong[i].name,
				     wrong[i].json);
		ck_assert(strncmp(wrong[i].why, "transaction", 11) != 0);
		template_fixture_refuse(result, wrong[i].name, wrong[i].why);
	}
}
END_TEST

START_TEST(ids_need_not_be_there)
{
	struct json_object *result = template_fixture_new(3, TEMPLATE_FIXTURE_PADDING);
	static const char *const names[] = {"txid", "hash", "depends", "fee", "sigops", "weight"};

	for (size_t i = 0; i < ARRAY_SIZE(names); i++)
		template_fixture_set(template_fixture_transaction(result, 1), names[i], NULL);
	template_fixture_set(template_fixture_transaction(result, 2), "depends", "[1,2]");
	template_unref(template_fixture_read(result));
}
END_TEST

START_TEST(odd_serialisations)
{
	static const struct {
		const char *hex, *why;
	} odd[] = {
#define OUTPOINT                                                           \
	"0000000000000000000000000000000000000000000000000000000000000000" \
	"01000000"
		{"02000000"
		 "01" OUTPOINT "00"
		 "ffffffff"
		 "00"
		 "00000000",
		 "it has no outputs"},
		{"02000000"
		 "0001"
		 "01" OUTPOINT "00"
		 "ffffffff"
		 "01"
		 "0100000000000000"
		 "00"
		 "00"
		 "00000000",
		 "marked as one with witnesses"},
		{"02000000"
		 "01" OUTPOINT "00"
		 "ffffffff"
		 "01"
		 "ffffffffffffffff"
		 "00"
		 "00000000",
		 "more money than there is"},
		{"02000000"
		 "01" OUTPOINT "00"
		 "ffffffff"
		 "01"
		 "0100000000000000"
		 "00"
		 "0000000000",
		 "bytes behind its end"},
		{"02000000"
		 "01" OUTPOINT "fd0000"
		 "ffffffff"
		 "01"
		 "0100000000000000"
		 "00"
		 "00000000",
		 "a length in a wrong form"},
		{"02000000"
		 "ffffffffffffffffff" OUTPOINT "00"
		 "ffffffff",
		 "it ends too early"},
		{"02000000"
		 "0002"
		 "01" OUTPOINT,
		 "it has no inputs"},
	};

	for (size_t i = 0; i < ARRAY_SIZE(odd); i++) {
		struct json_object *result = template_fixture_new(0, 0);

		template_fixture_add(result, odd[i].hex);
		template_fixture_refuse(result, odd[i].hex, odd[i].why);
	}
}
END_TEST

/* Whatever is cut off a template's transactions, it is refused. */
START_TEST(cut_anywhere)
{
	for (unsigned i = 0; i < 2; i++) {
		struct json_object *result = template_fixture_new(2, TEMPLATE_FIXTURE_PADDING);
		struct json_object *entry = template_fixture_transaction(result, i);
		size_t n =
			(size_t)json_object_get_string_len(json_object_object_get(entry, "data"));
		char *data = strdup(json_object_get_string(json_object_object_get(entry, "data")));

		while (n-- > 1) {
			char reason[TEMPLATE_REASON_MAX];

			json_object_object_add(entry, "data",
					       json_object_new_string_len(data, (int)n));
			ck_assert_ptr_null(template_read(result, sha256_best(), reason));
		}
		free(data);
		json_object_put(result);
	}
}
END_TEST

START_TEST(too_many_transactions)
{
	struct json_object *result = template_fixture_new(0, 0);
	struct json_object *list = json_object_object_get(result, "transactions");

	for (unsigned i = 0; i <= TEMPLATE_TRANSACTIONS_MAX; i++)
		json_object_array_add(list, NULL);
	template_fixture_refuse(result, "transactions", "it has 100001 transactions");
}
END_TEST

START_TEST(without_memory)
{
	struct json_object *result = template_fixture_new(2, TEMPLATE_FIXTURE_PADDING);
	struct template *template = NULL;
	char reason[TEMPLATE_REASON_MAX];
	unsigned failures = 0;

	while (memory_fixture_works() && !template) {
		memory_fixture_fail(++failures);
		template = template_read(result, sha256_best(), reason);
		memory_fixture_fail(0);
		ck_assert_msg(template || strstr(reason, "emory"), "%s", reason);
	}
	ck_assert(!memory_fixture_works() || failures == 6);
	template_unref(template);
	json_object_put(result);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("template_transactions");
	TCase *tests = tcase_create("template_transactions");

	tcase_add_test(tests, a_known_block);
	tcase_add_test(tests, wrong_transactions);
	tcase_add_test(tests, ids_need_not_be_there);
	tcase_add_test(tests, odd_serialisations);
	tcase_add_test(tests, cut_anywhere);
	tcase_add_test(tests, too_many_transactions);
	tcase_add_test(tests, without_memory);
	suite_add_tcase(suite, tests);
	return suite_main(suite);
}
