/* SPDX-License-Identifier: MIT */
/* Stratum as servers write it that other miners understand: what is accepted, and what it means. */
#include <check.h>
#include <stdio.h>
#include <string.h>

#include "common/container.h"
#include "message_fixture.h"
#include "suite_main.h"
#include "upstream/stratum/reject_reason.h"

#define PING	   "{\"id\":42,\"method\":\"mining.ping\"}"
#define DIFFICULTY "{\"method\":\"mining.set_difficulty\",\"params\":[2]}"

/* What was meant is known where the method is: some faults are worse than others. */
START_TEST(wrong_lines_say_what_was_meant)
{
	static const struct {
		const char *line;
		enum message_kind kind;
	} cases[] = {
		{"{\"method\":\"mining.set_extranonce\",\"params\":[1]}", MESSAGE_SET_EXTRANONCE},
		{"{\"method\":\"mining.set_extranonce\",\"params\":{}}", MESSAGE_SET_EXTRANONCE},
		{"{\"method\":\"mining.set_version_mask\"}", MESSAGE_SET_VERSION_MASK},
		{"{\"method\":\"mining.notify\",\"params\":[]}", MESSAGE_NOTIFY},
		{"{\"method\":7,\"params\":[]}", MESSAGE_UNKNOWN},
		{"[]", MESSAGE_UNKNOWN},
	};

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct message message = MESSAGE_NULL;

		ck_assert_int_eq(message_fixture_parse(&message, cases[i].line), MESSAGE_INVALID);
		ck_assert_int_eq(message.kind, cases[i].kind);
	}
}
END_TEST

/* Each is taken, and what is left of the line comes next. */
START_TEST(more_than_a_message_on_a_line)
{
	static const char line[] = "\0\0 " PING DIFFICULTY " \t" PING "x";
	static const enum message_kind kinds[] = {MESSAGE_PING, MESSAGE_SET_DIFFICULTY,
						  MESSAGE_PING};
	struct message message = MESSAGE_NULL;
	size_t at = 0, n = sizeof(line) - 1, used;
	const char *note;

	for (size_t i = 0; i < ARRAY_SIZE(kinds); i++) {
		ck_assert_int_eq(message_parse(&message, line + at, n - at, &used, &note),
				 MESSAGE_OK);
		ck_assert_int_eq(message.kind, kinds[i]);
		ck_assert((note != NULL) == (i == 0));
		message_deinit(&message);
		at += used;
	}
	ck_assert_uint_eq(at, n - 1);
	ck_assert_int_eq(message_parse(&message, line + at, n - at, &used, &note), MESSAGE_INVALID);
	ck_assert_uint_eq(used, 1);
	/* A mark of the encoding before a message, which RFC 8259 lets us ignore. */
	ck_assert_int_eq(
		message_parse(&message, "\xef\xbb\xbf" PING, strlen(PING) + 3, &used, &note),
		MESSAGE_OK);
	ck_assert_ptr_nonnull(note);
	message_deinit(&message);
}
END_TEST

START_TEST(extranonce_and_mask_as_servers_write_them)
{
	struct message message = message_fixture_parsed(
		"{\"method\":\"mining.set_extranonce\",\"params\":[\"0a0b\",\"8\"]}");

	ck_assert_str_eq(message.extranonce.extranonce1.data, "0a0b");
	ck_assert_int_eq(message.extranonce.extranonce2_size, 8);
	message_deinit(&message);
	message = message_fixture_parsed(
		"{\"method\":\"mining.set_extranonce\",\"params\":[\"0a0b\",4.0]}");
	ck_assert_int_eq(message.extranonce.extranonce2_size, 4);
	message_deinit(&message);
	message = message_fixture_parsed(
		"{\"method\":\"mining.set_extranonce\",\"params\":[\"0a0b\"]}");
	ck_assert_int_eq(message.extranonce.extranonce2_size, -1);
	message_deinit(&message);
	message = message_fixture_parsed(
		"{\"method\":\"mining.set_extranonce\",\"params\":[\"0a0b\",null]}");
	ck_assert_int_eq(message.extranonce.extranonce2_size, -1);
	message_deinit(&message);
	message = message_fixture_parsed(
		"{\"method\":\"mining.set_version_mask\",\"params\":[\"0x1fffe000\"]}");
	ck_assert_uint_eq(message.version_mask, 0x1fffe000);
	message_deinit(&message);
}
END_TEST

/* Some servers write an error that says nothing beside a result. */
START_TEST(errors_that_are_none)
{
	static const char *const errors[] = {
		"null", "[]",	 "{}",		"\"\"",
		"0",	"false", "[null,\"\"]", "{\"code\":0,\"message\":\"\"}"};

	for (size_t i = 0; i < ARRAY_SIZE(errors); i++) {
		struct message message;
		char line[128];

		snprintf(line, sizeof(line), "{\"id\":7,\"result\":true,\"error\":%s}", errors[i]);
		message = message_fixture_parsed(line);
		ck_assert_msg(!message.reply.error.rejected, "%s", line);
		ck_assert(message_authorized(&message));
		message_deinit(&message);
		snprintf(line, sizeof(line), "{\"id\":7,\"result\":[[],\"00\",\"4\"],\"error\":%s}",
			 errors[i]);
		message = message_fixture_parsed(line);
		ck_assert_ptr_null(message_subscribed(&message, &(struct message_text){},
						      &(struct message_text){}, &(int64_t){0}));
		message_deinit(&message);
	}
}
END_TEST

START_TEST(who_is_authorized)
{
	static const struct {
		const char *line;
		bool authorized;
	} cases[] = {
		{"{\"id\":3,\"result\":true,\"error\":null}", true},
		{"{\"id\":3,\"result\":null,\"error\":null}", true},
		{"{\"id\":3}", true},
		{"{\"id\":3,\"result\":{},\"error\":[]}", true},
		{"{\"id\":3,\"result\":false,\"error\":null}", false},
		{"{\"id\":3,\"result\":null,\"error\":[24,\"Unauthorized\",null]}", false},
		{"{\"id\":3,\"result\":true,\"error\":\"no\"}", false},
		{"{\"id\":3,\"result\":null,\"error\":24}", false},
	};

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct message message = message_fixture_parsed(cases[i].line);

		ck_assert_msg(message_authorized(&message) == cases[i].authorized, "%s",
			      cases[i].line);
		message_deinit(&message);
	}
}
END_TEST

START_TEST(difficulty_as_servers_write_it)
{
	static const struct {
		const char *text;
		double value;
	} cases[] = {
		{"5.0000000000000002e-5", 5e-5},
		{"3.0", 3},
		{"1e-7", 1e-7},
		{"16384", 16384},
		{"0.001", 0.001},
		{"1e15", 1e15},
		{"\"16\"", 16},
		{"\"0.5\"", 0.5},
		{"\"1e-3\"", 1e-3},
	};

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		char line[128];
		struct message message;

		snprintf(line, sizeof(line),
			 "{\"id\":null,\"method\":\"mining.set_difficulty\",\"params\":[%s]}",
			 cases[i].text);
		message = message_fixture_parsed(line);
		ck_assert_int_eq(message.kind, MESSAGE_SET_DIFFICULTY);
		ck_assert_double_eq(message.difficulty, cases[i].value);
		message_deinit(&message);
	}
}
END_TEST

/* A server may name the method of a request in its reply to it. */
START_TEST(replies_that_name_a_method)
{
	static const char *const replies[] = {
		"{\"id\":7,\"method\":\"mining.submit\",\"result\":true,\"error\":null}",
		"{\"id\":7,\"method\":\"\",\"result\":true}",
		"{\"id\":\"7\",\"error\":null,\"method\":\"mining.authorize\",\"result\":true}",
	};

	for (size_t i = 0; i < ARRAY_SIZE(replies); i++) {
		struct message message = message_fixture_parsed(replies[i]);

		ck_assert_int_eq(message.kind, MESSAGE_REPLY);
		ck_assert_int_eq(message.id, 7);
		ck_assert(!message.reply.error.rejected);
		message_deinit(&message);
	}
	for (unsigned known = 0; known < 2; known++) {
		struct message message = message_fixture_parsed(
			known ? "{\"id\":7,\"method\":\"mining.ping\",\"params\":[],\"result\":"
				"null}"
			      : "{\"id\":7,\"method\":\"mining.submit\",\"params\":[]}");

		ck_assert_int_eq(message.kind, known ? MESSAGE_PING : MESSAGE_UNKNOWN);
		message_deinit(&message);
	}
}
END_TEST

START_TEST(flags_as_text)
{
	static const struct {
		const char *clean;
		bool meant;
	} cases[] = {
		{"true", true},	      {"1", true},	    {"\"true\"", true}, {"\"1\"", true},
		{"\"false\"", false}, {"\"False\"", false}, {"\"0\"", false},	{"\"no\"", false},
		{"\"\"", false},      {"0", false},	    {"null", false},
	};
	char line[256];

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct message message;

		snprintf(line, sizeof(line),
			 "{\"id\":null,\"method\":\"mining.notify\",\"params\":[\"j\",\"%064d\","
			 "\"01\","
			 "\"02\",[],\"20000000\",\"1c00ffff\",\"6b02d1ed\",%s]}",
			 0, cases[i].clean);
		message = message_fixture_parsed(line);
		ck_assert_msg(message.notify.clean == cases[i].meant, "%s", cases[i].clean);
		message_deinit(&message);
	}
}
END_TEST

/* By their words, and by the code where there are none. */
START_TEST(why_shares_are_rejected)
{
	ck_assert_int_eq(reject_reason(21, "Job not found"), REJECT_STALE);
	ck_assert_int_eq(reject_reason(21, "Invalid JobID"), REJECT_STALE);
	ck_assert_int_eq(reject_reason(20, "Stale"), REJECT_STALE);
	ck_assert_int_eq(reject_reason(20, "Worker is not authorised"), REJECT_UNAUTHORIZED);
	ck_assert_int_eq(reject_reason(20, "not logged in"), REJECT_UNAUTHORIZED);
	ck_assert_int_eq(reject_reason(0, "Unknown worker"), REJECT_UNAUTHORIZED);
	ck_assert_int_eq(reject_reason(21, ""), REJECT_STALE);
	ck_assert_int_eq(reject_reason(22, "Duplicate share"), REJECT_DUPLICATE);
	ck_assert_int_eq(reject_reason(23, "Above target"), REJECT_LOW_DIFFICULTY);
	ck_assert_int_eq(reject_reason(23, "low difficulty share of 4.4e-10"),
			 REJECT_LOW_DIFFICULTY);
	ck_assert_int_eq(reject_reason(24, "unauthorized worker"), REJECT_UNAUTHORIZED);
	ck_assert_int_eq(reject_reason(20, "Worker mismatch"), REJECT_UNAUTHORIZED);
	ck_assert_int_eq(reject_reason(20, "ntime out of range"), REJECT_NTIME);
	ck_assert_int_eq(reject_reason(20, "Invalid version mask"), REJECT_VERSION);
	ck_assert_int_eq(reject_reason(0, ""), REJECT_OTHER);
	ck_assert_int_eq(reject_reason(20, ""), REJECT_OTHER);
	ck_assert_int_eq(reject_reason(22, "no"), REJECT_DUPLICATE);
	ck_assert_int_eq(reject_reason(23, ""), REJECT_LOW_DIFFICULTY);
	ck_assert_int_eq(reject_reason(24, "who are you"), REJECT_UNAUTHORIZED);
	ck_assert_int_eq(reject_reason(25, ""), REJECT_NOT_SUBSCRIBED);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("lenience");
	TCase *tests = tcase_create("lenience");

	tcase_add_test(tests, wrong_lines_say_what_was_meant);
	tcase_add_test(tests, more_than_a_message_on_a_line);
	tcase_add_test(tests, extranonce_and_mask_as_servers_write_them);
	tcase_add_test(tests, errors_that_are_none);
	tcase_add_test(tests, why_shares_are_rejected);
	tcase_add_test(tests, who_is_authorized);
	tcase_add_test(tests, replies_that_name_a_method);
	tcase_add_test(tests, flags_as_text);
	tcase_add_test(tests, difficulty_as_servers_write_it);
	suite_add_tcase(suite, tests);
	return suite_main(suite);
}
