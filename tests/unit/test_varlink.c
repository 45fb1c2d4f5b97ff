/* SPDX-License-Identifier: MIT */
/* common/varlink: calls and replies, both ways, and what is neither. */
#include <check.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "common/cleanup.h"
#include "common/container.h"
#include "common/varlink.h"
#include "memory_fixture.h"
#include "suite_main.h"

START_TEST(calls_that_are_right)
{
	CLEANUP(varlink_call_deinit) struct varlink_call call = VARLINK_CALL_NULL;
	static const char full[] = " {\"oneway\": true, \"method\":\"a.b.C\", \"more\":true,"
				   "\"upgrade\":true,\"parameters\":{\"name\":\"p\"},\"x\":[]}";

	ck_assert_int_eq(varlink_call_parse(&call, full, strlen(full)), VARLINK_OK);
	ck_assert_str_eq(call.method, "a.b.C");
	ck_assert(call.more && call.oneway && call.upgrade);
	ck_assert_str_eq(varlink_get_text(call.parameters, "name"), "p");
	ck_assert_ptr_null(varlink_get_text(call.parameters, "other"));
	varlink_call_deinit(&call);
	varlink_call_deinit(&call);

	ck_assert_int_eq(varlink_call_parse(&call, "{\"method\":\"a.B\"}", 16), VARLINK_OK);
	ck_assert_ptr_null(call.parameters);
	ck_assert(!call.more && !call.oneway && !call.upgrade);
	ck_assert_ptr_null(varlink_get_text(call.parameters, "name"));
}
END_TEST

START_TEST(calls_that_are_wrong)
{
	static const char *const wrong[] = {
		"",
		" ",
		"x",
		"1",
		"null",
		"[]",
		"\"method\"",
		"{}",
		"{",
		"{\"method\":\"a.B\"",
		"{\"method\":\"a.B\"}}",
		"{\"method\":\"a.B\"} {}",
		"{\"method\":5}",
		"{\"method\":null}",
		"{\"method\":\"a.\\u0000B\"}",
		"{\"method\":\"a.B\",\"parameters\":[]}",
		"{\"method\":\"a.B\",\"parameters\":1}",
		"{\"method\":\"a.B\",\"more\":1}",
		"{\"method\":\"a.B\",\"oneway\":\"true\"}",
		"{\"method\":\"a.\xff\"}",
		"{'method':'a.B'}",
		"GET / HTTP/1.1\r\n\r\n",
	};

	for (size_t i = 0; i < ARRAY_SIZE(wrong); i++) {
		struct varlink_call call = VARLINK_CALL_NULL;

		ck_assert_msg(varlink_call_parse(&call, wrong[i], strlen(wrong[i])) ==
				      VARLINK_INVALID,
			      "%s", wrong[i]);
		ck_assert_ptr_null(call.message);
	}
}
END_TEST

START_TEST(deep_nesting_is_refused)
{
	struct varlink_call call = VARLINK_CALL_NULL;
	char text[4096] = "{\"method\":\"a.B\",\"parameters\":{\"a\":";

	memset(text + strlen(text), '[', 2000);
	ck_assert_int_eq(varlink_call_parse(&call, text, strlen(text)), VARLINK_INVALID);
}
END_TEST

START_TEST(replies)
{
	static const char good[] = "{\"parameters\":{\"pool\":\"x\"},\"continues\":true}";
	static const char bad[] = "{\"error\":\"a.b.Refused\",\"parameters\":{\"reason\":\"no\"}}";
	CLEANUP(varlink_reply_deinit) struct varlink_reply reply = VARLINK_REPLY_NULL;

	ck_assert_int_eq(varlink_reply_parse(&reply, good, strlen(good)), VARLINK_OK);
	ck_assert_ptr_null(reply.error);
	ck_assert(reply.continues);
	ck_assert_str_eq(varlink_get_text(reply.parameters, "pool"), "x");
	varlink_reply_deinit(&reply);
	ck_assert_int_eq(varlink_reply_parse(&reply, bad, strlen(bad)), VARLINK_OK);
	ck_assert_str_eq(reply.error, "a.b.Refused");
	ck_assert(!reply.continues);
	varlink_reply_deinit(&reply);
	ck_assert_int_eq(varlink_reply_parse(&reply, "{\"error\":1}", 11), VARLINK_INVALID);
	ck_assert_int_eq(varlink_reply_parse(&reply, "{\"continues\":1}", 15), VARLINK_INVALID);
	ck_assert_int_eq(varlink_reply_parse(&reply, "{\"parameters\":1}", 16), VARLINK_INVALID);
	ck_assert_int_eq(varlink_reply_parse(&reply, "{}", 2), VARLINK_OK);
}
END_TEST

START_TEST(composed_messages)
{
	CLEANUP(varlink_putp) struct json_object *call = NULL, *bare = NULL;
	size_t n;

	call = varlink_call_new("a.B", varlink_parameter("name", "p/\"q"), true);
	ck_assert_str_eq(varlink_text(call, &n), "{\"parameters\":{\"name\":\"p/\\\"q\"},"
						 "\"method\":\"a.B\",\"more\":true}");
	ck_assert_uint_eq(n, strlen(varlink_text(call, &n)) + 1);
	bare = varlink_call_new("a.B", NULL, false);
	ck_assert_str_eq(varlink_text(bare, &n), "{\"parameters\":{},\"method\":\"a.B\"}");
}
END_TEST

/*
 * Whichever allocation fails: a call is understood, refused, or there was no memory for it. json-c
 * before 0.17 may leave out a member that it had no memory for.
 */
START_TEST(a_call_without_memory)
{
	static const char text[] =
		"{\"method\":\"a.b.C\",\"more\":true,\"parameters\":"
		"{\"name\":\"a name of some length, for the heap\",\"n\":[1,2.5]}}";
	struct varlink_call call = VARLINK_CALL_NULL;
	unsigned failures = 0;
	int r;

	if (!memory_fixture_works())
		return;
	for (unsigned i = 1;; i++) {
		bool failed;

		memory_fixture_fail(i);
		r = varlink_call_parse(&call, text, strlen(text));
		failed = memory_fixture_failed();
		memory_fixture_fail(0);
		if (!failed)
			break;
		ck_assert(r == VARLINK_OK || r == VARLINK_INVALID || r == -ENOMEM);
		ck_assert(!call.message == (r != VARLINK_OK));
		varlink_call_deinit(&call);
		failures++;
	}
	ck_assert_int_eq(r, VARLINK_OK);
	ck_assert_uint_gt(failures, 5);
	ck_assert_str_eq(call.method, "a.b.C");
	ck_assert_str_eq(varlink_get_text(call.parameters, "name"),
			 "a name of some length, for the heap");
	varlink_call_deinit(&call);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("varlink");
	TCase *tests = tcase_create("varlink");

	tcase_add_test(tests, calls_that_are_right);
	tcase_add_test(tests, calls_that_are_wrong);
	tcase_add_test(tests, deep_nesting_is_refused);
	tcase_add_test(tests, replies);
	tcase_add_test(tests, composed_messages);
	tcase_add_test(tests, a_call_without_memory);
	suite_add_tcase(suite, tests);
	return suite_main(suite);
}
