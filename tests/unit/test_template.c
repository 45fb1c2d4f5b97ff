/* SPDX-License-Identifier: MIT */
/* upstream/node/template: what it says, and what is refused. */
#include <check.h>
#include <string.h>

#include "bitcoin/sha256.h"
#include "common/container.h"
#include "common/hex.h"
#include "suite_main.h"
#include "template_fixture.h"
#include "upstream/node/template.h"

static void refuse(const char *name, const char *json, const char *why)
{
	struct json_object *result = template_fixture_new(2, TEMPLATE_FIXTURE_PADDING);

	template_fixture_set(result, name, json);
	template_fixture_refuse(result, name, why);
}

static struct template *with(const char *name, const char *json)
{
	struct json_object *result = template_fixture_new(2, TEMPLATE_FIXTURE_PADDING);

	template_fixture_set(result, name, json);
	return template_fixture_read(result);
}

START_TEST(all_fields)
{
	struct template *template = template_fixture_read(template_fixture_new(2, 40));
	struct target target;

	ck_assert_uint_eq(template->version, 0x20000000);
	ck_assert_uint_eq(template->version_mask, 0x1fffe000);
	ck_assert_uint_eq(template->height, 1);
	ck_assert_uint_eq(template->nbits, 0x207fffff);
	ck_assert(target_from_nbits(&target, 0x207fffff));
	ck_assert_mem_eq(&template->target, &target, sizeof(target));
	ck_assert_uint_eq(template->curtime, 1790000000);
	ck_assert_uint_eq(template->mintime, 1296688603);
	ck_assert(template->may_roll_time);
	ck_assert_uint_eq(template->expires, UINT32_MAX);
	ck_assert_uint_eq(template->prevhash[0], 0x06);
	ck_assert_uint_eq(template->prevhash[31], 0x0f);
	ck_assert_uint_eq(template->value, UINT64_C(5000000000));
	ck_assert_uint_eq(template->aux_size, 0);
	ck_assert_uint_eq(strlen(template->longpollid), 66);
	ck_assert(template->witness);
	ck_assert_uint_eq(template->commitment_size, 38);
	ck_assert_uint_eq(template->n_transactions, 2);
	ck_assert_uint_eq(template->n_branches, 2);
	template_unref(template_ref(template));
	template_unref(template);
	template_unref(NULL);
}
END_TEST

START_TEST(missing)
{
	static const char *const names[] = {"version", "coinbasevalue", "curtime", "height"};

	for (size_t i = 0; i < ARRAY_SIZE(names); i++)
		refuse(names[i], NULL, " is missing");
	refuse("bits", NULL, "bits must be 8 hexadecimal digits");
	refuse("previousblockhash", NULL, "previousblockhash must be 64");
	refuse("transactions", NULL, "transactions must be an array");
	template_fixture_refuse(json_object_new_array(), "array", "it must be an object");
	template_fixture_refuse(NULL, "null", "it must be an object");
}
END_TEST

START_TEST(optional)
{
	static const char *const names[] = {
		"capabilities", "vbavailable", "vbrequired", "coinbaseaux", "longpollid",
		"target",	"mintime",     "mutable",    "noncerange",  "sigoplimit",
		"sizelimit",	"weightlimit", "rules",
	};

	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		template_unref(with(names[i], NULL));
		template_unref(with(names[i], "null"));
	}
}
END_TEST

START_TEST(wrong_types_and_ranges)
{
	static const struct {
		const char *name, *json, *why;
	} wrong[] = {
		{"version", "\"1\"", "version must be a whole number from -2147483648"},
		{"version", "4294967296", "version must be"},
		{"version", "1.5", "version must be"},
		{"height", "0", "height must be a whole number from 1 to 499999999"},
		{"height", "500000000", "height must be"},
		{"curtime", "4294967296", "curtime must be"},
		{"curtime", "1e999", "curtime must be"},
		{"mintime", "1790000001", "mintime 1790000001 is after curtime 1790000000"},
		{"mintime", "-1", "mintime must be"},
		{"maxtime", "1789999999", "maxtime 1789999999 is before curtime"},
		{"expires", "0", "expires must be a whole number from 1 on"},
		{"coinbasevalue", "-1", "coinbasevalue must be"},
		{"coinbasevalue", "2100000000000001", "coinbasevalue must be"},
		{"coinbasevalue", "99999999999999999999999", "coinbasevalue must be"},
		{"bits", "\"207ffff\"", "bits must be 8"},
		{"bits", "\"207ffffg\"", "bits must be 8"},
		{"bits", "545259519", "bits must be 8"},
		{"bits", "\"20ffffff\"", "bits 20ffffff are no target"},
		{"bits", "\"1d00ffff\"", "target is not that of bits 1d00ffff"},
		{"target", "\"00\"", "target must be 64"},
		{"previousblockhash", "\"00\"", "previousblockhash must be 64"},
		{"rules", "{}", "rules must be an array"},
		{"rules", "[1]", "rules must be names"},
		{"rules", "[\"\"]", "rules must be names"},
		{"vbavailable", "[]", "vbavailable must be an object"},
		{"vbavailable", "{\"x\":32}", "vbavailable must have a bit"},
		{"vbavailable", "{\"\":1}", "vbavailable must have a bit"},
		{"mutable", "\"time\"", "mutable must be an array"},
		{"mutable", "[1]", "mutable must be texts"},
		{"noncerange", "1", "noncerange must be a text"},
		{"longpollid", "1", "longpollid must be a text"},
		{"coinbaseaux", "[]", "coinbaseaux must be an object"},
		{"coinbaseaux", "{\"\\n\":\"0\"}", "\"\\x0a\" is not"},
		{"coinbaseaux", "{\"a\":\"gg\"}", "coinbaseaux must be"},
		{"coinbaseaux", "{\"a\":null}", "coinbaseaux must be"},
		{"transactions", "{}", "transactions must be an array"},
		{"transactions", "[1]", "transaction 1 of 1: data must be hexadecimal"},
		{"sizelimit", "\"4\"", "sizelimit must be"},
		{"default_witness_commitment", "\"6a24aa21a9ed\"",
		 "default_witness_commitment must be a script"},
		{"default_witness_commitment", "1", "default_witness_commitment must be a script"},
	};

	for (size_t i = 0; i < ARRAY_SIZE(wrong); i++)
		refuse(wrong[i].name, wrong[i].json, wrong[i].why);
}
END_TEST

/* What a server demands that minerd does not do. */
START_TEST(demands)
{
	refuse("rules", "[\"!segwit\",\"!novel\\u001b\"]", "rules has \"!novel\\x1b\"");
	refuse("rules", "[\"!\"]", "rules has \"!\"");
	refuse("vbrequired", "2", "vbrequired demands the version bits 00000002");
	refuse("noncerange", "\"000000000000ffff\"", "noncerange is \"000000000000ffff\"");
	refuse("workid", "\"1\"", "workid is for servers");
	refuse("rules", "[\"csv\"]",
	       "transaction 2 of 2: it has a witness, and rules lacks segwit");
	refuse("rules", "[\"!segwit\",\"!signet\"]", "signet_challenge is missing");
	refuse("signet_challenge", "\"5121\"", "signet blocks need a signature");
	refuse("signet_challenge", "51", "signet blocks need a signature");
	refuse("signet_challenge", "\"51\"", "default_witness_commitment is missing");
}
END_TEST

START_TEST(only_coinbasetxn)
{
	struct json_object *result = template_fixture_new(0, 0);

	template_fixture_set(result, "coinbasetxn", "{\"data\":\"00\"}");
	template_unref(template_read(result, sha256_best(), (char[TEMPLATE_REASON_MAX]){}));
	template_fixture_set(result, "coinbasevalue", NULL);
	template_fixture_refuse(result, "coinbasetxn", "it has coinbasetxn and no coinbasevalue");
}
END_TEST

START_TEST(rules_that_are_known)
{
	template_unref(with("rules", "[\"!segwit\",\"!csv\",\"!taproot\",\"novel\"]"));
	template_unref(with("rules", "[\"segwit\"]"));
}
END_TEST

/* Bits that anybody uses are not rolled. */
START_TEST(version_bits)
{
	struct json_object *result = template_fixture_new(0, 0);
	struct template *template;

	template_fixture_set(result, "version", "536936448"); /* 0x20010000 */
	template_fixture_set(result, "vbrequired", "65536");
	template_fixture_set(result, "vbavailable", "{\"a\":13,\"!b\":2,\"c\":28}");
	template = template_fixture_read(result);
	ck_assert_uint_eq(template->version_mask,
			  0x1fffe000 & ~0x00010000 & ~0x00002000 & ~0x10000000);
	template_unref(template);
	template = with("version", "-536870912");
	ck_assert_uint_eq(template->version, 0xe0000000);
	template_unref(template);
}
END_TEST

START_TEST(times)
{
	static const struct {
		const char *name, *json;
		bool may;
	} rolled[] = {
		{"mutable", "[\"transactions\"]", false},
		{"mutable", "[]", false},
		{"mutable", "[\"time/increment\"]", true},
		{"mutable", "[\"time/decrement\"]", false},
		{"maxtime", "1790007000", true},
		{"maxtime", "1790006999", false},
		{"maxtime", "1790000000", false},
	};
	struct template *template;

	for (size_t i = 0; i < ARRAY_SIZE(rolled); i++) {
		template = with(rolled[i].name, rolled[i].json);
		ck_assert_msg(template->may_roll_time == rolled[i].may, "%s", rolled[i].json);
		template_unref(template);
	}
	template = with("expires", "120");
	ck_assert_uint_eq(template->expires, 120);
	template_unref(template);
}
END_TEST

START_TEST(long_poll_ids)
{
	static const struct {
		const char *name, *json;
		bool kept;
	} ids[] = {
		{"longpollid", "\"a b\"", false},
		{"longpollid", "\"a\\\"\"", false},
		{"longpollid", "\"\\\\\"", false},
		{"longpollid", "\"\\u0000\"", false},
		{"longpollid", "\"a:1\"", true},
		{"longpolluri", "\"/\"", true},
		{"longpolluri", "\"\"", true},
		{"longpolluri", "\"/LP\"", false},
		{"longpolluri", "\"http://other/\"", false},
		{"longpolluri", "7", false},
	};

	for (size_t i = 0; i < ARRAY_SIZE(ids); i++) {
		struct template *template = with(ids[i].name, ids[i].json);

		ck_assert_msg(!*template->longpollid == !ids[i].kept, "%s", ids[i].json);
		template_unref(template);
	}
}
END_TEST

/* Pushes stay as they are, texts become pushes. */
START_TEST(aux)
{
	static const struct {
		const char *json, *script;
	} values[] = {
		{"{\"flags\":\"062f503253482f\"}", "062f503253482f"},
		{"{\"flags\":\"\"}", ""},
		{"{\"flags\":\"6d696e6564\"}", "056d696e6564"},
		{"{\"a\":\"0101\",\"b\":\"ac\"}", "010101ac"},
		{"{\"a\":\"4c01ff4f5160\"}", "4c01ff4f5160"},
		{"{\"a\":\"4c\"}", "014c"},
		{"{\"a\":\"02aa\"}", "0202aa"},
	};

	for (size_t i = 0; i < ARRAY_SIZE(values); i++) {
		struct template *template = with("coinbaseaux", values[i].json);
		char hex[2 * TEMPLATE_AUX_MAX + 1];

		hex_encode(hex, template->aux, template->aux_size);
		ck_assert_str_eq(hex, values[i].script);
		template_unref(template);
	}
}
END_TEST

START_TEST(aux_is_bounded)
{
	char json[256] = "{\"a\":\"", *at = json + strlen(json);

	for (unsigned i = 0; i < TEMPLATE_AUX_MAX; i++)
		at = stpcpy(at, "ac");
	strcpy(at, "\"}");
	refuse("coinbaseaux", json, "at most 64 bytes");
	strcpy(at - 2, "\"}");
	template_unref(with("coinbaseaux", json));
}
END_TEST

START_TEST(limits)
{
	struct json_object *result = template_fixture_new(2, TEMPLATE_FIXTURE_PADDING);

	template_fixture_set(template_fixture_transaction(result, 0), "sigops", "79993");
	template_fixture_refuse(result, "sigops", "80001 of sigoplimit 80000");
	refuse("sizelimit", "400", "of sizelimit 400: let the node leave more room");
	refuse("weightlimit", "1600", "of weightlimit 1600: let the node leave more room");
	/* Bitcoin Core's least blockreservedweight, and the two transactions. */
	template_unref(with("weightlimit", "2850"));
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("template");
	TCase *tests = tcase_create("template");

	tcase_add_test(tests, all_fields);
	tcase_add_test(tests, missing);
	tcase_add_test(tests, optional);
	tcase_add_test(tests, wrong_types_and_ranges);
	tcase_add_test(tests, demands);
	tcase_add_test(tests, only_coinbasetxn);
	tcase_add_test(tests, rules_that_are_known);
	tcase_add_test(tests, version_bits);
	tcase_add_test(tests, times);
	tcase_add_test(tests, long_poll_ids);
	tcase_add_test(tests, aux);
	tcase_add_test(tests, aux_is_bounded);
	tcase_add_test(tests, limits);
	suite_add_tcase(suite, tests);
	return suite_main(suite);
}
