/* SPDX-License-Identifier: MIT */
/*
 * What a pool does at a bad moment or beyond what it may, and that it costs no more than it has to:
 * version rolling that it did not grant, mining.configure that it does not answer, redirections,
 * blocks that it does not confirm, rejects without end.
 */
#include <check.h>
#include <stdio.h>
#include <string.h>

#include "common/clock.h"
#include "common/container.h"
#include "common/line.h"
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

static void login_again(void)
{
	login_fixture_lose(&fixture);
	ITERATE_UNTIL(&fixture.ring, fixture.work);
}

static void set_mask(const char *mask)
{
	char line[96];

	snprintf(line, sizeof(line),
		 "{\"id\":null,\"method\":\"mining.set_version_mask\",\"params\":[\"%s\"]}\n",
		 mask);
	server_say(&fixture.server, line);
	/* The job behind it tells that it was read. */
	login_fixture_next_job(&fixture, mask);
}

static const struct {
	const char *result, *wrong;
} subscriptions[] = {
	{"[[],5,4]", "mining.subscribe: extranonce1 must be a string of at most 64 digits"},
	{"[[],\"00\",\"x\"]", "mining.subscribe: extranonce2_size must be a number from 1 to 16"},
	{"[[],\"00\",17]", "mining.subscribe: extranonce2_size"},
};

static void wait_for_loss(const char *wanted)
{
	const struct pool *pool = login_fixture_pool(&fixture);

	ITERATE_UNTIL(&fixture.ring, pool->history.last_loss[0]);
	ck_assert_msg(strstr(pool->history.last_loss, wanted), "%s", pool->history.last_loss);
}

/* The reply to the last request. */
START_TEST(a_subscription_without_sense)
{
	char line[128];

	fixture.server.deaf = "mining.subscribe";
	ITERATE_UNTIL(&fixture.ring, fixture.server.is_deaf);
	snprintf(line, sizeof(line), "{\"id\":%u,\"result\":%s,\"error\":null}\n",
		 session()->login.next_id, subscriptions[_i].result);
	server_say(&fixture.server, line);
	wait_for_loss(subscriptions[_i].wrong);
	ck_assert_ptr_null(fixture.work);
}
END_TEST

/* It takes the first request for a TLS record, and ends the connection with protocol_version. */
START_TEST(a_pool_that_expects_tls)
{
	static const uint8_t alert[] = {21, 3, 1, 0, 2, 2, 70};
	const char *bytes;

	fixture.server.deaf = "mining.";
	ITERATE_UNTIL(&fixture.ring, fixture.server.is_deaf);
	server_say_bytes(&fixture.server, alert, sizeof(alert));
	ITERATE_UNTIL(&fixture.ring,
		      line_rest(&session()->login.transport.stream.in, &bytes) == sizeof(alert));
	stream_close(&fixture.server.stream);
	wait_for_loss("the peer speaks TLS on this port; is it stratum+tls://?");
}
END_TEST

START_TEST(a_mask_that_was_never_granted)
{
	fixture.server.refuse_configure = true;
	ITERATE_UNTIL(&fixture.ring, fixture.work);
	ck_assert_uint_eq(fixture.work->version_mask, 0);
	set_mask("1fffe000");
	ck_assert_uint_eq(fixture.work->version_mask, 0);
	/* Nor does what one login was granted hold for the next. */
	fixture.server.refuse_configure = false;
	login_again();
	ck_assert_uint_eq(fixture.work->version_mask, 0x1fffe000);
	fixture.server.refuse_configure = true;
	login_again();
	set_mask("1fffe000");
	ck_assert_uint_eq(fixture.work->version_mask, 0);
}
END_TEST

START_TEST(a_mask_wider_than_what_was_asked_for)
{
	fixture.server.mask = "ffffffff";
	ITERATE_UNTIL(&fixture.ring, fixture.work);
	ck_assert_uint_eq(fixture.work->version_mask, 0x1fffe000);
	set_mask("fffff00f");
	ck_assert_uint_eq(fixture.work->version_mask, 0x1fffe000);
	set_mask("0000f00f");
	ck_assert_uint_eq(fixture.work->version_mask, 0x0000e000);
}
END_TEST

START_TEST(a_pool_that_was_away_while_it_was_asked)
{
	ITERATE_UNTIL(&fixture.ring, fixture.work);
	fixture.server.close_on_configure = true;
	fixture.server.configures = 0;
	stream_close(&fixture.server.stream);
	/* It has answered before: one more time it is asked, and again. */
	ITERATE_UNTIL(&fixture.ring, fixture.server.configures == OPTIONAL_REQUESTS_LOSSES - 1);
	ck_assert(login_fixture_wants(&fixture, OPTIONAL_CONFIGURE));
	fixture.server.close_on_configure = false;
	/* With the job, or right after it: the end of the first login may count, too. */
	ITERATE_UNTIL(&fixture.ring, fixture.work && fixture.work->version_mask == 0x1fffe000);
	/* Until it is clear that it has unlearnt it. This login was a good one. */
	jump_clock(2 * OPTIONAL_REQUESTS_SHORT * CLOCK_S);
	fixture.server.close_on_configure = true;
	fixture.server.configures = 0;
	stream_close(&fixture.server.stream);
	/* It was down, perhaps: it is asked once more, after the login, and then no more. */
	ITERATE_UNTIL(&fixture.ring, !login_fixture_wants(&fixture, OPTIONAL_CONFIGURE));
	ck_assert_uint_eq(fixture.server.configures, OPTIONAL_REQUESTS_LOSSES + 1);
	ITERATE_UNTIL(&fixture.ring, fixture.work);
	ck_assert_uint_eq(fixture.work->version_mask, 0);
}
END_TEST

START_TEST(a_loss_that_says_nothing_of_configure)
{
	fixture.server.close_on_configure = true;
	ITERATE_UNTIL(&fixture.ring, !login_fixture_wants(&fixture, OPTIONAL_CONFIGURE));
	/* The next attempts do not get as far as to prove anything. */
	server_refuse(&fixture.server);
	ITERATE_UNTIL(&fixture.ring, login_fixture_pool(&fixture)->history.attempts == 3);
	server_return(&fixture.server);
	ITERATE_UNTIL(&fixture.ring, fixture.work);
	ck_assert_uint_eq(fixture.server.configures, 1);
}
END_TEST

START_TEST(reconnect_of_a_redirected_pool)
{
	struct server other;

	ITERATE_UNTIL(&fixture.ring, fixture.work);
	server_start(&other, &fixture.ring, 0);
	server_redirect(&fixture.server, other.port);
	ITERATE_UNTIL(&fixture.ring, other.connects == 1 && fixture.work);
	/* "The same server" is the one that says it. */
	server_redirect(&other, 0);
	ITERATE_UNTIL(&fixture.ring, other.connects == 2 && fixture.work);
	ck_assert_uint_eq(fixture.server.connects, 1);
	/* And after a loss it is the configured one again. */
	server_refuse(&other);
	ITERATE_UNTIL(&fixture.ring, fixture.server.connects == 2 && fixture.work);
	ITERATE_UNTIL(&fixture.ring, other.stream.state == STREAM_CLOSED);
	stream_deinit(&other.stream);
}
END_TEST

static void check_block_lost(const char *why)
{
	ck_assert_msg(strstr(fixture.watched, why) && strstr(fixture.watched, "00001000"), "%s",
		      fixture.watched);
	fixture.watched[0] = '\0';
}

START_TEST(no_block_is_lost_in_silence)
{
	struct job *old;

	fixture.watch = ID_BLOCK_LOST;
	ITERATE_UNTIL(&fixture.ring, fixture.work);
	fixture.server.reject = true;
	fixture.server.error = "[21,\"Job not found\",null]";
	login_fixture_give_block(&fixture, fixture.work, 1);
	ITERATE_UNTIL(&fixture.ring, fixture.pools->stats.stale == 1);
	check_block_lost("Job not found");
	fixture.server.reject = false;
	fixture.server.silent_submits = fixture.server.forgetful = true;
	old = job_ref(fixture.work);
	login_fixture_give_block(&fixture, old, 2);
	ITERATE_UNTIL(&fixture.ring, fixture.server.submits == 2);
	/* Until its next login it may still go on with this one. */
	stream_close(&fixture.server.stream);
	ITERATE_UNTIL(&fixture.ring, fixture.pools->stats.unanswered == 1);
	check_block_lost("the reply was lost");
	ITERATE_UNTIL(&fixture.ring, fixture.work);
	login_fixture_give_block(&fixture, old, 3);
	check_block_lost("login that issued its job has ended");
	login_fixture_check_accounting(&fixture);
	job_unref(old);
}
END_TEST

/* Each share is of an older job by the time of its reply: none of these rejects is a fault. */
START_TEST(rejects_of_whatever_come_to_an_end)
{
	ITERATE_UNTIL(&fixture.ring, fixture.work);
	fixture.server.reject = true;
	for (uint32_t i = 1; i <= 6; i++) {
		char id[16];

		login_fixture_give(&fixture, fixture.work, i);
		snprintf(id, sizeof(id), "job%u", i);
		server_job(&fixture.server, id, false);
		ITERATE_UNTIL(&fixture.ring, fixture.pools->stats.rejected == i);
	}
	ck_assert_uint_eq(session()->dispatch.rejects.newest, 0);
	ck_assert_uint_eq(fixture.server.connects, 1);
	jump_clock(30 * CLOCK_S);
	login_fixture_give(&fixture, fixture.work, 7);
	server_job(&fixture.server, "last", false);
	ITERATE_UNTIL(&fixture.ring, !fixture.work);
	ck_assert_ptr_nonnull(strstr(login_fixture_pool(&fixture)->history.last_loss,
				     "rejected 7 shares in a row"));
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("misbehaviour");
	TCase *tests = tcase_create("misbehaviour");

	tcase_add_checked_fixture(tests, setup, teardown);
	tcase_set_timeout(tests, 60);
	tcase_add_loop_test(tests, a_subscription_without_sense, 0, ARRAY_SIZE(subscriptions));
	tcase_add_test(tests, a_pool_that_expects_tls);
	tcase_add_test(tests, a_mask_that_was_never_granted);
	tcase_add_test(tests, a_mask_wider_than_what_was_asked_for);
	tcase_add_test(tests, a_pool_that_was_away_while_it_was_asked);
	tcase_add_test(tests, a_loss_that_says_nothing_of_configure);
	tcase_add_test(tests, reconnect_of_a_redirected_pool);
	tcase_add_test(tests, no_block_is_lost_in_silence);
	tcase_add_test(tests, rejects_of_whatever_come_to_an_end);
	suite_add_tcase(suite, tests);
	return suite_main(suite);
}
