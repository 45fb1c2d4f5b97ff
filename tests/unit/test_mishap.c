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

static struct session *session(void)
{
	return &kit.pools->order[0]->session;
}

static void login_again(void)
{
	stream_close(&kit.server.stream);
	TURN_UNTIL(&kit.ring, !kit.work);
	TURN_UNTIL(&kit.ring, kit.work);
}

static void set_mask(const char *mask)
{
	char line[96];

	snprintf(line, sizeof(line),
		 "{\"id\":null,\"method\":\"mining.set_version_mask\",\"params\":[\"%s\"]}\n",
		 mask);
	server_say(&kit.server, line);
	/* The job behind it tells that it was read. */
	server_job(&kit.server, mask, false);
	TURN_UNTIL(&kit.ring, strcmp(kit.work->id, mask) == 0);
}

START_TEST(a_mask_that_was_never_granted)
{
	kit.server.refuse_configure = true;
	TURN_UNTIL(&kit.ring, kit.work);
	ck_assert_uint_eq(kit.work->version_mask, 0);
	set_mask("1fffe000");
	ck_assert_uint_eq(kit.work->version_mask, 0);
	/* Nor does what one login was granted hold for the next. */
	kit.server.refuse_configure = false;
	login_again();
	ck_assert_uint_eq(kit.work->version_mask, 0x1fffe000);
	kit.server.refuse_configure = true;
	login_again();
	set_mask("1fffe000");
	ck_assert_uint_eq(kit.work->version_mask, 0);
}
END_TEST

START_TEST(a_mask_wider_than_what_was_asked_for)
{
	kit.server.mask = "ffffffff";
	TURN_UNTIL(&kit.ring, kit.work);
	ck_assert_uint_eq(kit.work->version_mask, 0x1fffe000);
	set_mask("fffff00f");
	ck_assert_uint_eq(kit.work->version_mask, 0x1fffe000);
	set_mask("0000f00f");
	ck_assert_uint_eq(kit.work->version_mask, 0x0000e000);
}
END_TEST

static bool configure_left_out(void)
{
	return !optional_wanted(&session()->optional, OPTIONAL_CONFIGURE);
}

START_TEST(a_pool_that_was_away_while_it_was_asked)
{
	TURN_UNTIL(&kit.ring, kit.work);
	kit.server.close_on_configure = true;
	kit.server.configures = 0;
	stream_close(&kit.server.stream);
	/* It has answered before: one more time it is asked, and again. */
	TURN_UNTIL(&kit.ring, kit.server.configures == OPTIONAL_REQUESTS_LOSSES - 1);
	ck_assert(!configure_left_out());
	kit.server.close_on_configure = false;
	TURN_UNTIL(&kit.ring, kit.work);
	ck_assert_uint_eq(kit.work->version_mask, 0x1fffe000);
	/* Until it is clear that it has unlearnt it. This login was a good one. */
	jump_clock(2 * OPTIONAL_REQUESTS_SHORT * CLOCK_S);
	kit.server.close_on_configure = true;
	kit.server.configures = 0;
	stream_close(&kit.server.stream);
	/* It was down, perhaps: it is asked after the login for a while, and then no more. */
	TURN_UNTIL(&kit.ring, configure_left_out());
	ck_assert_uint_eq(kit.server.configures, 2 * OPTIONAL_REQUESTS_LOSSES);
	TURN_UNTIL(&kit.ring, kit.work);
	ck_assert_uint_eq(kit.work->version_mask, 0);
}
END_TEST

START_TEST(a_loss_that_says_nothing_of_configure)
{
	kit.server.close_on_configure = true;
	TURN_UNTIL(&kit.ring, configure_left_out());
	/* The next attempts do not get as far as to prove anything. */
	server_refuse(&kit.server);
	TURN_UNTIL(&kit.ring, kit.pools->order[0]->attempts == 3);
	server_return(&kit.server);
	TURN_UNTIL(&kit.ring, kit.work);
	ck_assert_uint_eq(kit.server.configures, 1);
}
END_TEST

START_TEST(reconnect_of_one_that_was_led_on)
{
	struct server other;

	TURN_UNTIL(&kit.ring, kit.work);
	server_start(&other, &kit.ring, 0);
	server_redirect(&kit.server, other.port);
	TURN_UNTIL(&kit.ring, other.connects == 1 && kit.work);
	/* "The same server" is the one that says it. */
	server_redirect(&other, 0);
	TURN_UNTIL(&kit.ring, other.connects == 2 && kit.work);
	ck_assert_uint_eq(kit.server.connects, 1);
	/* And after a loss it is the configured one again. */
	server_refuse(&other);
	TURN_UNTIL(&kit.ring, kit.server.connects == 2 && kit.work);
	turn_kit_for(&kit.ring, 20 * CLOCK_MS);
	stream_deinit(&other.stream);
}
END_TEST

static void check_block_lost(const char *why)
{
	ck_assert_msg(strstr(kit.watched, why) && strstr(kit.watched, "00001000"), "%s",
		      kit.watched);
	kit.watched[0] = '\0';
}

START_TEST(no_block_is_lost_in_silence)
{
	struct job *old;

	kit.watch = ID_BLOCK_LOST;
	TURN_UNTIL(&kit.ring, kit.work);
	kit.server.reject = true;
	kit.server.error = "[21,\"Job not found\",null]";
	login_kit_give_block(&kit, kit.work, 1);
	TURN_UNTIL(&kit.ring, kit.pools->ledger.stale == 1);
	check_block_lost("Job not found");
	kit.server.reject = false;
	kit.server.silent_submits = kit.server.forgetful = true;
	old = job_ref(kit.work);
	login_kit_give_block(&kit, old, 2);
	TURN_UNTIL(&kit.ring, kit.server.submits == 2);
	/* Until its next login it may still go on with this one. */
	stream_close(&kit.server.stream);
	TURN_UNTIL(&kit.ring, kit.pools->ledger.unanswered == 1);
	check_block_lost("the reply was lost");
	TURN_UNTIL(&kit.ring, kit.work);
	login_kit_give_block(&kit, old, 3);
	check_block_lost("login that issued its job is over");
	login_kit_check_books(&kit);
	job_unref(old);
}
END_TEST

/* Each share is of an older job by the time of its reply: none of these rejects is a fault. */
START_TEST(rejects_of_whatever_come_to_an_end)
{
	TURN_UNTIL(&kit.ring, kit.work);
	kit.server.reject = true;
	for (uint32_t i = 1; i <= 6; i++) {
		char id[16];

		login_kit_give(&kit, kit.work, i);
		snprintf(id, sizeof(id), "job%u", i);
		server_job(&kit.server, id, false);
		TURN_UNTIL(&kit.ring, kit.pools->ledger.rejected == i);
	}
	ck_assert_uint_eq(session()->rejects, 0);
	ck_assert_uint_eq(kit.server.connects, 1);
	jump_clock(30 * CLOCK_S);
	login_kit_give(&kit, kit.work, 7);
	server_job(&kit.server, "last", false);
	TURN_UNTIL(&kit.ring, !kit.work);
	ck_assert_ptr_nonnull(strstr(kit.pools->order[0]->last_loss, "rejected 7 shares in a row"));
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("mishap");
	TCase *tests = tcase_create("mishap");

	tcase_add_checked_fixture(tests, setup, teardown);
	tcase_set_timeout(tests, 60);
	tcase_add_test(tests, a_mask_that_was_never_granted);
	tcase_add_test(tests, a_mask_wider_than_what_was_asked_for);
	tcase_add_test(tests, a_pool_that_was_away_while_it_was_asked);
	tcase_add_test(tests, a_loss_that_says_nothing_of_configure);
	tcase_add_test(tests, reconnect_of_one_that_was_led_on);
	tcase_add_test(tests, no_block_is_lost_in_silence);
	tcase_add_test(tests, rejects_of_whatever_come_to_an_end);
	suite_add_tcase(suite, tests);
	return suite_kit_run(suite);
}
