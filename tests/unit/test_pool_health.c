/* SPDX-License-Identifier: MIT */
/* Room pool/: what counts as progress, how flapping is slowed down, and what the log is told. */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/clock.h"
#include "common/container.h"
#include "common/log.h"
#include "jump_clock.h"
#include "pool/pool_events.h"
#include "pool/pool_parts.h"
#include "suite_main.h"
#include "systemd/ids.h"

enum { TOLD_MAX = 64 };

static struct conf_failover limits;
static struct pool pool;

/* What the log was told, at level info and above. */
static struct {
	char id[33], reason[64], retry[16], text[LOG_TEXT_MAX];
	enum log_level level;
} told[TOLD_MAX];
static unsigned n_told;

static void sink(enum log_level level, const char *text, const struct log_field *fields)
{
	if (level > LOG_LEVEL_INFO)
		return;
	ck_assert_uint_lt(n_told, TOLD_MAX);
	memset(&told[n_told], 0, sizeof(told[n_told]));
	told[n_told].level = level;
	snprintf(told[n_told].text, sizeof(told[n_told].text), "%s", text);
	for (; fields->name; fields++) {
		if (strcmp(fields->name, "MESSAGE_ID") == 0)
			snprintf(told[n_told].id, sizeof(told[n_told].id), "%s", fields->value);
		else if (strcmp(fields->name, "MINERD_REASON") == 0)
			snprintf(told[n_told].reason, sizeof(told[n_told].reason), "%s",
				 fields->value);
		else if (strcmp(fields->name, "MINERD_RETRY_S") == 0)
			snprintf(told[n_told].retry, sizeof(told[n_told].retry), "%s",
				 fields->value);
		else if (strcmp(fields->name, "MINERD_POOL") == 0)
			ck_assert_str_eq(fields->value, "one");
	}
	n_told++;
}

static void setup(void)
{
	static char name[] = "one", url[] = "stratum+tcp://one:1";

	log_set_sink(sink);
	log_set_level(LOG_LEVEL_DEBUG);
	limits = (struct conf_failover){.failback_after = 120, .backoff_max = 60};
	pool = (struct pool){.limits = &limits, .conf = {.name = name, .url = url}};
	n_told = 0;
}

/* It was logged in and usable so long ago. */
static void work_for(uint64_t seconds)
{
	pool.state = POOL_USABLE;
	pool_health_begin(&pool);
	jump_clock(seconds * CLOCK_S);
}

static uint64_t lose(enum pool_news news, const char *reason)
{
	uint64_t wait = pool_health_failed(&pool, false);

	snprintf(pool.last_loss, sizeof(pool.last_loss), "%s", reason);
	pool.news = news;
	pool.state = POOL_WAITING;
	pool.usable_ns = 0;
	pool_events_news(&pool);
	return wait;
}

/* Healthy seconds that are asked of it before it may take over. */
static uint64_t proving(void)
{
	pool.usable_ns = clock_now();
	return (pool_proven_ns(&pool) - pool.usable_ns) / CLOCK_S;
}

START_TEST(one_share_is_no_progress)
{
	uint64_t longest = 0;

	/* It takes the login and a share each time, and drops out. */
	for (unsigned i = 1; i <= 40; i++) {
		uint64_t wait;

		work_for(POOL_PROGRESS / 2);
		pool_health_sent(&pool);
		pool.ledger.accepted++;
		pool_health_check(&pool);
		wait = lose(POOL_NEWS_LOST, "closed");
		ck_assert_uint_eq(pool.backoff.failures, i);
		ck_assert_uint_le(wait, limits.backoff_max * CLOCK_S);
		longest = MAX(longest, wait);
	}
	/* 34 random times up to 60 s: that all are below 5 s has a chance of 1 in 10^36. */
	ck_assert_uint_gt(longest, 5 * CLOCK_S);
	work_for(POOL_PROGRESS);
	pool_health_check(&pool);
	ck_assert_uint_eq(pool.backoff.failures, 40);
	pool_health_sent(&pool);
	pool.ledger.accepted++;
	pool_health_check(&pool);
	ck_assert_uint_eq(pool.backoff.failures, 0);
	ck_assert_str_eq(told[n_told - 1].id, ID_POOL_RECOVERED);
}
END_TEST

START_TEST(progress_without_an_accepted_share)
{
	/* One that stands by can only show that it stays. */
	lose(POOL_NEWS_FAILED, "refused");
	work_for(POOL_PROGRESS_IDLE - 5);
	pool_health_check(&pool);
	ck_assert_uint_eq(pool.backoff.failures, 1);
	work_for(POOL_PROGRESS_IDLE);
	pool_health_check(&pool);
	ck_assert_uint_eq(pool.backoff.failures, 0);
	/* One that takes no share of those that it was sent has shown nothing. */
	lose(POOL_NEWS_LOST, "rejects");
	work_for((uint64_t)POOL_PROGRESS_IDLE * 100);
	pool_health_sent(&pool);
	lose(POOL_NEWS_LOST, "rejects");
	ck_assert_uint_eq(pool.backoff.failures, 2);
	/* Nor does a share of an earlier login count. */
	pool.ledger.accepted++;
	work_for(POOL_PROGRESS);
	pool_health_check(&pool);
	ck_assert_uint_eq(pool.backoff.failures, 2);
}
END_TEST

/* It is mined on for so long, and lost. */
static void mine_and_lose(uint64_t seconds)
{
	pool.active_since_ns = clock_now();
	work_for(seconds);
	lose(POOL_NEWS_LOST, "closed");
	pool.active_since_ns = 0;
}

START_TEST(who_flaps_waits_longer)
{
	static const uint64_t wanted[] = {120, 240, 480, 960, 1920, 3840, 3840};

	ck_assert_uint_eq(proving(), 0);
	/* One that never worked has nothing to prove. */
	lose(POOL_NEWS_FAILED, "refused");
	ck_assert_uint_eq(proving(), 0);
	for (size_t i = 0; i < ARRAY_SIZE(wanted); i++) {
		mine_and_lose(30);
		ck_assert_uint_eq(proving(), wanted[i]);
	}
	/* Losses while another is mined on are none of its flaps. */
	work_for(1);
	lose(POOL_NEWS_LOST, "closed");
	ck_assert_uint_eq(proving(), 3840);
	mine_and_lose(POOL_STEADY + 1);
	ck_assert_uint_eq(proving(), 120);
	/* Also where going back at once is asked for. */
	limits.failback_after = 0;
	ck_assert_uint_eq(proving(), 0);
	mine_and_lose(1);
	mine_and_lose(1);
	ck_assert_uint_eq(proving(), 4);
}
END_TEST

START_TEST(a_pool_that_sends_its_miners_in_circles)
{
	uint64_t wait, longest = 0;

	work_for(1);
	ck_assert_uint_eq(pool_health_redirected(&pool, 0), 0);
	ck_assert(!pool.ever_lost);
	for (unsigned i = 0; i < 40; i++) {
		work_for(1);
		wait = pool_health_redirected(&pool, 0);
		ck_assert_uint_gt(wait, 0);
		longest = MAX(longest, wait);
	}
	ck_assert_uint_gt(longest, 5 * CLOCK_S);
	ck_assert(pool.ever_lost);
	work_for(1);
	ck_assert_uint_ge(pool_health_redirected(&pool, 300 * CLOCK_S), 300 * CLOCK_S);
	/* One that works in between is obeyed to the second. */
	work_for(POOL_PROGRESS);
	pool_health_sent(&pool);
	pool.ledger.accepted++;
	ck_assert_uint_eq(pool_health_redirected(&pool, CLOCK_S), CLOCK_S);
}
END_TEST

/* Who refuses user and password does not change its mind by itself. */
START_TEST(a_refused_login_is_not_tried_again_soon)
{
	for (unsigned i = 0; i < 20; i++) {
		uint64_t wait = pool_health_failed(&pool, true);

		ck_assert_uint_ge(wait, limits.backoff_max * CLOCK_S / 2);
		ck_assert_uint_le(wait, limits.backoff_max * CLOCK_S);
		ck_assert_uint_ge(pool.not_before_ns, clock_now() + wait - CLOCK_S);
	}
}
END_TEST

START_TEST(equal_failures_are_told_a_few_times)
{
	for (unsigned i = 0; i < 500; i++)
		lose(POOL_NEWS_FAILED, "connect: refused");
	ck_assert_uint_eq(n_told, 2);
	for (unsigned i = 0; i < n_told; i++) {
		ck_assert_str_eq(told[i].id, ID_POOL_FAILED);
		ck_assert_str_eq(told[i].reason, "connect: refused");
		ck_assert_int_eq(told[i].level, LOG_LEVEL_WARNING);
		ck_assert_str_ne(told[i].retry, "");
	}
	ck_assert_ptr_null(strstr(told[0].text, "more like it"));
	ck_assert_ptr_nonnull(strstr(told[1].text, "9 more like it"));
	/* An hour later it is told that it still goes on, once. */
	jump_clock(POOL_EVENTS_HOUR * CLOCK_S);
	lose(POOL_NEWS_FAILED, "connect: refused");
	lose(POOL_NEWS_FAILED, "connect: refused");
	ck_assert_uint_eq(n_told, 3);
	ck_assert_ptr_nonnull(strstr(told[2].text, "489 more like it in the last 1h"));
	/* Another reason is news. */
	lose(POOL_NEWS_FAILED, "no reply");
	ck_assert_uint_eq(n_told, 4);
	ck_assert_str_eq(told[3].reason, "no reply");
}
END_TEST

START_TEST(reasons_that_change_do_not_fill_the_log)
{
	char reason[32];

	for (unsigned i = 0; i < 500; i++) {
		snprintf(reason, sizeof(reason), "after %u ms", i);
		lose(POOL_NEWS_FAILED, reason);
	}
	ck_assert_uint_eq(n_told, POOL_EVENTS_WARNINGS + 1);
}
END_TEST

START_TEST(the_end_of_an_outage_is_told)
{
	lose(POOL_NEWS_LOST, "closed");
	lose(POOL_NEWS_FAILED, "refused");
	work_for(POOL_PROGRESS_IDLE);
	pool_health_check(&pool);
	pool_health_check(&pool);
	ck_assert_uint_eq(n_told, 3);
	ck_assert_str_eq(told[2].id, ID_POOL_RECOVERED);
	ck_assert_uint_eq(pool.backoff.failures, 0);
	ck_assert_uint_eq(pool.outage.failures, 0);
	/* To be led on by the pool is no outage. */
	pool_health_redirected(&pool, 0);
	work_for(POOL_PROGRESS_IDLE);
	pool_health_check(&pool);
	ck_assert_uint_eq(n_told, 3);
}
END_TEST

START_TEST(a_new_outage_is_told_anew)
{
	lose(POOL_NEWS_LOST, "closed");
	ck_assert_str_eq(told[0].id, ID_POOL_LOST);
	work_for(POOL_PROGRESS_IDLE);
	lose(POOL_NEWS_LOST, "closed");
	ck_assert_uint_eq(n_told, 2);
	ck_assert_str_eq(told[1].id, ID_POOL_LOST);
	ck_assert_uint_eq(pool.backoff.failures, 1);
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
	struct conf_pool conf = {};
	uint64_t before;

	ck_assert_int_eq(ring_init(&ring), 0);
	ck_assert_int_eq(pool_init(&pool, &context, &conf, &trust), 0);
	pool.retry.fn = on_retry;
	ring_timer_in(&ring, &pool.retry, 3000 * CLOCK_S);
	before = pool.not_before_ns = pool.retry.deadline;
	limits.backoff_max = 4000;
	pool_limits_changed(&pool);
	ck_assert_uint_eq(pool.retry.deadline, before);
	limits.backoff_max = 2;
	pool_limits_changed(&pool);
	ck_assert_uint_le(pool.retry.deadline, clock_now() + 2 * CLOCK_S);
	ck_assert_uint_le(pool.not_before_ns, clock_now() + 2 * CLOCK_S);
	ring_timer_stop(&ring, &pool.retry);
	pool_deinit(&pool);
	ring_deinit(&ring);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("pool_health");
	TCase *health = tcase_create("health");

	tcase_add_checked_fixture(health, setup, NULL);
	tcase_add_test(health, one_share_is_no_progress);
	tcase_add_test(health, progress_without_an_accepted_share);
	tcase_add_test(health, who_flaps_waits_longer);
	tcase_add_test(health, a_pool_that_sends_its_miners_in_circles);
	tcase_add_test(health, a_refused_login_is_not_tried_again_soon);
	tcase_add_test(health, equal_failures_are_told_a_few_times);
	tcase_add_test(health, the_end_of_an_outage_is_told);
	tcase_add_test(health, reasons_that_change_do_not_fill_the_log);
	tcase_add_test(health, a_new_outage_is_told_anew);
	tcase_add_test(health, shorter_pauses_are_in_force_at_once);
	suite_add_tcase(suite, health);
	return suite_main(suite);
}
