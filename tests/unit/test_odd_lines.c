/* SPDX-License-Identifier: MIT */
/* Lines of a pool that make no sense: each is accepted, and what they come to in the end. */
#include <check.h>
#include <stdio.h>
#include <string.h>

#include "common/clock.h"
#include "common/container.h"
#include "iterate_fixture.h"
#include "jump_clock.h"
#include "login_fixture.h"
#include "suite_main.h"

static struct login_fixture fixture;

static void setup(void)
{
	login_fixture_init(&fixture);
}

static void teardown(void)
{
	login_fixture_deinit(&fixture);
}

static struct session *session(void)
{
	return login_fixture_session(&fixture);
}

static const struct invalid_lines *invalid(void)
{
	return &session()->login.invalid;
}

static void login(void)
{
	ITERATE_UNTIL(&fixture.ring, fixture.work);
}

#define HEX64 "0000000000000000000000000000000000000000000000000000000000000000"
#define NOTIFY(id, rest) \
	"{\"id\":null,\"method\":\"mining.notify\",\"params\":[" id ",\"" HEX64 "\"," rest "]}"
#define SET(what, params) "{\"id\":null,\"method\":\"mining.set_" what "\",\"params\":" params "}"

/* What changes nothing but the count. */
static const char *const odd_lines[] = {
	"",
	" \t ",
	"null",
	"17",
	"\"text\"",
	"[]",
	"[1,2]",
	"true",
	"{",
	"{}",
	"HTTP/1.1 200 OK",
	"Welcome to the pool!",
	"{id:null,method:\"mining.notify\",params:[]}",
	"{\"id\":1",
	"{\"method\":7}",
	"{\"id\":null,\"method\":\"mining.unheard_of\",\"params\":[[[[[[[[[[[[[[[[[[[[]]]]]]]]]]]]]"
	"]]]]]]]}",
	"{\"id\":null,\"method\":\"mining.unheard_of\"}",
	"{\"id\":987654,\"result\":true,\"error\":null}",
	"{\"id\":\"text\",\"result\":true,\"error\":null}",
	"{\"id\":null,\"result\":null,\"error\":null}",
	"{\"id\":-1,\"result\":true,\"error\":null}",
	"{\"id\":4.5,\"result\":{},\"error\":{}}",
	"{\"id\":3,\"result\":false,\"error\":[24,\"again\",null]}",
	"{\"id\":null,\"method\":\"client.show_message\",\"params\":[17]}",
	"{\"id\":null,\"method\":\"client.show_message\"}",
	"{\"id\":null,\"method\":\"client.reconnect\",\"params\":[1,2]}",
	"{\"id\":null,\"method\":\"client.reconnect\",\"params\":{}}",
	NOTIFY("7", "\"01\",\"02\",[],\"2\",\"1c00ffff\",\"1\",true"),
	NOTIFY("\"x\"", "\"0x\",\"02\",[],\"2\",\"1c00ffff\",\"1\",true"),
	NOTIFY("\"x\"", "\"010\",\"02\",[],\"2\",\"1c00ffff\",\"1\",true"),
	NOTIFY("\"x\"", "\"01\",\"02\",[],\"2\",\"1d80ffff\",\"1\",true"),
	NOTIFY("\"x\"", "\"01\",\"02\",[],\"2\",\"ff00ffff\",\"1\",true"),
	NOTIFY("\"x\"", "\"01\",\"02\",[\"00\"],\"2\",\"1c00ffff\",\"1\",true"),
	NOTIFY("\"x\"", "\"01\",\"02\",{},\"2\",\"1c00ffff\",\"1\",true"),
	NOTIFY("\"x\"", "null,null,null,null,null,null,null"),
	SET("difficulty", "[0]"),
	SET("difficulty", "[-1]"),
	SET("difficulty", "[null]"),
	SET("difficulty", "[\"much\"]"),
	SET("difficulty", "[NaN]"),
	SET("difficulty", "[1e999]"),
	SET("difficulty", "[]"),
	SET("difficulty", "{}"),
};

START_TEST(an_odd_line_changes_nothing)
{
	struct job *job;
	uint64_t mask;
	char line[512];

	login();
	job = job_ref(fixture.work);
	mask = session()->login.terms.version_mask;
	snprintf(line, sizeof(line), "%s\n", odd_lines[_i]);
	server_say(&fixture.server, line);
	ITERATE_UNTIL(&fixture.ring, invalid()->count == 1);
	ck_assert_str_ne(invalid()->last, "");
	ck_assert_ptr_eq(fixture.work, job);
	ck_assert_double_eq(session()->login.terms.difficulty, 1);
	ck_assert_uint_eq(session()->login.terms.version_mask, mask);
	/* The job that is worked on still counts. */
	login_fixture_give(&fixture, fixture.work, 1);
	ITERATE_UNTIL(&fixture.ring, fixture.pools->stats.accepted == 1);
	ck_assert_uint_eq(fixture.server.connects, 1);
	ck_assert_uint_eq(invalid()->run, 0);
	job_unref(job);
}
END_TEST

/* Far more than INVALID_LINES_MAX, one with each job. */
START_TEST(an_odd_line_with_each_job)
{
	char line[512], id[16];

	login();
	for (unsigned i = 0; i < 3 * INVALID_LINES_MAX; i++) {
		snprintf(line, sizeof(line), "%s\n", odd_lines[i % ARRAY_SIZE(odd_lines)]);
		server_say(&fixture.server, line);
		snprintf(id, sizeof(id), "job%u", i);
		login_fixture_next_job(&fixture, id);
	}
	ck_assert_uint_eq(invalid()->count, 3 * INVALID_LINES_MAX);
	ck_assert_uint_eq(fixture.server.connects, 1);
}
END_TEST

START_TEST(nothing_but_odd_lines)
{
	login();
	for (unsigned i = 1; i < INVALID_LINES_MAX; i++)
		server_say(&fixture.server, "nonsense\n");
	ITERATE_UNTIL(&fixture.ring, invalid()->count == INVALID_LINES_MAX - 1);
	ck_assert_ptr_nonnull(fixture.work);
	server_say(&fixture.server, "last nonsense\n");
	ITERATE_UNTIL(&fixture.ring, !fixture.work);
	ck_assert_msg(
		strstr(login_fixture_pool(&fixture)->history.last_loss, "10 invalid lines") &&
			strstr(login_fixture_pool(&fixture)->history.last_loss, "last nonsense"),
		"%s", login_fixture_pool(&fixture)->history.last_loss);
}
END_TEST

/* One now and then is no reason to leave, even where jobs are rare. */
START_TEST(odd_lines_far_between)
{
	login();
	for (unsigned i = 0; i < 3 * INVALID_LINES_MAX; i++) {
		jump_clock(10 * CLOCK_S);
		server_say(&fixture.server, "\n");
		ITERATE_UNTIL(&fixture.ring, invalid()->count == i + 1);
		if (i % 9 == 8) /* before job_timeout */
			login_fixture_next_job(&fixture, i % 2 ? "odd" : "even");
	}
	ck_assert_uint_eq(fixture.server.connects, 1);
}
END_TEST

START_TEST(a_bad_job_is_no_job)
{
	login();
	/* It does not feed job_timeout. */
	for (unsigned i = 0; i < 3; i++) {
		jump_clock(35 * CLOCK_S);
		server_say(
			&fixture.server,
			NOTIFY("\"bad\"", "\"0x\",\"02\",[],\"2\",\"1c00ffff\",\"1\",true") "\n");
		ITERATE_UNTIL(&fixture.ring, invalid()->count == i + 1);
	}
	ck_assert_str_eq(fixture.work->id, "first");
	jump_clock(16 * CLOCK_S);
	ITERATE_UNTIL(&fixture.ring, !fixture.work);
	ck_assert_msg(strstr(login_fixture_pool(&fixture)->history.last_loss,
			     "no mining.notify for 120 s"),
		      "%s", login_fixture_pool(&fixture)->history.last_loss);
}
END_TEST

START_TEST(numbers_as_text)
{
	login();
	server_say(&fixture.server, SET("difficulty", "[\"2\"]") "\n");
	server_say(&fixture.server, SET("extranonce", "[\"abcdef\",\"6\"]") "\n");
	login_fixture_next_job(&fixture, "text");
	ck_assert_double_eq(fixture.work->difficulty, 2);
	ck_assert_uint_eq(fixture.work->extranonce2_size, 6);
	ck_assert_uint_eq(invalid()->count, 0);
	/* Without a size the old one stays. */
	server_say(&fixture.server, SET("extranonce", "[\"01\"]") "\n");
	login_fixture_next_job(&fixture, "kept");
	ck_assert_uint_eq(fixture.work->extranonce2_size, 6);
	ck_assert_uint_eq(fixture.server.connects, 1);
}
END_TEST

static const char *const bad_extranonces[] = {
	"[]",	      "[7,4]",	     "[\"0\",4]",      "[\"zz\",4]",
	"[\"00\",0]", "[\"00\",17]", "[\"00\",\"x\"]", "{}",
};

/* Shares of what could not be understood would be void. */
START_TEST(an_extranonce_that_cannot_be_understood)
{
	char line[256];

	login();
	snprintf(line, sizeof(line), SET("extranonce", "%s") "\n", bad_extranonces[_i]);
	server_say(&fixture.server, line);
	ITERATE_UNTIL(&fixture.ring, !fixture.work);
	ck_assert_msg(
		strstr(login_fixture_pool(&fixture)->history.last_loss, "mining.set_extranonce"),
		"%s", login_fixture_pool(&fixture)->history.last_loss);
}
END_TEST

START_TEST(a_mask_that_cannot_be_understood)
{
	login();
	ck_assert_uint_ne(fixture.work->version_mask, 0);
	server_say(&fixture.server, SET("version_mask", "[\"zz\"]") "\n");
	ITERATE_UNTIL(&fixture.ring, fixture.work->version_mask == 0);
	login_fixture_next_job(&fixture, "next");
	ck_assert_uint_eq(fixture.work->version_mask, 0);
	login_fixture_give(&fixture, fixture.work, 1);
	ITERATE_UNTIL(&fixture.ring, fixture.pools->stats.accepted == 1);
	ck_assert_msg(strstr(fixture.server.last_submit, "\"00000000\"]}"), "%s",
		      fixture.server.last_submit);
	ck_assert_uint_eq(fixture.server.connects, 1);
	/* Until the pool says one that can. */
	server_say(&fixture.server, SET("version_mask", "[\"00c00000\"]") "\n");
	ITERATE_UNTIL(&fixture.ring, fixture.work->version_mask == 0x00c00000);
}
END_TEST

START_TEST(two_messages_on_a_line)
{
	login();
	server_say(&fixture.server, SET("difficulty", "[3]") " " SET("difficulty", "[4]") "\n");
	login_fixture_next_job(&fixture, "next");
	ck_assert_double_eq(fixture.work->difficulty, 4);
	ck_assert_uint_eq(invalid()->count, 1);
	/* And bytes that no text has. */
	server_say_bytes(&fixture.server, "\0\0" SET("difficulty", "[5]") "\n",
			 strlen(SET("difficulty", "[5]")) + 3);
	server_say_bytes(&fixture.server, "\xef\xbb\xbf" SET("difficulty", "[6]") "\n",
			 strlen(SET("difficulty", "[6]")) + 4);
	server_say_bytes(&fixture.server, "\0\n", 2);
	login_fixture_next_job(&fixture, "bytes");
	ck_assert_double_eq(fixture.work->difficulty, 6);
	ck_assert_uint_eq(invalid()->count, 4);
	ck_assert_uint_eq(fixture.server.connects, 1);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("odd_lines");
	TCase *tests = tcase_create("odd_lines");

	tcase_add_checked_fixture(tests, setup, teardown);
	tcase_set_timeout(tests, 60);
	tcase_add_loop_test(tests, an_odd_line_changes_nothing, 0, ARRAY_SIZE(odd_lines));
	tcase_add_test(tests, an_odd_line_with_each_job);
	tcase_add_test(tests, nothing_but_odd_lines);
	tcase_add_test(tests, odd_lines_far_between);
	tcase_add_test(tests, a_bad_job_is_no_job);
	tcase_add_test(tests, numbers_as_text);
	tcase_add_loop_test(tests, an_extranonce_that_cannot_be_understood, 0,
			    ARRAY_SIZE(bad_extranonces));
	tcase_add_test(tests, a_mask_that_cannot_be_understood);
	tcase_add_test(tests, two_messages_on_a_line);
	suite_add_tcase(suite, tests);
	return suite_main(suite);
}
