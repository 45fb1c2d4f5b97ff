/* SPDX-License-Identifier: MIT */
/*
 * Logins that end before they get anywhere, and servers that fall silent: shares that wait are not
 * lost by them, and the request that they come of is found.
 */
#include <check.h>
#include <stdio.h>
#include <string.h>

#include "common/clock.h"
#include "iterate_fixture.h"
#include "jump_clock.h"
#include "login_fixture.h"
#include "memory_fixture.h"
#include "share_stats_fixture.h"
#include "suite_main.h"

#define SUBSCRIBED                                                              \
	"{\"id\":2,\"result\":[[[\"mining.notify\",\"first-id\"]],\"0000\",4]," \
	"\"error\":null}\n"

#define EARLY_JOB(id, coinbase)                                                            \
	"{\"id\":null,\"method\":\"mining.notify\",\"params\":[\"" id "\","                \
	"\"6b02d1ed6b02d1ed6b02d1ed6b02d1ed6b02d1ed6b02d1ed6b02d1ed6b02d1ed\",\"" coinbase \
	"\",\"02\",[],\"20000000\",\"1c00ffff\",\"6b02d1ed\",true]}"

#define DIFFICULTY(number) \
	"{\"id\":null,\"method\":\"mining.set_difficulty\",\"params\":[" number "]}\n"

static struct login_fixture fixture;

static void setup(void)
{
	login_fixture_init(&fixture);
}

static void teardown(void)
{
	login_fixture_deinit(&fixture);
}

static const struct share_stats *stats(void)
{
	return &fixture.pools->stats;
}

/* Nothing was lost: both shares of login_fixture_break() are accepted by the same login. */
static void check_resumed(void)
{
	ITERATE_UNTIL(&fixture.ring, fixture.work);
	ck_assert_uint_eq(fixture.work->session, fixture.before->session);
	ITERATE_UNTIL(&fixture.ring, stats()->accepted == 2);
	ck_assert_uint_eq(stats()->unanswered + stats()->stale + stats()->dropped, 0);
	login_fixture_check_accounting(&fixture);
}

/* The loss before had nothing to keep: its time is not that of this one. */
START_TEST(a_loss_an_hour_after_another)
{
	char id[16];

	ITERATE_UNTIL(&fixture.ring, fixture.work);
	login_fixture_lose(&fixture);
	ITERATE_UNTIL(&fixture.ring, fixture.work);
	for (unsigned i = 0; i < 40; i++) {
		jump_clock(90 * CLOCK_S);
		snprintf(id, sizeof(id), "j%u", i);
		login_fixture_next_job(&fixture, id);
	}
	login_fixture_break(&fixture);
	check_resumed();
}
END_TEST

START_TEST(silent_to_configure_and_subscribe)
{
	login_fixture_break(&fixture);
	fixture.server.deaf = "";
	ITERATE_UNTIL(&fixture.ring, strcmp(fixture.server.methods, " configure") == 0);
	jump_clock((HANDSHAKE_CONFIGURE_TIMEOUT + 1) * CLOCK_S);
	ITERATE_UNTIL(&fixture.ring, strcmp(fixture.server.methods, " configure subscribe") == 0);
	jump_clock((HANDSHAKE_CONFIGURE_TIMEOUT + 1) * CLOCK_S);
	ITERATE_UNTIL(&fixture.ring, login_fixture_pool(&fixture)->state == POOL_WAITING ||
					     fixture.server.connects == 3);
	fixture.server.deaf = NULL;
	check_resumed();
}
END_TEST

START_TEST(closed_at_authorize)
{
	login_fixture_break(&fixture);
	fixture.server.close_on = "mining.authorize";
	ITERATE_UNTIL(&fixture.ring, fixture.server.connects == 2);
	ITERATE_UNTIL(&fixture.ring, login_fixture_pool(&fixture)->state == POOL_WAITING);
	fixture.server.close_on = NULL;
	check_resumed();
}
END_TEST

/* Seconds until there is work again, of a clock that is put on. */
static unsigned wait_for_work(unsigned most)
{
	unsigned seconds = 0;

	while (!fixture.work && seconds < most) {
		iterate_for(&fixture.ring, 20 * CLOCK_MS);
		if (fixture.work)
			break;
		jump_clock(CLOCK_S);
		seconds++;
	}
	return seconds;
}

/* A server that says nothing more once it was given the id of a lost session. */
START_TEST(silent_on_resume)
{
	char id[16];

	fixture.server.deaf = "\"first-id\"";
	for (unsigned loss = 0; loss < 3; loss++) {
		ITERATE_UNTIL(&fixture.ring, fixture.work);
		login_fixture_lose(&fixture);
		ck_assert_uint_lt(wait_for_work(200), loss ? 10 : 100);
		/* Long enough to be a login that got somewhere. */
		for (unsigned i = 0; i < 4; i++) {
			jump_clock(10 * CLOCK_S);
			snprintf(id, sizeof(id), "%u.%u", loss, i);
			login_fixture_next_job(&fixture, id);
		}
	}
	ck_assert(!login_fixture_wants(&fixture, OPTIONAL_RESUME));
}
END_TEST

START_TEST(silent_after_a_request)
{
	static const struct {
		const char *deaf;
		enum optional_request request;
	} cases[] = {
		{"mining.suggest_difficulty", OPTIONAL_SUGGEST_EARLY},
		{"mining.extranonce.subscribe", OPTIONAL_EXTRANONCE},
	};

	login_fixture_deinit(&fixture);
	login_fixture_init_suggesting(&fixture, 5);
	fixture.server.deaf = cases[_i].deaf;
	/* Its job comes with the reply to authorize. */
	fixture.server.no_job = cases[_i].request == OPTIONAL_EXTRANONCE;
	ITERATE_UNTIL(&fixture.ring, fixture.server.is_deaf);
	jump_clock(121 * CLOCK_S);
	ITERATE_UNTIL(&fixture.ring, login_fixture_pool(&fixture)->state == POOL_WAITING ||
					     fixture.server.connects == 2);
	ck_assert(!login_fixture_wants(&fixture, cases[_i].request));
	ck_assert_ptr_nonnull(strstr(login_fixture_pool(&fixture)->history.last_loss,
				     "left out of the next logins"));
	fixture.server.no_job = false;
	ITERATE_UNTIL(&fixture.ring, fixture.work);
}
END_TEST

/* Seconds go by until the login is given up, and the next one has work. */
static void wait_for_next_login(unsigned seconds)
{
	unsigned before = fixture.server.connects;

	jump_clock(seconds * CLOCK_S);
	ITERATE_UNTIL(&fixture.ring, !fixture.work);
	fixture.server.no_job = false;
	ITERATE_UNTIL(&fixture.ring, fixture.server.connects > before && fixture.work);
}

/* It was silent to mining.configure before the login, and after a later one is so altogether. */
START_TEST(silent_after_a_late_configure)
{
	fixture.server.silent_configure = true;
	ITERATE_UNTIL(&fixture.ring, fixture.server.configures == 1);
	jump_clock((HANDSHAKE_CONFIGURE_TIMEOUT + 1) * CLOCK_S);
	ITERATE_UNTIL(&fixture.ring, fixture.work);
	/* No request is to blame for this end. */
	jump_clock((OPTIONAL_REQUESTS_SHORT + 1) * CLOCK_S);
	fixture.server.deaf = "mining.configure";
	fixture.server.no_job = true;
	stream_close(&fixture.server.stream);
	ITERATE_UNTIL(&fixture.ring, fixture.server.is_deaf);
	wait_for_next_login(121);
	ck_assert(!login_fixture_wants(&fixture, OPTIONAL_CONFIGURE));
	ck_assert(login_fixture_wants(&fixture, OPTIONAL_EXTRANONCE));
}
END_TEST

/* It has said something before it falls silent. */
START_TEST(greets_and_is_silent_to_configure)
{
	fixture.server.deaf = "mining.configure";
	ITERATE_UNTIL(&fixture.ring, fixture.server.is_deaf);
	server_say(&fixture.server, DIFFICULTY("1"));
	ITERATE_UNTIL(&fixture.ring, login_fixture_session(&fixture)->login.heard_ns);
	jump_clock((HANDSHAKE_CONFIGURE_TIMEOUT + 1) * CLOCK_S);
	ITERATE_UNTIL(&fixture.ring, strcmp(fixture.server.methods, " configure subscribe") == 0);
	jump_clock(31 * CLOCK_S);
	ITERATE_UNTIL(&fixture.ring, fixture.work);
	ck_assert_ptr_nonnull(strstr(fixture.server.methods, " subscribe authorize"));
	ck_assert_uint_eq(fixture.server.connects, 2);
}
END_TEST

/* It is what the pool allows from now on: shares of the job before it are as good. */
START_TEST(shares_from_before_a_mask)
{
	ITERATE_UNTIL(&fixture.ring, fixture.work);
	fixture.before = job_ref(fixture.work);
	server_say(&fixture.server, "{\"id\":null,\"method\":\"mining.set_version_mask\","
				    "\"params\":[\"1fff0000\"]}\n");
	ITERATE_UNTIL(&fixture.ring, fixture.work != fixture.before);
	login_fixture_give(&fixture, fixture.before, 1);
	ITERATE_UNTIL(&fixture.ring, stats()->accepted == 1);
	login_fixture_check_accounting(&fixture);
}
END_TEST

/* "Duplicate" is what a pool that took them says of shares that are sent again. */
START_TEST(rejects_of_shares_sent_again)
{
	ITERATE_UNTIL(&fixture.ring, fixture.work);
	fixture.before = job_ref(fixture.work);
	fixture.server.silent_submits = true;
	for (unsigned i = 1; i <= 4; i++)
		login_fixture_give(&fixture, fixture.before, i);
	ITERATE_UNTIL(&fixture.ring, fixture.server.submits == 4);
	login_fixture_lose(&fixture);
	fixture.server.silent_submits = false;
	fixture.server.reject = true;
	fixture.server.error = "[22,\"Duplicate share\",null]";
	ITERATE_UNTIL(&fixture.ring, stats()->unanswered == 4);
	fixture.server.error = "[21,\"Job not found\",null]";
	jump_clock(40 * CLOCK_S);
	login_fixture_next_job(&fixture, "next");
	login_fixture_give(&fixture, fixture.before, 50);
	ITERATE_UNTIL(&fixture.ring, stats()->stale == 1);
	login_fixture_next_job(&fixture, "one more");
	ck_assert_uint_eq(fixture.server.connects, 2);
}
END_TEST

/* Answered or not: what was sent before each end is left out in the end. */
START_TEST(closed_over_what_was_answered)
{
	fixture.server.close_after = "mining.configure";
	fixture.server.refuse_configure = _i;
	ITERATE_UNTIL(&fixture.ring, fixture.work);
	iterate_for(&fixture.ring, 20 * CLOCK_MS);
	ck_assert_ptr_nonnull(fixture.work);
	ck_assert(!login_fixture_wants(&fixture, OPTIONAL_CONFIGURE));
	ck_assert_uint_eq(fixture.server.connects, _i ? 2 : 1 + OPTIONAL_REQUESTS_LOSSES);
}
END_TEST

/* A server that is down behind something that accepts for it: nothing is unlearnt. */
START_TEST(down_behind_a_balancer)
{
	ITERATE_UNTIL(&fixture.ring, fixture.work);
	ck_assert_uint_eq(fixture.work->version_mask, 0x1fffe000);
	jump_clock(60 * CLOCK_S);
	login_fixture_next_job(&fixture, "later");
	fixture.server.close_on = "mining.";
	login_fixture_lose(&fixture);
	ITERATE_UNTIL(&fixture.ring,
		      fixture.server.connects == 1u + OPTIONAL_REQUESTS_LOSSES + (unsigned)_i);
	fixture.server.close_on = NULL;
	ITERATE_UNTIL(&fixture.ring, fixture.work && fixture.work->version_mask == 0x1fffe000);
	for (unsigned i = 0; i < OPTIONAL_N; i++)
		ck_assert(login_fixture_wants(&fixture, i));
}
END_TEST

/* Each login lasts some seconds and gets shares accepted: no request ends it. */
START_TEST(kicked_every_few_seconds)
{
	char id[16];

	for (unsigned i = 0; i < 8; i++) {
		ITERATE_UNTIL(&fixture.ring,
			      fixture.work && fixture.work->version_mask == 0x1fffe000);
		login_fixture_give(&fixture, fixture.work, 100 + i);
		ITERATE_UNTIL(&fixture.ring, stats()->accepted == i + 1);
		jump_clock(5 * CLOCK_S);
		snprintf(id, sizeof(id), "%u", i);
		login_fixture_next_job(&fixture, id);
		login_fixture_lose(&fixture);
	}
	ck_assert(login_fixture_wants(&fixture, OPTIONAL_CONFIGURE));
}
END_TEST

/* Each of its replies to a login comes late: it is a login all the same. */
START_TEST(slow_to_configure_and_to_subscribe)
{
	fixture.server.deaf = "";
	ITERATE_UNTIL(&fixture.ring, strcmp(fixture.server.methods, " configure") == 0);
	jump_clock((HANDSHAKE_CONFIGURE_TIMEOUT + 1) * CLOCK_S);
	ITERATE_UNTIL(&fixture.ring, strcmp(fixture.server.methods, " configure subscribe") == 0);
	server_say(&fixture.server,
		   "{\"id\":1,\"result\":{\"version-rolling\":true,\"version-rolling.mask\""
		   ":\"1fffe000\"},\"error\":null}\n");
	ITERATE_UNTIL(&fixture.ring, login_fixture_session(&fixture)->login.rolling);
	jump_clock((HANDSHAKE_CONFIGURE_TIMEOUT + 1) * CLOCK_S);
	iterate_for(&fixture.ring, 20 * CLOCK_MS);
	fixture.server.is_deaf = false;
	fixture.server.deaf = NULL;
	server_say(&fixture.server, SUBSCRIBED);
	ITERATE_UNTIL(&fixture.ring, fixture.work);
	ck_assert_uint_eq(fixture.server.connects, 1);
	ck_assert_uint_eq(fixture.work->version_mask, 0x1fffe000);
}
END_TEST

/* What comes before the reply to subscribe: a good job is not lost to a bad one after it. */
START_TEST(jobs_before_the_extranonces)
{
	fixture.server.no_job = true;
	fixture.server.deaf = "mining.subscribe";
	ITERATE_UNTIL(&fixture.ring, fixture.server.is_deaf);
	server_say(&fixture.server, "{\"id\":null,\"method\":\"mining.set_extranonce\",\"params\":"
				    "[\"ffffffffff\",2]}\n");
	server_say(&fixture.server, DIFFICULTY("7") EARLY_JOB("early", "01") "\n" DIFFICULTY("3"));
	server_say(&fixture.server, EARLY_JOB("bad", "xx") "\n");
	fixture.server.is_deaf = false;
	fixture.server.deaf = NULL;
	server_say(&fixture.server, SUBSCRIBED);
	ITERATE_UNTIL(&fixture.ring, fixture.work);
	ck_assert_str_eq(fixture.work->id, "early");
	ck_assert_double_eq(fixture.work->difficulty, 7);
	ck_assert_double_eq(login_fixture_session(&fixture)->login.terms.difficulty, 3);
	ck_assert_uint_eq(fixture.work->extranonce2_size, 4);
	ck_assert_uint_eq(fixture.work->extranonce2_offset, 1 + 2);
	ck_assert_uint_eq(login_fixture_session(&fixture)->login.invalid.count, 1);
}
END_TEST

START_TEST(nul_bytes_around_an_early_job)
{
	static const char job[] = EARLY_JOB("early", "01");
	static const char nul[64] = "";

	fixture.server.no_job = true;
	fixture.server.deaf = "mining.subscribe";
	ITERATE_UNTIL(&fixture.ring, fixture.server.is_deaf);
	if (_i)
		server_say_bytes(&fixture.server, nul, sizeof(nul));
	server_say_bytes(&fixture.server, job, strlen(job));
	server_say_bytes(&fixture.server, nul, sizeof(nul));
	server_say_bytes(&fixture.server, "\n", 1);
	fixture.server.is_deaf = false;
	fixture.server.deaf = NULL;
	server_say(&fixture.server, SUBSCRIBED);
	ITERATE_UNTIL(&fixture.ring, fixture.work);
	ck_assert_str_eq(fixture.work->id, "early");
}
END_TEST

/* A line is odd once, whatever is on it, and what is behind a few messages is not read. */
START_TEST(lines_full_of_messages)
{
	char line[256] = "";

	ITERATE_UNTIL(&fixture.ring, fixture.work);
	server_say(&fixture.server, "[] [] [] [] [] [] [] [] [] [] [] []\n");
	login_fixture_next_job(&fixture, "after");
	ck_assert_uint_eq(login_fixture_session(&fixture)->login.invalid.count, 1);
	ck_assert_uint_eq(fixture.server.connects, 1);
	for (unsigned i = 1; i <= DISPATCH_LINE_MESSAGES + 2; i++)
		snprintf(line + strlen(line), sizeof(line) - strlen(line), "{\"id\":%u}",
			 90000 + i);
	strcat(line, "\n");
	server_say(&fixture.server, line);
	login_fixture_next_job(&fixture, "and after");
	ck_assert_uint_eq(login_fixture_session(&fixture)->login.invalid.count, 2);
	ck_assert_uint_eq(fixture.server.connects, 1);
}
END_TEST

/* Three hashes that are blocks and no shares, found at once. */
static void give_blocks(uint32_t nonce)
{
	for (unsigned i = 0; i < 3; i++)
		login_fixture_give_block(&fixture, fixture.work, nonce + i);
	login_fixture_check_accounting(&fixture);
}

/* One at a time for each parent: the next one if it is rejected, none once one is accepted. */
START_TEST(blocks_that_are_no_shares)
{
	ITERATE_UNTIL(&fixture.ring, fixture.work);
	server_say(&fixture.server, DIFFICULTY("1e15"));
	login_fixture_next_job(&fixture, "hard");
	fixture.server.reject = true;
	give_blocks(1);
	ck_assert_uint_eq(stats()->found, 1);
	ITERATE_UNTIL(&fixture.ring, stats()->rejected == 3);
	ck_assert_uint_eq(stats()->found, 3);
	fixture.server.reject = false;
	give_blocks(11);
	ITERATE_UNTIL(&fixture.ring, stats()->accepted == 1);
	give_blocks(21);
	login_fixture_next_job(&fixture, "the same parent");
	give_blocks(31);
	login_fixture_next_job(&fixture, "and again");
	ck_assert_uint_eq(fixture.server.submits, 4);
	/* Back from another parent: the block was not one, or is one no more. */
	fixture.server.block++;
	login_fixture_next_job(&fixture, "another parent");
	fixture.server.block--;
	login_fixture_next_job(&fixture, "back");
	give_blocks(41);
	ITERATE_UNTIL(&fixture.ring, stats()->accepted == 2);
	ck_assert_uint_eq(fixture.pools->stats.blocks.accepted, 1);
	login_fixture_check_accounting(&fixture);
}
END_TEST

/* An attempt with so many allocations before they fail; false: it was no failure. */
static bool try_with(struct pool *pool, unsigned allocations)
{
	unsigned failures = pool->health.outage.failures;

	pool_retry_now(pool);
	memory_fixture_fail(allocations + 1);
	while (!fixture.work && pool->health.outage.failures == failures)
		if (ring_iterate(&fixture.ring) < 0)
			break;
	memory_fixture_fail(0);
	return pool->health.outage.failures > failures;
}

/* A connection without TLS does not fail in its handshake. */
START_TEST(no_memory_to_receive)
{
	static const char wanted[] = "receive buffer: Cannot allocate memory";
	struct pool *pool = login_fixture_pool(&fixture);
	bool seen = false;

	if (!memory_fixture_works())
		return;
	ITERATE_UNTIL(&fixture.ring, fixture.work);
	login_fixture_lose(&fixture);
	for (unsigned i = 0; !seen && try_with(pool, i); i++) {
		ck_assert_ptr_null(strstr(pool->history.last_error, "TLS handshake"));
		seen = strcmp(pool->history.last_error, wanted) == 0;
	}
	ck_assert(seen);
	pool_retry_now(pool);
	ITERATE_UNTIL(&fixture.ring, fixture.work);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("lost_login");
	TCase *tests = tcase_create("lost_login");

	tcase_add_checked_fixture(tests, setup, teardown);
	tcase_set_timeout(tests, 60);
	tcase_add_test(tests, a_loss_an_hour_after_another);
	tcase_add_test(tests, silent_to_configure_and_subscribe);
	tcase_add_test(tests, closed_at_authorize);
	tcase_add_test(tests, silent_on_resume);
	tcase_add_loop_test(tests, silent_after_a_request, 0, 2);
	tcase_add_test(tests, silent_after_a_late_configure);
	tcase_add_test(tests, greets_and_is_silent_to_configure);
	tcase_add_test(tests, shares_from_before_a_mask);
	tcase_add_test(tests, rejects_of_shares_sent_again);
	tcase_add_loop_test(tests, closed_over_what_was_answered, 0, 2);
	tcase_add_loop_test(tests, down_behind_a_balancer, 0, 6);
	tcase_add_test(tests, kicked_every_few_seconds);
	tcase_add_test(tests, slow_to_configure_and_to_subscribe);
	tcase_add_test(tests, jobs_before_the_extranonces);
	tcase_add_loop_test(tests, nul_bytes_around_an_early_job, 0, 2);
	tcase_add_test(tests, lines_full_of_messages);
	tcase_add_test(tests, blocks_that_are_no_shares);
	tcase_add_test(tests, no_memory_to_receive);
	suite_add_tcase(suite, tests);
	return suite_main(suite);
}
