/* SPDX-License-Identifier: MIT */
/*
 * Logins that end before they get anywhere, and servers that fall silent: shares that wait are not
 * lost by them, and the request that they come of is found.
 */
#include <check.h>
#include <stdio.h>
#include <string.h>

#include "books_kit.h"
#include "common/cleanup.h"
#include "common/clock.h"
#include "common/container.h"
#include "jump_clock.h"
#include "login_kit.h"
#include "suite_kit.h"
#include "turn_kit.h"

#define SUBSCRIBED                                                              \
	"{\"id\":2,\"result\":[[[\"mining.notify\",\"first-id\"]],\"0000\",4]," \
	"\"error\":null}\n"

#define EARLY_JOB(id, coinbase)                                                            \
	"{\"id\":null,\"method\":\"mining.notify\",\"params\":[\"" id "\","                \
	"\"6b02d1ed6b02d1ed6b02d1ed6b02d1ed6b02d1ed6b02d1ed6b02d1ed6b02d1ed\",\"" coinbase \
	"\",\"02\",[],\"20000000\",\"1c00ffff\",\"6b02d1ed\",true]}"

#define DIFFICULTY(number) \
	"{\"id\":null,\"method\":\"mining.set_difficulty\",\"params\":[" number "]}\n"

static struct login_kit kit;
static struct job *before; /* a reference to what was on the workers before break_it() */

static void setup(void)
{
	login_kit_init(&kit);
}

static void teardown(void)
{
	job_unref(TAKE(before));
	login_kit_deinit(&kit);
}

static struct pool *pool(void)
{
	return kit.pools->order[0];
}

static const struct ledger *books(void)
{
	return &kit.pools->ledger;
}

/* What comes next is ignored, so that all of it is there when the next job is. */
static void next_job(const char *id)
{
	server_job(&kit.server, id, false);
	TURN_UNTIL(&kit.ring, kit.work && strcmp(kit.work->id, id) == 0);
}

static void lose_it(void)
{
	stream_close(&kit.server.stream);
	TURN_UNTIL(&kit.ring, !kit.work);
}

/* One share is on its way when the connection ends, another one is found after that. */
static void break_it(void)
{
	TURN_UNTIL(&kit.ring, kit.work);
	job_unref(TAKE(before));
	before = job_ref(kit.work);
	kit.server.silent_submits = true;
	kit.server.submits = 0;
	login_kit_give(&kit, before, 1);
	TURN_UNTIL(&kit.ring, kit.server.submits == 1);
	lose_it();
	login_kit_give(&kit, before, 2);
	kit.server.silent_submits = false;
	login_kit_check_books(&kit);
}

/* Nothing was lost: both shares of break_it() are accepted by the same login. */
static void check_resumed(void)
{
	TURN_UNTIL(&kit.ring, kit.work);
	ck_assert_uint_eq(kit.work->session, before->session);
	TURN_UNTIL(&kit.ring, books()->accepted == 2);
	ck_assert_uint_eq(books()->unanswered + books()->stale + books()->dropped, 0);
	login_kit_check_books(&kit);
}

/* The loss before had nothing to keep: its time is not that of this one. */
START_TEST(a_loss_an_hour_after_another)
{
	char id[16];

	TURN_UNTIL(&kit.ring, kit.work);
	lose_it();
	TURN_UNTIL(&kit.ring, kit.work);
	for (unsigned i = 0; i < 40; i++) {
		jump_clock(90 * CLOCK_S);
		snprintf(id, sizeof(id), "j%u", i);
		next_job(id);
	}
	break_it();
	check_resumed();
}
END_TEST

START_TEST(silent_to_configure_and_subscribe)
{
	break_it();
	kit.server.deaf = "";
	TURN_UNTIL(&kit.ring, strcmp(kit.server.methods, " configure") == 0);
	jump_clock((SESSION_CONFIGURE_TIMEOUT + 1) * CLOCK_S);
	TURN_UNTIL(&kit.ring, strcmp(kit.server.methods, " configure subscribe") == 0);
	jump_clock((SESSION_CONFIGURE_TIMEOUT + 1) * CLOCK_S);
	TURN_UNTIL(&kit.ring, pool()->state == POOL_WAITING || kit.server.connects == 3);
	kit.server.deaf = NULL;
	check_resumed();
}
END_TEST

START_TEST(closed_at_authorize)
{
	break_it();
	kit.server.close_on = "mining.authorize";
	TURN_UNTIL(&kit.ring, kit.server.connects == 2);
	TURN_UNTIL(&kit.ring, pool()->state == POOL_WAITING);
	kit.server.close_on = NULL;
	check_resumed();
}
END_TEST

/* Seconds until there is work again, of a clock that is put on. */
static unsigned wait_for_work(unsigned most)
{
	unsigned seconds = 0;

	while (!kit.work && seconds < most) {
		turn_kit_for(&kit.ring, 20 * CLOCK_MS);
		if (kit.work)
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

	kit.server.deaf = "\"first-id\"";
	for (unsigned loss = 0; loss < 3; loss++) {
		TURN_UNTIL(&kit.ring, kit.work);
		lose_it();
		ck_assert_uint_lt(wait_for_work(200), loss ? 10 : 100);
		/* Long enough to be a login that got somewhere. */
		for (unsigned i = 0; i < 4; i++) {
			jump_clock(10 * CLOCK_S);
			snprintf(id, sizeof(id), "%u.%u", loss, i);
			next_job(id);
		}
	}
	ck_assert(!optional_wanted(&pool()->session.optional, OPTIONAL_RESUME));
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

	login_kit_deinit(&kit);
	login_kit_init_suggesting(&kit, 5);
	kit.server.deaf = cases[_i].deaf;
	/* Its job comes with the reply to authorize. */
	kit.server.no_job = cases[_i].request == OPTIONAL_EXTRANONCE;
	TURN_UNTIL(&kit.ring, kit.server.is_deaf);
	jump_clock(121 * CLOCK_S);
	TURN_UNTIL(&kit.ring, pool()->state == POOL_WAITING || kit.server.connects == 2);
	ck_assert(!optional_wanted(&pool()->session.optional, cases[_i].request));
	ck_assert_ptr_nonnull(strstr(pool()->last_loss, "left out of the next logins"));
	kit.server.no_job = false;
	TURN_UNTIL(&kit.ring, kit.work);
}
END_TEST

/* It is what the pool allows from now on: shares of the job before it are as good. */
START_TEST(shares_from_before_a_mask)
{
	TURN_UNTIL(&kit.ring, kit.work);
	before = job_ref(kit.work);
	server_say(&kit.server, "{\"id\":null,\"method\":\"mining.set_version_mask\","
				"\"params\":[\"1fff0000\"]}\n");
	TURN_UNTIL(&kit.ring, kit.work != before);
	login_kit_give(&kit, before, 1);
	TURN_UNTIL(&kit.ring, books()->accepted == 1);
	login_kit_check_books(&kit);
}
END_TEST

/* "Duplicate" is what a pool that took them says of shares that are sent again. */
START_TEST(rejects_of_shares_sent_again)
{
	TURN_UNTIL(&kit.ring, kit.work);
	before = job_ref(kit.work);
	kit.server.silent_submits = true;
	for (unsigned i = 1; i <= 4; i++)
		login_kit_give(&kit, before, i);
	TURN_UNTIL(&kit.ring, kit.server.submits == 4);
	lose_it();
	kit.server.silent_submits = false;
	kit.server.reject = true;
	kit.server.error = "[22,\"Duplicate share\",null]";
	TURN_UNTIL(&kit.ring, books()->unanswered == 4);
	kit.server.error = "[21,\"Job not found\",null]";
	jump_clock(40 * CLOCK_S);
	next_job("next");
	login_kit_give(&kit, before, 50);
	TURN_UNTIL(&kit.ring, books()->stale == 1);
	next_job("one more");
	ck_assert_uint_eq(kit.server.connects, 2);
}
END_TEST

/* Answered or not: what was sent before each end is left out in the end. */
START_TEST(closed_over_what_was_answered)
{
	kit.server.close_after = "mining.configure";
	kit.server.refuse_configure = _i;
	TURN_UNTIL(&kit.ring, kit.work);
	turn_kit_for(&kit.ring, 20 * CLOCK_MS);
	ck_assert_ptr_nonnull(kit.work);
	ck_assert(!optional_wanted(&pool()->session.optional, OPTIONAL_CONFIGURE));
	ck_assert_uint_eq(kit.server.connects, _i ? 2 : 1 + OPTIONAL_REQUESTS_LOSSES);
}
END_TEST

/* A server that is down behind something that accepts for it: nothing is unlearnt. */
START_TEST(down_behind_a_balancer)
{
	TURN_UNTIL(&kit.ring, kit.work);
	ck_assert_uint_eq(kit.work->version_mask, 0x1fffe000);
	jump_clock(60 * CLOCK_S);
	next_job("later");
	kit.server.close_on = "mining.";
	lose_it();
	TURN_UNTIL(&kit.ring, kit.server.connects == 1u + OPTIONAL_REQUESTS_LOSSES + (unsigned)_i);
	kit.server.close_on = NULL;
	TURN_UNTIL(&kit.ring, kit.work && kit.work->version_mask == 0x1fffe000);
	for (unsigned i = 0; i < OPTIONAL_N; i++)
		ck_assert(optional_wanted(&pool()->session.optional, i));
}
END_TEST

/* Each login lasts some seconds and gets shares accepted: no request ends it. */
START_TEST(kicked_every_few_seconds)
{
	char id[16];

	for (unsigned i = 0; i < 8; i++) {
		TURN_UNTIL(&kit.ring, kit.work && kit.work->version_mask == 0x1fffe000);
		login_kit_give(&kit, kit.work, 100 + i);
		TURN_UNTIL(&kit.ring, books()->accepted == i + 1);
		jump_clock(5 * CLOCK_S);
		snprintf(id, sizeof(id), "%u", i);
		next_job(id);
		lose_it();
	}
	ck_assert(optional_wanted(&pool()->session.optional, OPTIONAL_CONFIGURE));
}
END_TEST

/* Each of its replies to a login comes late: it is a login all the same. */
START_TEST(slow_to_configure_and_to_subscribe)
{
	kit.server.deaf = "";
	TURN_UNTIL(&kit.ring, strcmp(kit.server.methods, " configure") == 0);
	jump_clock((SESSION_CONFIGURE_TIMEOUT + 1) * CLOCK_S);
	TURN_UNTIL(&kit.ring, strcmp(kit.server.methods, " configure subscribe") == 0);
	server_say(&kit.server,
		   "{\"id\":1,\"result\":{\"version-rolling\":true,\"version-rolling.mask\""
		   ":\"1fffe000\"},\"error\":null}\n");
	TURN_UNTIL(&kit.ring, pool()->session.rolling);
	jump_clock((SESSION_CONFIGURE_TIMEOUT + 1) * CLOCK_S);
	turn_kit_for(&kit.ring, 20 * CLOCK_MS);
	kit.server.is_deaf = false;
	kit.server.deaf = NULL;
	server_say(&kit.server, SUBSCRIBED);
	TURN_UNTIL(&kit.ring, kit.work);
	ck_assert_uint_eq(kit.server.connects, 1);
	ck_assert_uint_eq(kit.work->version_mask, 0x1fffe000);
}
END_TEST

/* What comes before the reply to subscribe: a good job is not lost to a bad one after it. */
START_TEST(jobs_before_the_extranonces)
{
	kit.server.no_job = true;
	kit.server.deaf = "mining.subscribe";
	TURN_UNTIL(&kit.ring, kit.server.is_deaf);
	server_say(&kit.server, "{\"id\":null,\"method\":\"mining.set_extranonce\",\"params\":"
				"[\"ffffffffff\",2]}\n");
	server_say(&kit.server, DIFFICULTY("7") EARLY_JOB("early", "01") "\n" DIFFICULTY("3"));
	server_say(&kit.server, EARLY_JOB("bad", "xx") "\n");
	kit.server.is_deaf = false;
	kit.server.deaf = NULL;
	server_say(&kit.server, SUBSCRIBED);
	TURN_UNTIL(&kit.ring, kit.work);
	ck_assert_str_eq(kit.work->id, "early");
	ck_assert_double_eq(kit.work->difficulty, 7);
	ck_assert_double_eq(pool()->session.terms.difficulty, 3);
	ck_assert_uint_eq(kit.work->extranonce2_size, 4);
	ck_assert_uint_eq(kit.work->extranonce2_offset, 1 + 2);
	ck_assert_uint_eq(pool()->session.invalid.count, 1);
}
END_TEST

START_TEST(nul_bytes_around_an_early_job)
{
	static const char job[] = EARLY_JOB("early", "01");
	static const char nul[64] = "";

	kit.server.no_job = true;
	kit.server.deaf = "mining.subscribe";
	TURN_UNTIL(&kit.ring, kit.server.is_deaf);
	if (_i)
		server_say_bytes(&kit.server, nul, sizeof(nul));
	server_say_bytes(&kit.server, job, strlen(job));
	server_say_bytes(&kit.server, nul, sizeof(nul));
	server_say_bytes(&kit.server, "\n", 1);
	kit.server.is_deaf = false;
	kit.server.deaf = NULL;
	server_say(&kit.server, SUBSCRIBED);
	TURN_UNTIL(&kit.ring, kit.work);
	ck_assert_str_eq(kit.work->id, "early");
}
END_TEST

/* A line is odd once, whatever is on it, and what is behind a few messages is not read. */
START_TEST(lines_full_of_messages)
{
	char line[256] = "";

	TURN_UNTIL(&kit.ring, kit.work);
	server_say(&kit.server, "[] [] [] [] [] [] [] [] [] [] [] []\n");
	next_job("after");
	ck_assert_uint_eq(pool()->session.invalid.count, 1);
	ck_assert_uint_eq(kit.server.connects, 1);
	for (unsigned i = 1; i <= SESSION_LINE_MESSAGES + 2; i++)
		snprintf(line + strlen(line), sizeof(line) - strlen(line), "{\"id\":%u}",
			 90000 + i);
	strcat(line, "\n");
	server_say(&kit.server, line);
	next_job("and after");
	ck_assert_uint_eq(pool()->session.invalid.count, 2);
	ck_assert_uint_eq(kit.server.connects, 1);
}
END_TEST

/* Three hashes that are blocks and no shares, found at once. */
static void give_blocks(uint32_t nonce)
{
	for (unsigned i = 0; i < 3; i++)
		login_kit_give_block(&kit, kit.work, nonce + i);
	login_kit_check_books(&kit);
}

/* One at a time for each parent: the next one if it is rejected, none once one is accepted. */
START_TEST(blocks_that_are_no_shares)
{
	TURN_UNTIL(&kit.ring, kit.work);
	server_say(&kit.server, DIFFICULTY("1e15"));
	next_job("hard");
	kit.server.reject = true;
	give_blocks(1);
	ck_assert_uint_eq(books()->found, 1);
	TURN_UNTIL(&kit.ring, books()->rejected == 3);
	ck_assert_uint_eq(books()->found, 3);
	kit.server.reject = false;
	give_blocks(11);
	TURN_UNTIL(&kit.ring, books()->accepted == 1);
	give_blocks(21);
	next_job("the same parent");
	give_blocks(31);
	next_job("and again");
	ck_assert_uint_eq(kit.server.submits, 4);
	/* Back from another parent: the block was not one, or is one no more. */
	kit.server.block++;
	next_job("another parent");
	kit.server.block--;
	next_job("back");
	give_blocks(41);
	TURN_UNTIL(&kit.ring, books()->accepted == 2);
	ck_assert_uint_eq(kit.pools->ledger.blocks.accepted, 1);
	login_kit_check_books(&kit);
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
	suite_add_tcase(suite, tests);
	return suite_kit_run(suite);
}
