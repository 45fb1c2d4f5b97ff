/* SPDX-License-Identifier: MIT */
/* When a node is asked: at the moment at which the difficulty falls, after a lost long poll, and
 * after a reload. */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "node_fixture.h"
#include "suite_main.h"
#include "template_fixture.h"

#define SEEN (&node_events_seen)

static void expect_the_moment(void)
{
	node_server.templates = 0;
	node_fixture_run(199 * 1000);
	ck_assert_uint_eq(node_server.templates, 0);
	template_fixture_set(node_server.template, "bits", "\"1d00ffff\"");
	template_fixture_set(node_server.template, "target", NULL);
	template_fixture_set(node_server.template, "curtime", "1790000201");
	node_fixture_run(2100);
	ck_assert_uint_ge(node_server.templates, 1);
	ck_assert_uint_eq(SEEN->job->nbits, 0x1d00ffff);
}

START_TEST(difficulty_falls_after_twenty_minutes)
{
	node_fixture_login_on_testnet(1);
	ck_assert_uint_eq(node_server.headers, 1);
	ck_assert_uint_eq(SEEN->job->ntime_roll, 0);
	expect_the_moment();
	ck_assert_uint_ne(SEEN->job->ntime_roll, 0);
}
END_TEST

/* The timer of the login before ended with it, and the block is the same one. */
START_TEST(difficulty_falls_after_a_break_too)
{
	node_fixture_login_on_testnet(1);
	node_under_test.kept = true;
	node_close(&node_under_test);
	node_fixture_run(1);
	node_fixture_login(2);
	ck_assert(node_under_test.resumed);
	expect_the_moment();
}
END_TEST

/* A time after the median of the blocks before is no clock's: the next template shows that. */
START_TEST(difficulty_falls_by_a_clock_behind_the_template)
{
	node_fixture_login_on_testnet(1);
	node_fixture_run(100 * 1000);
	template_fixture_set(node_server.template, "curtime", "1790000090");
	node_link_want_template(&node_under_test.link);
	node_fixture_run(10);
	node_server.templates = 0;
	node_fixture_run(109 * 1000);
	ck_assert_uint_eq(node_server.templates, 0);
	node_fixture_run(1000);
	ck_assert_uint_ge(node_server.templates, 1);
}
END_TEST

START_TEST(long_poll_that_misses_a_block_is_begun_anew)
{
	node_fixture_login(1);
	template_fixture_set(
		node_server.template, "previousblockhash",
		"\"2222222222222222222222222222222222222222222222222222222222222222\"");
	node_link_want_template(&node_under_test.link);
	node_fixture_run(9000);
	ck_assert_uint_eq(SEEN->jobs, 2);
	ck_assert_uint_eq(node_server.polls, 1);
	node_fixture_run(2000);
	ck_assert_uint_eq(node_server.polls, 2);
	ck_assert_uint_eq(fake_http_busy(), 1);
	ck_assert_uint_eq(SEEN->lost, 0);
}
END_TEST

/* Two miners of one owner on one node would else hash the same headers. */
START_TEST(each_process_has_headers_of_its_own)
{
	const uint8_t *salt;
	struct node other;

	ck_assert_int_eq(node_init(&other, &node_under_test.settings, node_under_test.handler), 0);
	ck_assert_uint_ne(node_under_test.salt, other.salt);
	node_deinit(&other);
	node_fixture_login(1);
	salt = SEEN->job->coinbase + SEEN->job->extranonce2_offset - sizeof(other.salt);
	ck_assert_mem_eq(salt, &node_under_test.salt, sizeof(other.salt));
}
END_TEST

/* A reload frees the texts that the connection was made with. */
START_TEST(calls_go_on_with_the_texts_of_a_reload)
{
	char *before = node_conf.url;

	node_conf_changed(&node_under_test);
	node_fixture_login(1);
	node_conf.url = strdup(before);
	node_conf_changed(&node_under_test);
	ck_assert_ptr_eq(node_under_test.link.http.settings.url, node_conf.url);
	free(before);
	node_server.templates = 0;
	node_link_want_template(&node_under_test.link);
	node_fixture_run(10);
	ck_assert_uint_eq(node_server.templates, 1);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("node_ask");
	TCase *t = tcase_create("node_ask");

	tcase_add_checked_fixture(t, node_fixture_setup, node_fixture_teardown);
	tcase_add_test(t, difficulty_falls_after_twenty_minutes);
	tcase_add_test(t, difficulty_falls_after_a_break_too);
	tcase_add_test(t, difficulty_falls_by_a_clock_behind_the_template);
	tcase_add_test(t, long_poll_that_misses_a_block_is_begun_anew);
	tcase_add_test(t, each_process_has_headers_of_its_own);
	tcase_add_test(t, calls_go_on_with_the_texts_of_a_reload);
	suite_add_tcase(suite, t);
	return suite_main(suite);
}
