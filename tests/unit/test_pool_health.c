/* SPDX-License-Identifier: MIT */
/* Folder pool/: what counts as progress, how flapping is slowed down, and what is logged. */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/clock.h"
#include "common/container.h"
#include "common/log.h"
#include "jump_clock.h"
#include "pool/pool.h"
#include "pool/pool_events.h"
#include "pool/pool_health.h"
#include "suite_main.h"
#include "systemd/ids.h"

enum { LOGGED_MAX = 64 };

static struct conf_failover limits;
static struct conf_pool conf;
static struct share_progress shares;
static struct pool_health health;

/* What was logged, at level info and above. */
static struct {
	char id[33], reason[64], retry[16], text[LOG_TEXT_MAX];
	enum log_level level;
} logged[LOGGED_MAX];
static unsigned n_logged;

static void sink(enum log_level level, const char *text, const struct log_field *fields)
{
	if (level > LOG_LEVEL_INFO)
		return;
	ck_assert_uint_lt(n_logged, LOGGED_MAX);
	memset(&logged[n_logged], 0, sizeof(logged[n_logged]));
	logged[n_logged].level = level;
	snprintf(logged[n_logged].text, sizeof(logged[n_logged].text), "%s", text);
	for (; fields->name; fields++) {
		if (strcmp(fields->name, "MESSAGE_ID") == 0)
			snprintf(logged[n_logged].id, sizeof(logged[n_logged].id), "%s",
				 fields->value);
		else if (strcmp(fields->name, "MINERD_REASON") == 0)
			snprintf(logged[n_logged].reason, sizeof(logged[n_logged].reason), "%s",
				 fields->value);
		else if (strcmp(fields->name, "MINERD_RETRY_S") == 0)
			snprintf(logged[n_logged].retry, sizeof(logged[n_logged].retry), "%s",
				 fields->value);
		else if (strcmp(fields->name, "MINERD_POOL") == 0)
			ck_assert_str_eq(fields->value, "one");
	}
	n_logged++;
}

static void setup(void)
{
	static char name[] = "one", url[] = "stratum+tcp://one:1";

	jump_clock_stop();
	log_set_sink(sink);
	log_set_level(LOG_LEVEL_DEBUG);
	limits = (struct conf_failover){.failback_after = 120, .backoff_max = 60};
	conf = (struct conf_pool){.name = name, .url = url};
	shares = (struct share_progress){};
	pool_health_init(&health, &conf, &limits, &shares);
	n_logged = 0;
}

/* It was logged in and usable so long ago. */
static void work_for(uint64_t seconds)
{
	pool_health_end(&health);
	shares = (struct share_progress){};
	pool_health_begin(&health);
	jump_clock(seconds * CLOCK_S);
}

static uint64_t lose(const char *reason)
{
	uint64_t wait = pool_health_failed(&health, false);

	pool_health_end(&health);
	pool_events_lost(&conf, &health.outage, reason, wait);
	return wait;
}

/* An attempt comes to nothing. */
static uint64_t fail_attempt(const char *reason)
{
	uint64_t wait = pool_health_failed(&health, false);

	pool_health_end(&health);
	pool_events_failed(&conf, &health.outage, reason, wait);
	return wait;
}

/* Healthy seconds that are asked of it before it may take over. */
static uint64_t held_down(void)
{
	uint64_t seconds;

	pool_health_end(&health);
	pool_health_begin(&health);
	seconds = (pool_health_held_until(&health, 0) - health.usable_ns) / CLOCK_S;
	pool_health_end(&health);
	return seconds;
}

START_TEST(one_share_is_no_progress)
{
	uint64_t longest = 0;

	/* It takes the login and a share each time, and drops out. */
	for (unsigned i = 1; i <= 40; i++) {
		uint64_t wait;

		work_for(POOL_HEALTH_PROGRESS / 2);
		shares.sent++;
		shares.accepted++;
		pool_health_check(&health);
		wait = lose("closed");
		ck_assert_uint_eq(health.backoff.failures, i);
		ck_assert_uint_le(wait, limits.backoff_max * CLOCK_S);
		longest = MAX(longest, wait);
	}
	/* 34 random times up to 60 s: that all are below 5 s has a chance of 1 in 10^36. */
	ck_assert_uint_gt(longest, 5 * CLOCK_S);
	work_for(POOL_HEALTH_PROGRESS);
	pool_health_check(&health);
	ck_assert_uint_eq(health.backoff.failures, 40);
	shares.sent++;
	shares.accepted++;
	pool_health_check(&health);
	ck_assert_uint_eq(health.backoff.failures, 0);
	ck_assert_str_eq(logged[n_logged - 1].id, ID_POOL_RECOVERED);
}
END_TEST

START_TEST(progress_without_an_accepted_share)
{
	/* One that stands by can only show that it stays. */
	fail_attempt("refused");
	work_for(POOL_HEALTH_IDLE - 5);
	pool_health_check(&health);
	ck_assert_uint_eq(health.backoff.failures, 1);
	work_for(POOL_HEALTH_IDLE);
	pool_health_check(&health);
	ck_assert_uint_eq(health.backoff.failures, 0);
	/* One that takes no share of those that it was sent has shown nothing. */
	lose("rejects");
	work_for((uint64_t)POOL_HEALTH_IDLE * 100);
	shares.sent++;
	lose("rejects");
	ck_assert_uint_eq(health.backoff.failures, 2);
	/* Nor does a share of an earlier login count. */
	shares.accepted++;
	work_for(POOL_HEALTH_PROGRESS);
	pool_health_check(&health);
	ck_assert_uint_eq(health.backoff.failures, 2);
}
END_TEST

/* It is mined on for so long, and lost. */
static void mine_and_lose(uint64_t seconds)
{
	pool_health_set_active(&health, true);
	work_for(seconds);
	lose("closed");
	pool_health_set_active(&health, false);
}

START_TEST(who_flaps_waits_longer)
{
	static const uint64_t wanted[] = {120, 240, 480, 960, 1920, 3840, 3840};

	ck_assert_uint_eq(held_down(), 0);
	/* One that never worked has nothing to prove. */
	fail_attempt("refused");
	ck_assert_uint_eq(held_down(), 0);
	for (size_t i = 0; i < ARRAY_SIZE(wanted); i++) {
		mine_and_lose(30);
		ck_assert_uint_eq(held_down(), wanted[i]);
	}
	/* Losses while another is mined on are none of its flaps. */
	work_for(1);
	lose("closed");
	ck_assert_uint_eq(held_down(), 3839);
	mine_and_lose(POOL_HEALTH_STEADY + 1);
	ck_assert_uint_eq(held_down(), 120);
	/* Also where going back at once is asked for. */
	limits.failback_after = 0;
	ck_assert_uint_eq(held_down(), 0);
	mine_and_lose(1);
	mine_and_lose(1);
	ck_assert_uint_eq(held_down(), 4);
}
END_TEST

/* Nobody connects to a standby that is not needed: it is not held down for that time again. */
START_TEST(a_loss_long_ago_holds_nobody_down)
{
	for (unsigned i = 0; i < 3; i++)
		mine_and_lose(30);
	ck_assert_uint_eq(held_down(), 480);
	jump_clock(400 * CLOCK_S);
	ck_assert_uint_eq(held_down(), 120);
	mine_and_lose(30);
	ck_assert_uint_eq(held_down(), 960);
}
END_TEST

START_TEST(a_pool_that_sends_its_miners_in_circles)
{
	uint64_t wait, longest = 0;

	work_for(1);
	ck_assert_uint_eq(pool_health_redirected(&health, 0), 0);
	ck_assert(!health.held_down);
	for (unsigned i = 0; i < 40; i++) {
		work_for(1);
		wait = pool_health_redirected(&health, 0);
		ck_assert_uint_gt(wait, 0);
		longest = MAX(longest, wait);
	}
	ck_assert_uint_gt(longest, 5 * CLOCK_S);
	ck_assert(health.held_down);
	work_for(1);
	ck_assert_uint_ge(pool_health_redirected(&health, 300 * CLOCK_S), 300 * CLOCK_S);
	/* One that works in between is obeyed to the second. */
	work_for(POOL_HEALTH_PROGRESS);
	shares.sent++;
	shares.accepted++;
	ck_assert_uint_eq(pool_health_redirected(&health, CLOCK_S), CLOCK_S);
}
END_TEST

/* Seconds until it may take over, rounded up. */
static uint64_t left_s(void)
{
	uint64_t now = clock_now(), until = pool_health_held_until(&health, 0);

	return until > now ? (until - now + CLOCK_S - 1) / CLOCK_S : 0;
}

START_TEST(a_reconnect_asked_for_is_no_break)
{
	mine_and_lose(1);
	ck_assert_uint_eq(held_down(), 120);
	/* One that moves its miners each minute goes through its two minutes all the same. */
	pool_health_begin(&health);
	jump_clock(POOL_HEALTH_IDLE * CLOCK_S);
	pool_health_redirected(&health, 0);
	pool_health_end(&health);
	pool_health_begin(&health);
	ck_assert_uint_eq(left_s(), 60);
	/* Once taken back, it is so again after the next move. */
	jump_clock(POOL_HEALTH_IDLE * CLOCK_S);
	pool_health_set_active(&health, true);
	pool_health_redirected(&health, 0);
	pool_health_end(&health);
	pool_health_set_active(&health, false);
	pool_health_begin(&health);
	ck_assert_uint_eq(left_s(), 0);
	/* Whoever leaves it, or loses it, or finds it gone begins anew. */
	pool_health_end(&health);
	pool_health_begin(&health);
	ck_assert_uint_eq(left_s(), 120);
	jump_clock(POOL_HEALTH_IDLE * CLOCK_S);
	pool_health_redirected(&health, 0);
	pool_health_end(&health);
	fail_attempt("refused");
	pool_health_begin(&health);
	ck_assert_uint_eq(left_s(), 120);
}
END_TEST

/* Who refuses user and password does not change its mind by itself. */
START_TEST(a_refused_login_is_not_tried_again_soon)
{
	for (unsigned i = 0; i < 20; i++) {
		uint64_t wait = pool_health_failed(&health, true);

		ck_assert_uint_ge(wait, limits.backoff_max * CLOCK_S / 2);
		ck_assert_uint_le(wait, limits.backoff_max * CLOCK_S);
		ck_assert_uint_ge(health.not_before_ns, clock_now() + wait - CLOCK_S);
	}
}
END_TEST

START_TEST(equal_failures_are_rate_limited)
{
	for (unsigned i = 0; i < 500; i++)
		fail_attempt("connect: refused");
	ck_assert_uint_eq(n_logged, 2);
	for (unsigned i = 0; i < n_logged; i++) {
		ck_assert_str_eq(logged[i].id, ID_POOL_FAILED);
		ck_assert_str_eq(logged[i].reason, "connect: refused");
		ck_assert_int_eq(logged[i].level, LOG_LEVEL_WARNING);
		ck_assert_str_ne(logged[i].retry, "");
	}
	ck_assert_ptr_null(strstr(logged[0].text, "suppressed"));
	ck_assert_ptr_nonnull(strstr(logged[1].text, "9 similar failures suppressed"));
	/* An hour later a message says that it still goes on, once. */
	jump_clock(POOL_OUTAGE_HOUR * CLOCK_S);
	fail_attempt("connect: refused");
	fail_attempt("connect: refused");
	ck_assert_uint_eq(n_logged, 3);
	ck_assert_ptr_nonnull(
		strstr(logged[2].text, "489 similar failures suppressed in the last 1h"));
	/* Another reason is news. */
	fail_attempt("no reply");
	ck_assert_uint_eq(n_logged, 4);
	ck_assert_str_eq(logged[3].reason, "no reply");
}
END_TEST

START_TEST(reasons_that_change_do_not_fill_the_log)
{
	char reason[32];

	for (unsigned i = 0; i < 500; i++) {
		snprintf(reason, sizeof(reason), "after %u ms", i);
		fail_attempt(reason);
	}
	ck_assert_uint_eq(n_logged, POOL_OUTAGE_WARNINGS + 1);
}
END_TEST

START_TEST(the_end_of_an_outage_is_logged)
{
	lose("closed");
	fail_attempt("refused");
	work_for(POOL_HEALTH_IDLE);
	pool_health_check(&health);
	pool_health_check(&health);
	ck_assert_uint_eq(n_logged, 3);
	ck_assert_str_eq(logged[2].id, ID_POOL_RECOVERED);
	ck_assert_uint_eq(health.backoff.failures, 0);
	ck_assert_uint_eq(health.outage.failures, 0);
	/* To be redirected by the pool is no outage. */
	pool_health_redirected(&health, 0);
	work_for(POOL_HEALTH_IDLE);
	pool_health_check(&health);
	ck_assert_uint_eq(n_logged, 3);
}
END_TEST

START_TEST(a_new_outage_is_logged)
{
	lose("closed");
	ck_assert_str_eq(logged[0].id, ID_POOL_LOST);
	work_for(POOL_HEALTH_IDLE);
	lose("closed");
	ck_assert_uint_eq(n_logged, 2);
	ck_assert_str_eq(logged[1].id, ID_POOL_LOST);
	ck_assert_uint_eq(health.backoff.failures, 1);
}
END_TEST

static void on_retry(struct ring_timer *timer)
{
}

START_TEST(shorter_pauses_are_in_force_at_once)
{
	struct pool_trust trust = POOL_TRUST_NULL;
	struct ring ring = RING_NULL;
	const struct pool_context context = {.ring = &ring, .limits = &limits};
	struct conf_pool settings = {};
	struct pool pool;
	uint64_t before;

	ck_assert_int_eq(ring_init(&ring), 0);
	ck_assert_int_eq(pool_init(&pool, &context, &settings, &trust), 0);
	pool.retry.fn = on_retry;
	ring_timer_in(&ring, &pool.retry, 3000 * CLOCK_S);
	before = pool.health.not_before_ns = pool.retry.deadline;
	limits.backoff_max = 4000;
	pool_limits_changed(&pool);
	ck_assert_uint_eq(pool.retry.deadline, before);
	limits.backoff_max = 2;
	pool_limits_changed(&pool);
	ck_assert_uint_le(pool.retry.deadline, clock_now() + 2 * CLOCK_S);
	ck_assert_uint_le(pool.health.not_before_ns, clock_now() + 2 * CLOCK_S);
	ring_timer_stop(&ring, &pool.retry);
	pool_deinit(&pool);
	ring_deinit(&ring);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("pool_health");
	TCase *tests = tcase_create("health");

	tcase_add_checked_fixture(tests, setup, NULL);
	tcase_add_test(tests, one_share_is_no_progress);
	tcase_add_test(tests, progress_without_an_accepted_share);
	tcase_add_test(tests, who_flaps_waits_longer);
	tcase_add_test(tests, a_loss_long_ago_holds_nobody_down);
	tcase_add_test(tests, a_pool_that_sends_its_miners_in_circles);
	tcase_add_test(tests, a_reconnect_asked_for_is_no_break);
	tcase_add_test(tests, a_refused_login_is_not_tried_again_soon);
	tcase_add_test(tests, equal_failures_are_rate_limited);
	tcase_add_test(tests, the_end_of_an_outage_is_logged);
	tcase_add_test(tests, reasons_that_change_do_not_fill_the_log);
	tcase_add_test(tests, a_new_outage_is_logged);
	tcase_add_test(tests, shorter_pauses_are_in_force_at_once);
	suite_add_tcase(suite, tests);
	return suite_main(suite);
}
