/* SPDX-License-Identifier: MIT */
/* upstream/node/json_parse: what json-c reads, it reads the same, within bounds. */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "common/container.h"
#include "memory_fixture.h"
#include "suite_main.h"
#include "upstream/node/json_parse.h"

/* In memory that ends where the text does. */
static const char *parse_exactly(struct json_object **ret, const char *text, size_t n)
{
	char *copy = malloc(n ? n : 1);
	const char *wrong;

	ck_assert_ptr_nonnull(copy);
	memcpy(copy, text, n);
	wrong = json_parse(ret, copy, n);
	free(copy);
	return wrong;
}

static const char *const good[] = {
	"{}",
	"[]",
	" [ ] ",
	"null",
	"true",
	"-0.5e3",
	"0",
	"123456789012345678",
	"1234567890123456789",
	"9223372036854775807",
	"-9223372036854775808",
	"99999999999999999999999999",
	"-1",
	"1e5",
	"\"\"",
	"\"a\\n\\u00e9\\\"\\\\\"",
	"\"\\ud83d\\ude00\"",
	"[null,true,false,[],{},[[1]],\"x\"]",
	"{\"a\":{\"b\":[{\"c\":null}]},\"d\":1,\"e\\\"\":2}",
	"{\"a\":1,\"a\":2}",
	"\t{\r\n\"a\" : [ 1 , 2 ] }\n",
};

START_TEST(as_json_c)
{
	for (size_t i = 0; i < ARRAY_SIZE(good); i++) {
		struct json_object *ours, *theirs = json_tokener_parse(good[i]);
		const char *wrong = parse_exactly(&ours, good[i], strlen(good[i]));

		ck_assert_msg(!wrong, "%s: %s", good[i], wrong);
		ck_assert_str_eq(json_object_to_json_string(ours),
				 json_object_to_json_string(theirs));
		json_object_put(ours);
		json_object_put(theirs);
	}
}
END_TEST

/* No beginning of an object or array is one. */
START_TEST(cut_anywhere)
{
	for (size_t i = 0; i < ARRAY_SIZE(good); i++)
		for (size_t n = strlen(good[i]); n-- > 0;) {
			struct json_object *root;
			const char *wrong = parse_exactly(&root, good[i], n);

			ck_assert_msg(wrong || !strchr("[{\"", good[i][0]) || good[i][n] == '\n',
				      "%.*s", (int)n, good[i]);
			json_object_put(root);
		}
}
END_TEST

START_TEST(what_is_not_json)
{
	static const char *const bad[] = {
		"",	     " ",	   "[1,]",	 "[,1]",      "{,}",	  "{\"a\"}",
		"{\"a\":}",  "{\"a\":1,}", "{a:1}",	 "{1:1}",     "[1 2]",	  "[1}",
		"{\"a\":1]", "nul",	   "nullx",	 "01",	      "+1",	  "1x",
		"--1",	     "'a'",	   "\"\\x\"",	 "\"\\u12",   "[]]",	  "[] []",
		"{}x",	     "NaN",	   "[Infinity]", "-Infinity", "tru\"e\"", "[\"a\"\"b\"]",
	};

	struct json_object *root;

	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		ck_assert_msg(parse_exactly(&root, bad[i], strlen(bad[i])), "%s", bad[i]);
		ck_assert_ptr_null(root);
	}
	ck_assert_ptr_nonnull(parse_exactly(&root, "[1]\0", 4));
	ck_assert_ptr_nonnull(parse_exactly(&root, "[1\0]", 4));
	ck_assert_ptr_nonnull(parse_exactly(&root, "\"\0\"", 3));
}
END_TEST

/* text n times, between begin and end. */
static const char *repeat(const char *begin, const char *text, size_t n, const char *end)
{
	char *all = malloc(strlen(begin) + n * strlen(text) + strlen(end) + 1), *at;
	struct json_object *root;
	const char *wrong;

	ck_assert_ptr_nonnull(all);
	at = stpcpy(all, begin);
	for (size_t i = 0; i < n; i++)
		at = stpcpy(at, text);
	at = stpcpy(at, end);
	wrong = parse_exactly(&root, all, (size_t)(at - all));
	json_object_put(root);
	free(all);
	return wrong;
}

START_TEST(bounds)
{
	ck_assert_ptr_null(repeat("", "[", JSON_PARSE_DEPTH, "]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]"));
	ck_assert_str_eq(repeat("", "[", JSON_PARSE_DEPTH + 1, ""),
			 "it is nested deeper than 32 levels");
	ck_assert_ptr_null(repeat("{\"", "n", JSON_PARSE_NAME_MAX, "\":1}"));
	ck_assert_ptr_nonnull(repeat("{\"", "n", JSON_PARSE_NAME_MAX + 1, "\":1}"));
	ck_assert_ptr_nonnull(repeat("{\"", "\\u0000", 1, "\":1}"));
	ck_assert_ptr_null(repeat("", "9", JSON_PARSE_TOKEN_MAX, ""));
	ck_assert_str_eq(repeat("", "9", JSON_PARSE_TOKEN_MAX + 1, ""),
			 "a number in it is longer than 64 characters");
	ck_assert_ptr_null(repeat("[", "1,", 1000, "1]"));
	ck_assert_str_eq(repeat("[", "1,", 100000, "1]"), "it has too many small values");
	ck_assert_str_eq(repeat("[", "{},", 1000, "1]"),
			 "it has too many small arrays and objects");
	/* The smallest transactions that there are. */
	ck_assert_ptr_null(repeat(
		"[",
		"{\"data\":\"0000000000000000000000000000000000000000000000000000000000000000"
		"00000000000000000000000000000000000000000000000000000000\",\"txid\":"
		"\"0000000000000000000000000000000000000000000000000000000000000000\",\"hash\":"
		"\"0000000000000000000000000000000000000000000000000000000000000000\","
		"\"depends\":[1,2,3,4,5],\"fee\":0,\"sigops\":0,\"weight\":240},",
		10000, "1]"));
}
END_TEST

START_TEST(without_memory)
{
	static const char text[] = "{\"a\":[1,\"x\",{\"b\":\"\\n\"}],\"c\":-1.5}";
	struct json_object *root = NULL;
	const char *wrong = "";

	for (unsigned n = 1; wrong && memory_fixture_works(); n++) {
		memory_fixture_fail(n);
		wrong = json_parse(&root, text, strlen(text));
		memory_fixture_fail(0);
		ck_assert(!wrong == (root != NULL));
	}
	json_object_put(root);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("json_parse");
	TCase *tests = tcase_create("json_parse");

	tcase_add_test(tests, as_json_c);
	tcase_add_test(tests, cut_anywhere);
	tcase_add_test(tests, what_is_not_json);
	tcase_add_test(tests, bounds);
	tcase_add_test(tests, without_memory);
	suite_add_tcase(suite, tests);
	return suite_main(suite);
}
