/* SPDX-License-Identifier: MIT */
/*
 * Pools that are odd, and mined by every other miner: logins granted in other words, requests that
 * they do not accept, jobs that come back, logins that they forget.
 */
#include <check.h>
#include <stdio.h>
#include <string.h>

#include "common/clock.h"
#include "common/container.h"
#include "iterate_fixture.h"
#include "jump_clock.h"
#include "login_fixture.h"
#include "suite_main.h"
#include "systemd/ids.h"

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

static void login(void)
{
	ITERATE_UNTIL(&fixture.ring, fixture.work);
}

static void login_again(void)
{
	login_fixture_lose(&fixture);
	login();
}

#define SET(what, params) "{\"id\":null,\"method\":\"mining.set_" what "\",\"params\":" params "}"

START_TEST(a_login_that_is_granted_without_a_word)
{
	fixture.server.authorize = "\"result\":null,\"error\":null";
	login();
	login_fixture_give(&fixture, fixture.work, 1);
	ITERATE_UNTIL(&fixture.ring, fixture.pools->stats.accepted == 1);
	fixture.server.authorize = "\"result\":true,\"error\":[]";
	login_again();
	ck_assert_uint_eq(fixture.server.connects, 2);
}
END_TEST

START_TEST(a_login_that_is_refused)
{
	uint64_t before = clock_now();

	fixture.server.authorize = "\"result\":false,\"error\":null";
	ITERATE_UNTIL(&fixture.ring, login_fixture_pool(&fixture)->history.last_loss[0]);
	ck_assert_msg(strstr(login_fixture_pool(&fixture)->history.last_loss,
			     "login of user \"user0\" refused"),
		      "%s", login_fixture_pool(&fixture)->history.last_loss);
	/* backoff_max is 1 s: half of it at least. */
	ck_assert_uint_ge(login_fixture_pool(&fixture)->retry.deadline, before + CLOCK_S / 2);
}
END_TEST

START_TEST(a_pool_that_disconnects_on_extranonce_subscribe)
{
	fixture.server.close_on_extranonce = true;
	ITERATE_UNTIL(&fixture.ring, fixture.server.connects == 2 && fixture.work);
	ck_assert_msg(strstr(login_fixture_pool(&fixture)->history.last_loss,
			     "after mining.extranonce.subscribe, which is left out"),
		      "%s", login_fixture_pool(&fixture)->history.last_loss);
	for (uint32_t i = 1; i <= 3; i++) {
		login_fixture_give(&fixture, fixture.work, i);
		ITERATE_UNTIL(&fixture.ring, fixture.pools->stats.accepted == i);
	}
	login_again();
	ck_assert_uint_eq(fixture.server.extranonces, 1);
	ck_assert_uint_eq(fixture.server.connects, 3);
	ck_assert(!login_fixture_wants(&fixture, OPTIONAL_EXTRANONCE));
	/* Only that. */
	ck_assert(login_fixture_wants(&fixture, OPTIONAL_CONFIGURE));
	ck_assert_uint_eq(fixture.work->version_mask, 0x1fffe000);
	login_fixture_check_accounting(&fixture);
}
END_TEST

START_TEST(a_pool_that_disconnects_on_suggest_difficulty)
{
	fixture.server.close_on_suggest = true;
	session_suggest(session(), 0.5);
	login_fixture_pool(&fixture)->conf.suggest_difficulty = 0.5;
	ITERATE_UNTIL(&fixture.ring, fixture.server.connects >= 2 && fixture.work &&
					     !login_fixture_wants(&fixture, OPTIONAL_SUGGEST));
	login();
	/* Early, then late, and once more as mining.extranonce.subscribe was sent behind it. */
	ck_assert_uint_eq(fixture.server.suggests, 3);
	login_again();
	login_again();
	ck_assert_uint_eq(fixture.server.suggests, 3);
}
END_TEST

/* It is asked for before the login is authorised, so that the first job has it. */
START_TEST(a_suggestion_comes_early)
{
	login_fixture_pool(&fixture)->conf.suggest_difficulty = 0.5;
	session_suggest(session(), 0.5);
	login();
	ck_assert_msg(
		strstr(fixture.server.methods, " configure subscribe suggest_difficulty authorize"),
		"%s", fixture.server.methods);
	/* The server did not follow: it is asked once more, in case that was too early. */
	ITERATE_UNTIL(&fixture.ring, fixture.server.suggests == 2);
	/* Not between a new difficulty and the job that it binds with. */
	server_say(&fixture.server, SET("difficulty", "[4]") "\n");
	ITERATE_UNTIL(&fixture.ring, session()->suggestion.unbound);
	session_suggest(session(), 8);
	iterate_for(&fixture.ring, 20 * CLOCK_MS);
	ck_assert_uint_eq(fixture.server.suggests, 2);
	/* Nor so soon after the last one, which some servers take for a flood. */
	login_fixture_next_job(&fixture, "bound");
	iterate_for(&fixture.ring, 20 * CLOCK_MS);
	ck_assert_uint_eq(fixture.server.suggests, 2);
	jump_clock(SUGGESTION_PAUSE * CLOCK_S);
	login_fixture_next_job(&fixture, "later");
	ITERATE_UNTIL(&fixture.ring, fixture.server.suggests == 3);
}
END_TEST

START_TEST(what_the_configuration_switches_off)
{
	login_fixture_pool(&fixture)->conf.extranonce_subscribe = false;
	login_fixture_pool(&fixture)->conf.version_rolling = false;
	login();
	ck_assert_str_eq(fixture.server.methods, " subscribe authorize");
}
END_TEST

/* The login goes on in the same connection, and the reply is taken whenever it comes. */
START_TEST(a_late_reply_to_configure)
{
	fixture.server.silent_configure = true;
	ITERATE_UNTIL(&fixture.ring, fixture.server.configures == 1);
	jump_clock((HANDSHAKE_CONFIGURE_TIMEOUT + 1) * CLOCK_S);
	login();
	ck_assert_uint_eq(fixture.server.connects, 1);
	ck_assert_uint_eq(fixture.work->version_mask, 0);
	server_grant(&fixture.server);
	ITERATE_UNTIL(&fixture.ring, fixture.work->version_mask == 0x1fffe000);
	fixture.server.silent_configure = false;
	login_again();
	ck_assert_uint_eq(fixture.work->version_mask, 0x1fffe000);
}
END_TEST

/* Who never answers it costs 5 s once: from then on it is asked after the login. */
START_TEST(no_reply_to_configure)
{
	fixture.server.silent_configure = true;
	ITERATE_UNTIL(&fixture.ring, fixture.server.configures == 1);
	jump_clock((HANDSHAKE_CONFIGURE_TIMEOUT + 1) * CLOCK_S);
	login();
	login_again();
	ITERATE_UNTIL(&fixture.ring, fixture.server.configures == 2);
	ck_assert_msg(strstr(fixture.server.methods, " subscribe authorize"), "%s",
		      fixture.server.methods);
	server_grant(&fixture.server);
	ITERATE_UNTIL(&fixture.ring, fixture.work->version_mask == 0x1fffe000);
}
END_TEST

START_TEST(the_same_job_again)
{
	struct job *job;

	login();
	job = job_ref(fixture.work);
	for (unsigned i = 0; i < 2000; i++)
		server_job(&fixture.server, "first", false);
	server_say(&fixture.server, SET("difficulty", "[2]") "\n");
	ITERATE_UNTIL(&fixture.ring, session()->login.terms.difficulty > 1);
	ck_assert_ptr_eq(fixture.work, job);
	ck_assert_uint_eq(job->round, 0);
	/* It shows that the pool lives. */
	for (unsigned i = 0; i < 5; i++) {
		server_say(&fixture.server, SET("difficulty", "[1]") "\n");
		jump_clock(100 * CLOCK_S);
		server_job(&fixture.server, "first", false);
		ITERATE_UNTIL(&fixture.ring, session()->login.job_ns + CLOCK_S > clock_now());
	}
	ck_assert_ptr_eq(fixture.work, job);
	ck_assert_uint_eq(fixture.server.connects, 1);
	job_unref(job);
}
END_TEST

/* The same work under another id, or with another difficulty, goes on where it was. */
START_TEST(the_same_work_under_another_id)
{
	login();
	login_fixture_next_job(&fixture, "second");
	ck_assert_uint_eq(fixture.work->round, 1);
	server_say(&fixture.server, SET("difficulty", "[2]") "\n");
	server_job(&fixture.server, "second", false);
	ITERATE_UNTIL(&fixture.ring, fixture.work->difficulty > 1);
	ck_assert_uint_eq(fixture.work->round, 2);
	ck_assert_uint_eq(fixture.work->ntime_floor > 0, 1);
}
END_TEST

START_TEST(a_job_that_comes_back)
{
	login();
	for (uint32_t i = 1; i <= 5; i++) {
		fixture.server.block = 1;
		login_fixture_next_job(&fixture, "B");
		ck_assert_uint_eq(fixture.work->round, i - 1);
		fixture.server.block = 0;
		login_fixture_next_job(&fixture, "A");
		ck_assert_uint_eq(fixture.work->round, i);
	}
}
END_TEST

/* Workers that were paused, or hashed for another pool, go on and do not begin again. */
START_TEST(the_job_is_given_once_more)
{
	struct job *job;

	login();
	job = pools_give_job(fixture.pools);
	ck_assert_uint_eq(job->round, 1);
	ck_assert_str_eq(job->id, "first");
	login_fixture_give(&fixture, job, 1);
	ITERATE_UNTIL(&fixture.ring, fixture.pools->stats.accepted == 1);
	ck_assert_uint_eq(pools_give_job(fixture.pools)->round, 2);
}
END_TEST

START_TEST(a_job_that_is_used_up)
{
	login();
	fixture.watch = ID_JOB_USED_UP;
	pools_job_used_up(fixture.pools);
	ck_assert_msg(strstr(fixture.watched, "no headers left"), "%s", fixture.watched);
	ck_assert_uint_eq(fixture.work->round, 1);
	/* That did not help: another login has other headers. */
	pools_job_used_up(fixture.pools);
	ck_assert_ptr_null(fixture.work);
	ck_assert_msg(strstr(login_fixture_pool(&fixture)->history.last_loss, "no headers left"),
		      "%s", login_fixture_pool(&fixture)->history.last_loss);
	login();
	ck_assert_ptr_nonnull(strstr(fixture.server.last_subscribe, "[\"test\"]"));
	login_fixture_check_accounting(&fixture);
}
END_TEST

START_TEST(a_login_that_the_pool_has_forgotten)
{
	static const char *const errors[] = {"[24,\"Unauthorized worker\",null]",
					     "[25,\"Not subscribed\",null]"};

	login();
	fixture.server.reject = true;
	for (size_t i = 0; i < ARRAY_SIZE(errors); i++) {
		fixture.server.error = errors[i];
		login_fixture_give(&fixture, fixture.work, 10 * (uint32_t)i + 1);
		ITERATE_UNTIL(&fixture.ring, fixture.pools->stats.rejected == 2 * i + 1);
		ck_assert_ptr_nonnull(fixture.work);
		login_fixture_give(&fixture, fixture.work, 10 * (uint32_t)i + 2);
		ITERATE_UNTIL(&fixture.ring, !fixture.work);
		ck_assert_msg(
			strstr(login_fixture_pool(&fixture)->history.last_loss, "lost the login"),
			"%s", login_fixture_pool(&fixture)->history.last_loss);
		login();
	}
	login_fixture_check_accounting(&fixture);
}
END_TEST

START_TEST(a_redirect_is_no_outage)
{
	unsigned before;

	login();
	fixture.watch = ID_NO_POOL;
	before = fixture.server.connects;
	server_redirect(&fixture.server, 0);
	ITERATE_UNTIL(&fixture.ring, fixture.server.connects > before);
	login();
	iterate_for(&fixture.ring, 20 * CLOCK_MS);
	ck_assert_str_eq(fixture.watched, "");
	/* A loss that lasts is one. */
	server_refuse(&fixture.server);
	ITERATE_UNTIL(&fixture.ring, !fixture.work);
	jump_clock(2 * CLOCK_S);
	ITERATE_UNTIL(&fixture.ring, fixture.watched[0]);
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
	while (fixture.work && fixture.server.stream.state == STREAM_OPEN) {
		if (stream_unsent(&fixture.server.stream) < sizeof(lines))
			server_say_bytes(&fixture.server, lines, n);
		iterate_for(&fixture.ring, CLOCK_MS);
	}
	ITERATE_UNTIL(&fixture.ring, !fixture.work);
	ck_assert_msg(strstr(login_fixture_pool(&fixture)->history.last_loss, "flood"), "%s",
		      login_fixture_pool(&fixture)->history.last_loss);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("odd_pool");
	TCase *tests = tcase_create("odd_pool");

	tcase_add_checked_fixture(tests, setup, teardown);
	tcase_set_timeout(tests, 60);
	tcase_add_test(tests, a_login_that_is_granted_without_a_word);
	tcase_add_test(tests, a_login_that_is_refused);
	tcase_add_test(tests, a_pool_that_disconnects_on_extranonce_subscribe);
	tcase_add_test(tests, a_pool_that_disconnects_on_suggest_difficulty);
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
	tcase_add_test(tests, a_redirect_is_no_outage);
	tcase_add_test(tests, a_flood);
	suite_add_tcase(suite, tests);
	return suite_main(suite);
}
