/* SPDX-License-Identifier: MIT */
/*
 * Pools that are odd, and mined by every other miner: lines that make no sense, logins granted in
 * other words, requests that they do not bear, jobs that come back, logins that they forget.
 */
#include <check.h>
#include <stdio.h>
#include <string.h>

#include "common/clock.h"
#include "common/container.h"
#include "jump_clock.h"
#include "login_kit.h"
#include "suite_kit.h"
#include "systemd/ids.h"
#include "turn_kit.h"

static struct login_kit kit;

static void setup(void)
{
	login_kit_init(&kit);
}

static void teardown(void)
{
	login_kit_deinit(&kit);
}

static struct pool *pool(void)
{
	return kit.pools->order[0];
}

static struct session *session(void)
{
	return &pool()->session;
}

static const struct invalid_lines *invalid(void)
{
	return &session()->invalid;
}

static void login(void)
{
	TURN_UNTIL(&kit.ring, kit.work);
}

static void login_again(void)
{
	stream_close(&kit.server.stream);
	TURN_UNTIL(&kit.ring, !kit.work);
	login();
}

/* A job, and with it the proof that all before it was read. */
static void next_job(const char *id)
{
	server_job(&kit.server, id, false);
	TURN_UNTIL(&kit.ring, kit.work && strcmp(kit.work->id, id) == 0);
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
	job = job_ref(kit.work);
	mask = session()->terms.version_mask;
	snprintf(line, sizeof(line), "%s\n", odd_lines[_i]);
	server_say(&kit.server, line);
	TURN_UNTIL(&kit.ring, invalid()->count == 1);
	ck_assert_str_ne(invalid()->last, "");
	ck_assert_ptr_eq(kit.work, job);
	ck_assert_double_eq(session()->terms.difficulty, 1);
	ck_assert_uint_eq(session()->terms.version_mask, mask);
	/* The job that is worked on still counts. */
	login_kit_give(&kit, kit.work, 1);
	TURN_UNTIL(&kit.ring, kit.pools->ledger.accepted == 1);
	ck_assert_uint_eq(kit.server.connects, 1);
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
		server_say(&kit.server, line);
		snprintf(id, sizeof(id), "job%u", i);
		next_job(id);
	}
	ck_assert_uint_eq(invalid()->count, 3 * INVALID_LINES_MAX);
	ck_assert_uint_eq(kit.server.connects, 1);
}
END_TEST

START_TEST(nothing_but_odd_lines)
{
	login();
	for (unsigned i = 1; i < INVALID_LINES_MAX; i++)
		server_say(&kit.server, "nonsense\n");
	TURN_UNTIL(&kit.ring, invalid()->count == INVALID_LINES_MAX - 1);
	ck_assert_ptr_nonnull(kit.work);
	server_say(&kit.server, "last nonsense\n");
	TURN_UNTIL(&kit.ring, !kit.work);
	ck_assert_msg(strstr(pool()->last_loss, "10 invalid lines") &&
			      strstr(pool()->last_loss, "last nonsense"),
		      "%s", pool()->last_loss);
}
END_TEST

/* One now and then is no reason to leave, even where jobs are rare. */
START_TEST(odd_lines_far_between)
{
	login();
	for (unsigned i = 0; i < 3 * INVALID_LINES_MAX; i++) {
		jump_clock(10 * CLOCK_S);
		server_say(&kit.server, "\n");
		TURN_UNTIL(&kit.ring, invalid()->count == i + 1);
		if (i % 9 == 8) /* before job_timeout */
			next_job(i % 2 ? "odd" : "even");
	}
	ck_assert_uint_eq(kit.server.connects, 1);
}
END_TEST

START_TEST(a_bad_job_is_no_job)
{
	login();
	/* It does not feed job_timeout. */
	for (unsigned i = 0; i < 3; i++) {
		jump_clock(35 * CLOCK_S);
		server_say(
			&kit.server,
			NOTIFY("\"bad\"", "\"0x\",\"02\",[],\"2\",\"1c00ffff\",\"1\",true") "\n");
		TURN_UNTIL(&kit.ring, invalid()->count == i + 1);
	}
	ck_assert_str_eq(kit.work->id, "first");
	jump_clock(16 * CLOCK_S);
	TURN_UNTIL(&kit.ring, !kit.work);
	ck_assert_msg(strstr(pool()->last_loss, "no mining.notify for 120 s"), "%s",
		      pool()->last_loss);
}
END_TEST

START_TEST(numbers_as_text)
{
	login();
	server_say(&kit.server, SET("difficulty", "[\"2\"]") "\n");
	server_say(&kit.server, SET("extranonce", "[\"abcdef\",\"6\"]") "\n");
	next_job("text");
	ck_assert_double_eq(kit.work->difficulty, 2);
	ck_assert_uint_eq(kit.work->extranonce2_size, 6);
	ck_assert_uint_eq(invalid()->count, 0);
	/* Without a size the old one stays. */
	server_say(&kit.server, SET("extranonce", "[\"01\"]") "\n");
	next_job("kept");
	ck_assert_uint_eq(kit.work->extranonce2_size, 6);
	ck_assert_uint_eq(kit.server.connects, 1);
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
	server_say(&kit.server, line);
	TURN_UNTIL(&kit.ring, !kit.work);
	ck_assert_msg(strstr(pool()->last_loss, "mining.set_extranonce"), "%s", pool()->last_loss);
}
END_TEST

START_TEST(a_mask_that_cannot_be_understood)
{
	login();
	ck_assert_uint_ne(kit.work->version_mask, 0);
	server_say(&kit.server, SET("version_mask", "[\"zz\"]") "\n");
	TURN_UNTIL(&kit.ring, kit.work->version_mask == 0);
	next_job("next");
	ck_assert_uint_eq(kit.work->version_mask, 0);
	login_kit_give(&kit, kit.work, 1);
	TURN_UNTIL(&kit.ring, kit.pools->ledger.accepted == 1);
	ck_assert_msg(strstr(kit.server.last_submit, "\"00000000\"]}"), "%s",
		      kit.server.last_submit);
	ck_assert_uint_eq(kit.server.connects, 1);
	/* Until the pool says one that can. */
	server_say(&kit.server, SET("version_mask", "[\"00c00000\"]") "\n");
	TURN_UNTIL(&kit.ring, kit.work->version_mask == 0x00c00000);
}
END_TEST

START_TEST(two_messages_on_a_line)
{
	login();
	server_say(&kit.server, SET("difficulty", "[3]") " " SET("difficulty", "[4]") "\n");
	next_job("next");
	ck_assert_double_eq(kit.work->difficulty, 4);
	ck_assert_uint_eq(invalid()->count, 1);
	/* And bytes that no text has. */
	server_say_bytes(&kit.server, "\0\0" SET("difficulty", "[5]") "\n",
			 strlen(SET("difficulty", "[5]")) + 3);
	server_say_bytes(&kit.server, "\xef\xbb\xbf" SET("difficulty", "[6]") "\n",
			 strlen(SET("difficulty", "[6]")) + 4);
	server_say_bytes(&kit.server, "\0\n", 2);
	next_job("bytes");
	ck_assert_double_eq(kit.work->difficulty, 6);
	ck_assert_uint_eq(invalid()->count, 4);
	ck_assert_uint_eq(kit.server.connects, 1);
}
END_TEST

START_TEST(a_login_that_is_granted_without_a_word)
{
	kit.server.authorize = "\"result\":null,\"error\":null";
	login();
	login_kit_give(&kit, kit.work, 1);
	TURN_UNTIL(&kit.ring, kit.pools->ledger.accepted == 1);
	kit.server.authorize = "\"result\":true,\"error\":[]";
	login_again();
	ck_assert_uint_eq(kit.server.connects, 2);
}
END_TEST

START_TEST(a_login_that_is_refused)
{
	kit.server.authorize = "\"result\":false,\"error\":null";
	TURN_UNTIL(&kit.ring, pool()->last_loss[0]);
	ck_assert_msg(strstr(pool()->last_loss, "login of user \"user0\" refused"), "%s",
		      pool()->last_loss);
	/* backoff_max is 1 s: half of it at least. */
	ck_assert_uint_gt(pool()->retry.deadline, clock_now() + CLOCK_S / 4);
}
END_TEST

START_TEST(a_pool_that_does_not_bear_extranonce_subscribe)
{
	kit.server.close_on_extranonce = true;
	TURN_UNTIL(&kit.ring, kit.server.connects == 2 && kit.work);
	ck_assert_msg(
		strstr(pool()->last_loss, "after mining.extranonce.subscribe, which is left out"),
		"%s", pool()->last_loss);
	for (uint32_t i = 1; i <= 3; i++) {
		login_kit_give(&kit, kit.work, i);
		TURN_UNTIL(&kit.ring, kit.pools->ledger.accepted == i);
	}
	login_again();
	ck_assert_uint_eq(kit.server.extranonces, 1);
	ck_assert_uint_eq(kit.server.connects, 3);
	ck_assert(!optional_wanted(&session()->optional, OPTIONAL_EXTRANONCE));
	/* Only that. */
	ck_assert(optional_wanted(&session()->optional, OPTIONAL_CONFIGURE));
	ck_assert_uint_eq(kit.work->version_mask, 0x1fffe000);
	login_kit_check_books(&kit);
}
END_TEST

START_TEST(a_pool_that_does_not_bear_a_suggestion)
{
	kit.server.close_on_suggest = true;
	session_suggest(session(), 0.5);
	pool()->conf.suggest_difficulty = 0.5;
	TURN_UNTIL(&kit.ring, kit.server.connects >= 2 && kit.work &&
				      !optional_wanted(&session()->optional, OPTIONAL_SUGGEST));
	login();
	/* Early, then late, and once more as mining.extranonce.subscribe was sent behind it. */
	ck_assert_uint_eq(kit.server.suggests, 3);
	login_again();
	login_again();
	ck_assert_uint_eq(kit.server.suggests, 3);
}
END_TEST

/* It is asked for before the login is authorised, so that the first job has it. */
START_TEST(a_suggestion_comes_early)
{
	pool()->conf.suggest_difficulty = 0.5;
	session_suggest(session(), 0.5);
	login();
	ck_assert_msg(
		strstr(kit.server.methods, " configure subscribe suggest_difficulty authorize"),
		"%s", kit.server.methods);
	/* The server did not follow: it is asked once more, in case that was too early. */
	TURN_UNTIL(&kit.ring, kit.server.suggests == 2);
	/* Not between a new difficulty and the job that it binds with. */
	server_say(&kit.server, SET("difficulty", "[4]") "\n");
	TURN_UNTIL(&kit.ring, session()->difficulty_unbound);
	session_suggest(session(), 8);
	turn_kit_for(&kit.ring, 20 * CLOCK_MS);
	ck_assert_uint_eq(kit.server.suggests, 2);
	next_job("bound");
	TURN_UNTIL(&kit.ring, kit.server.suggests == 3);
}
END_TEST

START_TEST(what_the_configuration_switches_off)
{
	pool()->conf.extranonce_subscribe = false;
	pool()->conf.version_rolling = false;
	login();
	ck_assert_str_eq(kit.server.methods, " subscribe authorize");
}
END_TEST

/* The login goes on in the same connection, and the reply is taken whenever it comes. */
START_TEST(a_late_reply_to_configure)
{
	kit.server.silent_configure = true;
	TURN_UNTIL(&kit.ring, kit.server.configures == 1);
	jump_clock((SESSION_CONFIGURE_TIMEOUT + 1) * CLOCK_S);
	login();
	ck_assert_uint_eq(kit.server.connects, 1);
	ck_assert_uint_eq(kit.work->version_mask, 0);
	server_grant(&kit.server);
	TURN_UNTIL(&kit.ring, kit.work->version_mask == 0x1fffe000);
	kit.server.silent_configure = false;
	login_again();
	ck_assert_uint_eq(kit.work->version_mask, 0x1fffe000);
}
END_TEST

/* Who never answers it costs 5 s once: from then on it is asked after the login. */
START_TEST(no_reply_to_configure)
{
	kit.server.silent_configure = true;
	TURN_UNTIL(&kit.ring, kit.server.configures == 1);
	jump_clock((SESSION_CONFIGURE_TIMEOUT + 1) * CLOCK_S);
	login();
	login_again();
	TURN_UNTIL(&kit.ring, kit.server.configures == 2);
	ck_assert_msg(strstr(kit.server.methods, " subscribe authorize"), "%s", kit.server.methods);
	server_grant(&kit.server);
	TURN_UNTIL(&kit.ring, kit.work->version_mask == 0x1fffe000);
}
END_TEST

START_TEST(the_same_job_again)
{
	struct job *job;

	login();
	job = job_ref(kit.work);
	for (unsigned i = 0; i < 2000; i++)
		server_job(&kit.server, "first", false);
	server_say(&kit.server, SET("difficulty", "[2]") "\n");
	TURN_UNTIL(&kit.ring, session()->terms.difficulty > 1);
	ck_assert_ptr_eq(kit.work, job);
	ck_assert_uint_eq(job->round, 0);
	/* It shows that the pool lives. */
	for (unsigned i = 0; i < 5; i++) {
		server_say(&kit.server, SET("difficulty", "[1]") "\n");
		jump_clock(100 * CLOCK_S);
		server_job(&kit.server, "first", false);
		TURN_UNTIL(&kit.ring, session()->job_ns + CLOCK_S > clock_now());
	}
	ck_assert_ptr_eq(kit.work, job);
	ck_assert_uint_eq(kit.server.connects, 1);
	job_unref(job);
}
END_TEST

/* The same work under another id, or with another difficulty, goes on where it was. */
START_TEST(the_same_work_under_another_id)
{
	login();
	next_job("second");
	ck_assert_uint_eq(kit.work->round, 1);
	server_say(&kit.server, SET("difficulty", "[2]") "\n");
	server_job(&kit.server, "second", false);
	TURN_UNTIL(&kit.ring, kit.work->difficulty > 1);
	ck_assert_uint_eq(kit.work->round, 2);
	ck_assert_uint_eq(kit.work->ntime_floor > 0, 1);
}
END_TEST

START_TEST(a_job_that_comes_back)
{
	login();
	for (uint32_t i = 1; i <= 5; i++) {
		kit.server.block = 1;
		next_job("B");
		ck_assert_uint_eq(kit.work->round, i - 1);
		kit.server.block = 0;
		next_job("A");
		ck_assert_uint_eq(kit.work->round, i);
	}
}
END_TEST

/* Workers that were paused, or hashed for another pool, go on and do not begin again. */
START_TEST(the_job_is_given_once_more)
{
	struct job *job;

	login();
	job = pools_give_job(kit.pools);
	ck_assert_uint_eq(job->round, 1);
	ck_assert_str_eq(job->id, "first");
	login_kit_give(&kit, job, 1);
	TURN_UNTIL(&kit.ring, kit.pools->ledger.accepted == 1);
	ck_assert_uint_eq(pools_give_job(kit.pools)->round, 2);
}
END_TEST

START_TEST(a_job_that_is_used_up)
{
	login();
	kit.watch = ID_JOB_USED_UP;
	pools_job_used_up(kit.pools);
	ck_assert_msg(strstr(kit.watched, "no headers left"), "%s", kit.watched);
	ck_assert_uint_eq(kit.work->round, 1);
	/* That did not help: another login has other headers. */
	pools_job_used_up(kit.pools);
	ck_assert_ptr_null(kit.work);
	ck_assert_msg(strstr(pool()->last_loss, "no headers left"), "%s", pool()->last_loss);
	login();
	ck_assert_ptr_nonnull(strstr(kit.server.last_subscribe, "[\"test\"]"));
	login_kit_check_books(&kit);
}
END_TEST

START_TEST(a_login_that_the_pool_has_forgotten)
{
	static const char *const errors[] = {"[24,\"Unauthorized worker\",null]",
					     "[25,\"Not subscribed\",null]"};

	login();
	kit.server.reject = true;
	for (size_t i = 0; i < ARRAY_SIZE(errors); i++) {
		kit.server.error = errors[i];
		login_kit_give(&kit, kit.work, 10 * (uint32_t)i + 1);
		TURN_UNTIL(&kit.ring, kit.pools->ledger.rejected == 2 * i + 1);
		ck_assert_ptr_nonnull(kit.work);
		login_kit_give(&kit, kit.work, 10 * (uint32_t)i + 2);
		TURN_UNTIL(&kit.ring, !kit.work);
		ck_assert_msg(strstr(pool()->last_loss, "lost the login"), "%s", pool()->last_loss);
		login();
	}
	login_kit_check_books(&kit);
}
END_TEST

/* A hash that is a block, but no share: to the pool it goes, and its refusal says nothing. */
START_TEST(a_block_that_is_no_share)
{
	struct share share;

	login();
	kit.server.reject = true;
	kit.server.error = "[23,\"Low difficulty\",null]";
	for (uint32_t i = 1; i <= 10; i++) {
		/* Its difficulty is about 0.06, the share's 1. */
		share = login_kit_share(kit.work, i);
		share.hash.word[7] = 0xf;
		share.job->network_target.word[7] = 0xff;
		pools_share(kit.pools, &share);
		TURN_UNTIL(&kit.ring, kit.pools->ledger.rejected == i);
	}
	ck_assert_ptr_nonnull(kit.work);
	ck_assert_uint_eq(kit.server.connects, 1);
	ck_assert_uint_eq(session()->rejects_any, 0);
	ck_assert(!pool()->raise_binds);
	login_kit_check_books(&kit);
}
END_TEST

START_TEST(a_block_is_counted_once_for_each_parent)
{
	login();
	kit.watch = ID_BLOCK_ACCEPTED;
	for (uint32_t i = 1; i <= 50; i++) {
		login_kit_give_block(&kit, kit.work, i);
		TURN_UNTIL(&kit.ring, kit.pools->ledger.accepted == i);
	}
	ck_assert_uint_eq(kit.pools->ledger.blocks.found, 1);
	ck_assert_uint_eq(kit.pools->ledger.blocks.accepted, 1);
	ck_assert_str_ne(kit.watched, "");
	/* One that was found and not accepted is told apart. */
	kit.server.block = 1;
	next_job("next");
	kit.server.reject = true;
	login_kit_give_block(&kit, kit.work, 100);
	TURN_UNTIL(&kit.ring, kit.pools->ledger.rejected == 1);
	ck_assert_uint_eq(kit.pools->ledger.blocks.found, 2);
	ck_assert_uint_eq(pool()->ledger.blocks.found, 2);
	ck_assert_uint_eq(kit.pools->ledger.blocks.accepted, 1);
	kit.server.reject = false;
	login_kit_give_block(&kit, kit.work, 101);
	TURN_UNTIL(&kit.ring, kit.pools->ledger.blocks.accepted == 2);
	ck_assert_uint_eq(pool()->ledger.blocks.accepted, 2);
	ck_assert_uint_eq(kit.pools->ledger.blocks.found, 2);
}
END_TEST

START_TEST(a_hop_is_no_outage)
{
	unsigned before;

	login();
	kit.watch = ID_NO_POOL;
	before = kit.server.connects;
	server_redirect(&kit.server, 0);
	TURN_UNTIL(&kit.ring, kit.server.connects > before);
	login();
	turn_kit_for(&kit.ring, 20 * CLOCK_MS);
	ck_assert_str_eq(kit.watched, "");
	/* A loss that lasts is one. */
	server_refuse(&kit.server);
	TURN_UNTIL(&kit.ring, !kit.work);
	jump_clock(2 * CLOCK_S);
	TURN_UNTIL(&kit.ring, kit.watched[0]);
}
END_TEST

START_TEST(a_flood)
{
	static char lines[64 * 1024];
	const char line[] = "{\"id\":null,\"method\":\"mining.ping\",\"params\":[]}\n";
	size_t n = 0;

	login();
	for (; n + strlen(line) < sizeof(lines); n += strlen(line))
		strcpy(lines + n, line);
	while (kit.work && kit.server.stream.state == STREAM_OPEN) {
		if (stream_unsent(&kit.server.stream) < sizeof(lines))
			server_say_bytes(&kit.server, lines, n);
		turn_kit_for(&kit.ring, CLOCK_MS);
	}
	TURN_UNTIL(&kit.ring, !kit.work);
	ck_assert_msg(strstr(pool()->last_loss, "flood"), "%s", pool()->last_loss);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("odd_pool");
	TCase *tests = tcase_create("odd_pool");

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
	tcase_add_test(tests, a_login_that_is_granted_without_a_word);
	tcase_add_test(tests, a_login_that_is_refused);
	tcase_add_test(tests, a_pool_that_does_not_bear_extranonce_subscribe);
	tcase_add_test(tests, a_pool_that_does_not_bear_a_suggestion);
	tcase_add_test(tests, a_suggestion_comes_early);
	tcase_add_test(tests, what_the_configuration_switches_off);
	tcase_add_test(tests, a_late_reply_to_configure);
	tcase_add_test(tests, no_reply_to_configure);
	tcase_add_test(tests, the_same_job_again);
	tcase_add_test(tests, the_same_work_under_another_id);
	tcase_add_test(tests, a_job_that_comes_back);
	tcase_add_test(tests, the_job_is_given_once_more);
	tcase_add_test(tests, a_job_that_is_used_up);
	tcase_add_test(tests, a_login_that_the_pool_has_forgotten);
	tcase_add_test(tests, a_block_that_is_no_share);
	tcase_add_test(tests, a_block_is_counted_once_for_each_parent);
	tcase_add_test(tests, a_hop_is_no_outage);
	tcase_add_test(tests, a_flood);
	suite_add_tcase(suite, tests);
	return suite_kit_run(suite);
}
