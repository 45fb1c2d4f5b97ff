/* SPDX-License-Identifier: MIT */
/* upstream/node/chain_info: which chain, and whose address. */
#include <check.h>
#include <stdio.h>
#include <string.h>

#include "bitcoin/address.h"
#include "common/container.h"
#include "suite_main.h"
#include "upstream/node/chain_info.h"

static const char *read_info(struct chain_info *ret, const char *json)
{
	struct json_object *result = json_tokener_parse(json);
	const char *wrong = chain_info_read(ret, result);

	json_object_put(result);
	return wrong;
}

static struct chain_info info_of(const char *json)
{
	struct chain_info info;
	const char *wrong = read_info(&info, json);

	ck_assert_msg(!wrong, "%s", wrong);
	return info;
}

START_TEST(chains)
{
	static const struct {
		const char *json;
		unsigned network;
		bool signet, minimum_difficulty;
	} cases[] = {
		{"{\"chain\":\"main\"}", ADDRESS_OF_MAIN, false, false},
		{"{\"chain\":\"test\"}", ADDRESS_OF_TEST, false, true},
		{"{\"chain\":\"testnet\"}", ADDRESS_OF_TEST, false, true},
		{"{\"chain\":\"testnet3\"}", ADDRESS_OF_TEST, false, true},
		{"{\"chain\":\"testnet4\"}", ADDRESS_OF_TEST, false, true},
		{"{\"chain\":\"signet\"}", ADDRESS_OF_TEST, true, false},
		{"{\"chain\":\"regtest\"}", ADDRESS_OF_REGTEST, false, false},
		{"{\"chain\":\"simnet\"}", 0, false, false},
		{"{\"chain\":\"main\\u0000\"}", 0, false, false},
	};

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct chain_info info = info_of(cases[i].json);

		ck_assert_uint_eq(info.network, cases[i].network);
		ck_assert(info.signet == cases[i].signet);
		ck_assert(info.minimum_difficulty == cases[i].minimum_difficulty);
	}
}
END_TEST

START_TEST(progress)
{
	struct chain_info info = info_of("{\"chain\":\"main\",\"blocks\":100,\"headers\":800000,"
					 "\"verificationprogress\":0.125,"
					 "\"initialblockdownload\":true}");

	ck_assert(info.initial_download);
	ck_assert_double_eq(info.progress, 0.125);
	ck_assert_uint_eq(info.blocks, 100);
	ck_assert_uint_eq(info.headers, 800000);
	ck_assert(!info_of("{\"chain\":\"main\"}").initial_download);
	ck_assert_double_eq(
		info_of("{\"chain\":\"main\",\"verificationprogress\":1.00001}").progress, 1);
	ck_assert_double_eq(info_of("{\"chain\":\"main\",\"verificationprogress\":-1}").progress,
			    0);
	ck_assert_uint_eq(info_of("{\"chain\":\"x\",\"blocks\":5,\"headers\":-1}").headers, 5);
}
END_TEST

START_TEST(wrong_infos)
{
	static const struct {
		const char *json, *why;
	} wrong[] = {
		{"[]", "chain must be a name"},
		{"null", "chain must be a name"},
		{"{\"chain\":\"\"}", "chain must be a name"},
		{"{\"chain\":1}", "chain must be a name"},
		{"{\"chain\":\"main\",\"blocks\":-1}", "blocks and headers must be"},
		{"{\"chain\":\"main\",\"headers\":\"1\"}", "blocks and headers must be"},
		{"{\"chain\":\"main\",\"initialblockdownload\":1}", "initialblockdownload must be"},
		{"{\"chain\":\"main\",\"verificationprogress\":\"1\"}",
		 "verificationprogress must be"},
	};

	for (size_t i = 0; i < ARRAY_SIZE(wrong); i++) {
		struct chain_info info;
		const char *why = read_info(&info, wrong[i].json);

		ck_assert_msg(why && strstr(why, wrong[i].why), "%s", wrong[i].json);
	}
}
END_TEST

#define MAIN_P2WPKH "bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t4"
#define MAIN_P2PKH  "1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNa"
#define TEST_P2WPKH "tb1qw508d6qejxtdg4y5r3zarvary0c5xw7kxpjzsx"
#define TEST_P2PKH  "mipcBbFg9gMiCh81Kj8tqqdgoZub1ZJRfn"
#define REG_P2WPKH  "bcrt1qw508d6qejxtdg4y5r3zarvary0c5xw7kygt080"

START_TEST(addresses)
{
	static const struct {
		const char *chain, *address, *refused;
	} pairs[] = {
		{"main", MAIN_P2WPKH, NULL},
		{"main", MAIN_P2PKH, NULL},
		{"test", TEST_P2WPKH, NULL},
		{"testnet4", TEST_P2WPKH, NULL},
		{"signet", TEST_P2WPKH, NULL},
		{"testnet4", TEST_P2PKH, NULL},
		{"regtest", TEST_P2PKH, NULL},
		{"regtest", REG_P2WPKH, NULL},
		{"testnet4", MAIN_P2WPKH,
		 "payout.address is an address of mainnet, and the node is on testnet4"},
		{"main", TEST_P2WPKH,
		 "payout.address is an address of testnet3, testnet4 or signet, and the node is on "
		 "mainnet"},
		{"main", REG_P2WPKH, "an address of regtest, and the node is on mainnet"},
		{"main", TEST_P2PKH, "an address of a test network, and the node is on mainnet"},
		{"test", REG_P2WPKH, "an address of regtest, and the node is on testnet3"},
		{"regtest", TEST_P2WPKH,
		 "testnet3, testnet4 or signet, and the node is on regtest"},
		{"simnet", REG_P2WPKH, "chain \"simnet\", which minerd does not know"},
		{"\\u001b", REG_P2WPKH, "chain \"\\x1b\", which minerd does not know"},
		{"main", "bc1q", "payout.address: "},
	};

	for (size_t i = 0; i < ARRAY_SIZE(pairs); i++) {
		char json[64], reason[CHAIN_INFO_REASON_MAX];
		struct chain_info info;
		const char *refused;

		snprintf(json, sizeof(json), "{\"chain\":\"%s\"}", pairs[i].chain);
		info = info_of(json);
		refused = chain_info_refuses(&info, pairs[i].address, reason);
		ck_assert_msg(!refused == !pairs[i].refused, "%s %s: %s", pairs[i].chain,
			      pairs[i].address, refused ? refused : "taken");
		ck_assert_msg(!refused || strstr(refused, pairs[i].refused), "%s", refused);
	}
}
END_TEST

/* On a test network a node gives templates before its blocks are young. */
START_TEST(initial_download)
{
	char reason[CHAIN_INFO_REASON_MAX];
	struct chain_info info = info_of("{\"chain\":\"main\",\"blocks\":100,\"headers\":100,"
					 "\"verificationprogress\":0.5,"
					 "\"initialblockdownload\":true}");

	ck_assert_ptr_nonnull(chain_info_refuses(&info, MAIN_P2PKH, reason));
	ck_assert_ptr_nonnull(strstr(reason, "at 50.00 % (block 100 of 100)"));
	info = info_of("{\"chain\":\"regtest\",\"blocks\":0,\"headers\":0,"
		       "\"initialblockdownload\":true}");
	ck_assert_ptr_null(chain_info_refuses(&info, REG_P2WPKH, reason));
	info.headers = 7;
	ck_assert_ptr_nonnull(chain_info_refuses(&info, REG_P2WPKH, reason));
	info.initial_download = false;
	ck_assert_ptr_null(chain_info_refuses(&info, REG_P2WPKH, reason));
}
END_TEST

START_TEST(headers)
{
	static const char *const wrong[] = {
		"null",
		"{\"time\":1,\"height\":2}",
		"{\"time\":1,\"height\":-2,\"confirmations\":1}",
		"{\"time\":4294967296,\"height\":2,\"confirmations\":1}",
		"{\"time\":1,\"height\":2,\"confirmations\":-2}",
		"\"0100\"",
	};
	struct json_object *result =
		json_tokener_parse("{\"time\":1790000000,\"height\":7,\"confirmations\":-1}");
	struct chain_header header;

	ck_assert_ptr_null(chain_header_read(&header, result));
	ck_assert_uint_eq(header.time, 1790000000);
	ck_assert_uint_eq(header.height, 7);
	ck_assert_int_eq(header.confirmations, -1);
	json_object_put(result);
	for (size_t i = 0; i < ARRAY_SIZE(wrong); i++) {
		result = json_tokener_parse(wrong[i]);
		ck_assert_ptr_nonnull(chain_header_read(&header, result));
		json_object_put(result);
	}
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("chain_info");
	TCase *tests = tcase_create("chain_info");

	tcase_add_test(tests, chains);
	tcase_add_test(tests, progress);
	tcase_add_test(tests, wrong_infos);
	tcase_add_test(tests, addresses);
	tcase_add_test(tests, initial_download);
	tcase_add_test(tests, headers);
	suite_add_tcase(suite, tests);
	return suite_main(suite);
}
