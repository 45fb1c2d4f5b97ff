/* SPDX-License-Identifier: MIT */
/* A node: login, templates, long polls, shares and blocks, against a server of this test. */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "common/cleanup.h"
#include "common/clock.h"
#include "fake_disk.h"
#include "fake_ring.h"
#include "node_fixture.h"
#include "suite_main.h"
#include "template_fixture.h"

#define SEEN (&node_events_seen)

START_TEST(login_gives_a_job)
{
	node_fixture_login(7);
	ck_assert_uint_eq(SEEN->jobs, 1);
	ck_assert_uint_eq(SEEN->job->session, 7);
	ck_assert(SEEN->job->clean);
	ck_assert_uint_eq(SEEN->job->nbits, 0x207fffff);
	ck_assert_uint_eq(SEEN->job->version_mask, 0x1fffe000);
	ck_assert_uint_eq(node_server.logins, 1);
	ck_assert_uint_eq(node_server.templates, 1);
	ck_assert_uint_eq(node_server.polls, 1);
	node_close(&node_under_test);
	ck_assert_uint_eq(SEEN->closed, 0);
	node_fixture_run(1);
	ck_assert_uint_eq(SEEN->closed, 1);
	ck_assert_uint_eq(SEEN->lost, 0);
}
END_TEST

static void use_cookie(const char *text)
{
	free(node_conf.cookie_file);
	node_conf.cookie_file = strdup("/cookie");
	fake_disk_put("cookie", text);
}

START_TEST(cookie_is_read_for_each_login)
{
	use_cookie("__cookie__:one\n");
	node_server.password = "one";
	node_fixture_login(1);
	node_close(&node_under_test);
	node_fixture_run(1);
	use_cookie("__cookie__:two");
	node_server.password = "two";
	node_fixture_login(2);
	ck_assert_uint_eq(SEEN->lost, 0);
}
END_TEST

/* The file changes while minerd has the old one in hand. */
static void serve_401_then_write(void)
{
	node_connect(&node_under_test, 1);
	node_fixture_run(2); /* it is read */
	fake_disk_put("cookie", "__cookie__:new");
}

START_TEST(cookie_is_read_anew_after_401)
{
	use_cookie("__cookie__:old");
	node_server.password = "new";
	serve_401_then_write();
	node_fixture_run(100);
	ck_assert_uint_eq(SEEN->ready, 1);
	ck_assert_uint_eq(SEEN->lost, 0);
}
END_TEST

START_TEST(wrong_cookie_is_refused)
{
	use_cookie("__cookie__:old");
	node_server.password = "new";
	node_connect(&node_under_test, 1);
	node_fixture_run(100);
	ck_assert_uint_eq(SEEN->lost, 1);
	ck_assert(SEEN->refused);
	ck_assert_ptr_nonnull(strstr(SEEN->reason, "HTTP 401"));
}
END_TEST

static void loses(const char *reason, bool refused)
{
	unsigned before = SEEN->lost;

	node_connect(&node_under_test, 1);
	node_fixture_run(50);
	ck_assert_uint_eq(SEEN->lost, before + 1);
	ck_assert_msg(strstr(SEEN->reason, reason) != NULL, "\"%s\" is not in: %s", reason,
		      SEEN->reason);
	ck_assert_int_eq(SEEN->refused, refused);
	ck_assert_int_eq(node_under_test.state, NODE_CLOSED);
}

START_TEST(reasons_say_what_is_wrong)
{
	node_server.refuses = true;
	loses("connection refused", false);
	node_server.refuses = false;
	node_server.status = 403;
	loses("HTTP 403", true);
	node_server.status = 503;
	loses("HTTP 503", false);
	node_server.status = 0;
	node_server.chain = "main";
	loses("payout.address is an address of regtest, and the node is on mainnet", true);
	node_server.chain = "regtest";
	node_server.error = "{\"code\":-28,\"message\":\"Loading\"}";
	loses("is starting up", false);
	node_server.error = "{\"code\":-9,\"message\":\"Bitcoin Core is not connected!\"}";
	loses("has no peers", false);
	node_server.error = NULL;
	template_fixture_set(node_server.template, "rules", "[\"!dance\"]");
	loses("\"!dance\", which a miner must follow", false);
	use_cookie(NULL);
	loses("cookie_file /cookie: no such file", false);
}
END_TEST

START_TEST(long_poll_brings_the_next_block_at_once)
{
	node_fixture_login(1);
	node_fixture_new_block();
	node_fixture_run(5);
	ck_assert_uint_eq(SEEN->jobs, 2);
	ck_assert(SEEN->job->clean);
	ck_assert_uint_eq(node_server.polls, 2);
	ck_assert_uint_eq(node_server.templates, 1);
}
END_TEST

/* Its reply was made before the block came that another call told of, and is there after it. */
START_TEST(late_long_poll_does_not_lead_back)
{
	const char *first = "\"0f9188f13cb7b2c71f2a335e3a4fc328bf5beb436012afca590b1a11466e2206\"";
	const char *second = "\"2222222222222222222222222222222222222222222222222222222222222222\"";

	node_fixture_login(1);
	template_fixture_set(node_server.template, "previousblockhash", second);
	node_link_want_template(&node_under_test.link);
	node_fixture_run(10);
	ck_assert_uint_eq(SEEN->jobs, 2);
	template_fixture_set(node_server.template, "previousblockhash", first);
	node_fixture_answer(node_server.poll);
	template_fixture_set(node_server.template, "previousblockhash", second);
	node_fixture_run(10);
	ck_assert_uint_eq(SEEN->jobs, 2);
	ck_assert_uint_eq(node_server.templates, 3);
	ck_assert_uint_eq(node_server.polls, 2);
	/* A reorganisation does, as another call says. */
	template_fixture_set(node_server.template, "previousblockhash", first);
	node_fixture_answer(node_server.poll);
	node_fixture_run(10);
	ck_assert_uint_eq(SEEN->jobs, 3);
}
END_TEST

START_TEST(early_long_polls_are_repeated_once_a_second)
{
	node_server.polls_end = true;
	node_fixture_login(1);
	node_server.polls = 0;
	node_fixture_run(10000);
	ck_assert_uint_ge(node_server.polls, 8);
	ck_assert_uint_le(node_server.polls, 10);
	ck_assert_uint_eq(SEEN->jobs, 1);
}
END_TEST

START_TEST(failed_long_polls_are_repeated_once_a_second)
{
	node_server.poll_error = "the peer closed the connection";
	node_fixture_login(1);
	node_server.polls = 0;
	node_fixture_run(10000);
	ck_assert_uint_ge(node_server.polls, 8);
	ck_assert_uint_le(node_server.polls, 10);
	ck_assert_uint_eq(SEEN->lost, 0);
}
END_TEST

START_TEST(templates_come_each_interval)
{
	node_fixture_login(1);
	node_fixture_run(29000);
	ck_assert_uint_eq(node_server.templates, 1);
	template_fixture_set(node_server.template, "coinbasevalue", "5000000001");
	node_fixture_run(2000);
	ck_assert_uint_eq(node_server.templates, 2);
	ck_assert_uint_eq(SEEN->jobs, 2);
	ck_assert(!SEEN->job->clean);
	/* One that says nothing new is no job. */
	node_fixture_run(30000);
	ck_assert_uint_eq(node_server.templates, 3);
	ck_assert_uint_eq(SEEN->jobs, 2);
	node_link_want_template(&node_under_test.link);
	node_fixture_run(5);
	ck_assert_uint_eq(node_server.templates, 4);
}
END_TEST

START_TEST(shares_are_answered_here)
{
	struct share share;

	node_fixture_login(1);
	node_fixture_find(&share, 1, false);
	ck_assert(node_can_submit(&node_under_test));
	ck_assert(node_submit(&node_under_test, &share, false));
	ck_assert_uint_eq(SEEN->answered, 0);
	node_fixture_run(1);
	ck_assert_uint_eq(SEEN->answered, 1);
	ck_assert(!SEEN->answer.rejected);
	ck_assert(SEEN->answer.no_block);
	ck_assert_uint_eq(node_server.submits, 0);
}
END_TEST

START_TEST(block_answers_its_share)
{
	struct share share;

	node_fixture_login(1);
	node_fixture_find(&share, 1, true);
	ck_assert_uint_eq(SEEN->blocks, 1);
	ck_assert_uint_eq(SEEN->block->height, 1);
	ck_assert(node_submit(&node_under_test, &share, false));
	/* Its successors are worth nothing. */
	ck_assert(!node_can_submit(&node_under_test));
	node_fixture_run(20);
	ck_assert_uint_eq(SEEN->answered, 0);
	ck_assert(node_submit_block(&node_under_test, SEEN->block));
	ck_assert(node_submit_block(&node_under_test, SEEN->block));
	node_server.templates = 0;
	node_fixture_run(20);
	ck_assert_uint_eq(node_server.submits, 1);
	ck_assert_str_eq(node_server.submitted, SEEN->block->hex);
	ck_assert_uint_eq(SEEN->answered, 1);
	ck_assert(!SEEN->answer.rejected && !SEEN->answer.no_block);
	ck_assert_uint_eq(SEEN->block_answers, 1);
	ck_assert_int_eq(SEEN->verdict, BLOCK_ACCEPTED);
	ck_assert_uint_eq(node_server.templates, 1);
	ck_assert(node_can_submit(&node_under_test));
}
END_TEST

/* The node has taken the first one, and its answer is lost: the next one is worth as much. */
START_TEST(block_on_the_next_parent_does_not_wait)
{
	struct share share;

	node_server.verdict = NULL;
	node_fixture_login(1);
	node_fixture_find(&share, 1, true);
	ck_assert(node_submit(&node_under_test, &share, false));
	ck_assert(node_submit_block(&node_under_test, SEEN->block));
	ck_assert(!node_can_submit(&node_under_test));
	node_fixture_new_block();
	node_fixture_run(10);
	ck_assert_uint_eq(SEEN->jobs, 2);
	ck_assert(node_can_submit(&node_under_test));
}
END_TEST

START_TEST(block_of_a_login_that_is_over_is_built)
{
	struct job *job;
	struct share share;

	node_fixture_login(1);
	node_fixture_find(&share, 1, false);
	job = job_ref(share.job);
	node_close(&node_under_test);
	ck_assert(node_found_block(&node_under_test, &share));
	node_fixture_run(1);
	node_fixture_login(2);
	ck_assert(node_found_block(&node_under_test, &share));
	ck_assert_uint_eq(SEEN->blocks, 2);
	/* Of another node, whose jobs have the same numbers. */
	job->session = 7;
	ck_assert(!node_found_block(&node_under_test, &share));
	ck_assert_uint_eq(SEEN->blocks, 2);
	job_unref(job);
}
END_TEST

START_TEST(rival_makes_the_share_stale)
{
	struct share share;

	node_server.verdict = "\"inconclusive\"";
	node_fixture_login(1);
	node_fixture_find(&share, 1, true);
	ck_assert(node_submit(&node_under_test, &share, false));
	ck_assert(node_submit_block(&node_under_test, SEEN->block));
	node_fixture_run(20);
	ck_assert_int_eq(SEEN->verdict, BLOCK_INCONCLUSIVE);
	ck_assert(SEEN->answer.rejected);
	ck_assert_int_eq(SEEN->answer.reason, REJECT_STALE);
}
END_TEST

START_TEST(block_without_an_answer_loses_the_node)
{
	struct share share;

	node_server.verdict = NULL;
	node_fixture_login(1);
	node_fixture_find(&share, 1, true);
	ck_assert(node_submit_block(&node_under_test, SEEN->block));
	node_fixture_run(19000);
	ck_assert_uint_eq(SEEN->lost, 0);
	node_fixture_run(2000);
	ck_assert_uint_eq(SEEN->lost, 1);
	ck_assert_ptr_nonnull(strstr(SEEN->reason, "submitblock: no reply within 20 s"));
	ck_assert_uint_eq(SEEN->block_answers, 0);
}
END_TEST

/* Else the node would take no share any more. */
START_TEST(block_that_cannot_be_sent_loses_the_node)
{
	CLEANUP(job_unrefp) struct job *kept = NULL;
	struct share share;

	node_fixture_login(1);
	kept = job_ref(SEEN->job);
	node_fixture_find(&share, 1, true);
	ck_assert(node_submit(&node_under_test, &share, false));
	fake_http_fail(true);
	ck_assert(!node_submit_block(&node_under_test, SEEN->block));
	ck_assert_uint_eq(SEEN->lost, 0);
	fake_http_fail(false);
	node_under_test.kept = true;
	node_fixture_run(1);
	ck_assert_uint_eq(SEEN->lost, 1);
	node_fixture_login(2);
	ck_assert(node_can_submit(&node_under_test));
	ck_assert(node_submit(&node_under_test, &share, true));
	node_fixture_run(20);
	ck_assert_uint_eq(SEEN->answered, 1);
	ck_assert_uint_eq(node_server.submits, 1);
}
END_TEST

START_TEST(resumed_login_goes_on)
{
	struct share share;
	const struct job *first;
	CLEANUP(job_unrefp) struct job *kept = NULL;

	node_fixture_login(1);
	first = kept = job_ref(SEEN->job);
	node_fixture_find(&share, 1, true);
	share.job = kept;
	node_under_test.kept = true;
	node_close(&node_under_test);
	ck_assert(node_takes_job(&node_under_test, first));
	node_fixture_run(1);
	node_fixture_login(2);
	ck_assert(node_under_test.resumed);
	ck_assert_uint_eq(SEEN->job->session, 1);
	ck_assert(!SEEN->job->clean);
	ck_assert(node_submit(&node_under_test, &share, true));
	node_fixture_run(20);
	ck_assert_uint_eq(node_server.submits, 1);
	ck_assert_uint_eq(SEEN->answered, 1);
	/* Another one begins anew. */
	node_close(&node_under_test);
	node_fixture_run(1);
	node_fixture_login(3);
	ck_assert(!node_under_test.resumed);
	ck_assert_uint_eq(SEEN->job->session, 3);
}
END_TEST

/* Another node may have answered it meanwhile, so that nobody else submits it here. */
START_TEST(block_of_the_login_before_is_sent_with_its_share)
{
	CLEANUP(job_unrefp) struct job *kept = NULL;
	struct share share;

	node_fixture_login(1);
	kept = job_ref(SEEN->job);
	node_under_test.kept = true;
	node_close(&node_under_test);
	node_fixture_find(&share, 1, true);
	node_fixture_run(1);
	node_fixture_login(2);
	ck_assert_uint_eq(SEEN->blocks, 1);
	ck_assert(node_submit(&node_under_test, &share, false));
	ck_assert_uint_eq(SEEN->blocks, 2); /* who keeps it decides when it is sent */
	node_fixture_run(20);
	ck_assert_uint_eq(node_server.submits, 1);
	ck_assert_uint_eq(SEEN->answered, 1);
	ck_assert(node_can_submit(&node_under_test));
}
END_TEST

START_TEST(blocks_are_asked_for)
{
	const struct target hash = {.word[0] = 7};

	node_fixture_login(1);
	ck_assert(node_ask_block(&node_under_test, &hash));
	node_fixture_run(10);
	ck_assert_uint_eq(SEEN->seen, 1);
	ck_assert_int_eq(SEEN->confirmations, 1);
	node_server.error = "{\"code\":-5,\"message\":\"Block not found\"}";
	ck_assert(node_ask_block(&node_under_test, &hash));
	node_fixture_run(10);
	ck_assert_uint_eq(SEEN->seen, 2);
	ck_assert_int_eq(SEEN->confirmations, -1);
}
END_TEST

/* Whatever the call is that there is no memory for, no timer of the lost login goes on. */
static void lose_without_memory(unsigned ms)
{
	unsigned before = SEEN->lost;

	fake_http_fail(true);
	node_fixture_run(ms);
	ck_assert_uint_eq(SEEN->lost, before + 1);
	ck_assert_ptr_nonnull(strstr(SEEN->reason, "no memory"));
	node_fixture_run(120 * 1000);
	fake_http_fail(false);
	ck_assert_uint_eq(SEEN->lost, before + 1);
}

START_TEST(lost_without_memory_for_a_call)
{
	/* Of each template_interval. */
	node_fixture_login(1);
	lose_without_memory(31 * 1000);
	/* A long poll. */
	node_fixture_login(2);
	node_fixture_new_block();
	lose_without_memory(10);
	/* At the moment when the difficulty falls. */
	node_fixture_login_on_testnet(3);
	lose_without_memory(202 * 1000);
}
END_TEST

/* The loop has ended before what was under way. */
START_TEST(ends_with_the_ring)
{
	node_fixture_login(1);
	ck_assert_uint_eq(fake_http_busy(), 1);
	ring_deinit(node_under_test.settings.ring);
	node_deinit(&node_under_test);
	ck_assert_uint_eq(fake_http_busy(), 0);
	json_object_put(node_server.template);
	job_unref(SEEN->job);
	conf_pool_deinit(&node_conf);
	node_fixture_setup();
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("node");
	TCase *t = tcase_create("node");

	tcase_add_checked_fixture(t, node_fixture_setup, node_fixture_teardown);
	tcase_add_test(t, login_gives_a_job);
	tcase_add_test(t, cookie_is_read_for_each_login);
	tcase_add_test(t, cookie_is_read_anew_after_401);
	tcase_add_test(t, wrong_cookie_is_refused);
	tcase_add_test(t, reasons_say_what_is_wrong);
	tcase_add_test(t, long_poll_brings_the_next_block_at_once);
	tcase_add_test(t, late_long_poll_does_not_lead_back);
	tcase_add_test(t, early_long_polls_are_repeated_once_a_second);
	tcase_add_test(t, failed_long_polls_are_repeated_once_a_second);
	tcase_add_test(t, templates_come_each_interval);
	tcase_add_test(t, shares_are_answered_here);
	tcase_add_test(t, block_answers_its_share);
	tcase_add_test(t, block_on_the_next_parent_does_not_wait);
	tcase_add_test(t, block_of_a_login_that_is_over_is_built);
	tcase_add_test(t, rival_makes_the_share_stale);
	tcase_add_test(t, block_without_an_answer_loses_the_node);
	tcase_add_test(t, block_that_cannot_be_sent_loses_the_node);
	tcase_add_test(t, resumed_login_goes_on);
	tcase_add_test(t, block_of_the_login_before_is_sent_with_its_share);
	tcase_add_test(t, blocks_are_asked_for);
	tcase_add_test(t, lost_without_memory_for_a_call);
	tcase_add_test(t, ends_with_the_ring);
	suite_add_tcase(suite, t);
	return suite_main(suite);
}
