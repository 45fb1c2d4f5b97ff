/* SPDX-License-Identifier: MIT */
/*
 * One pool over several logins: what becomes of shares when a connection breaks, and what the next
 * login says. Against small servers on loopback that live on the same ring.
 */
#include <check.h>
#include <stdio.h>
#include <string.h>

#include "common/clock.h"
#include "iterate_fixture.h"
#include "jump_clock.h"
#include "login_fixture.h"
#include "share_stats_fixture.h"
#include "suite_main.h"

static struct login_fixture fixture;

static void setup(void)
{
	login_fixture_init(&fixture);
}

static void teardown(void)
{
	login_fixture_deinit(&fixture);
}

static void give(struct job *job, uint32_t nonce)
{
	login_fixture_give(&fixture, job, nonce);
}

static void check_accounting(void)
{
	login_fixture_check_accounting(&fixture);
}

START_TEST(what_waited_is_sent_to_the_same_login)
{
	login_fixture_break(&fixture);
	ck_assert_uint_eq(share_stats_fixture_in_flight(&fixture.pools->stats), 2);
	ck_assert_uint_eq(fixture.pools->stats.submitted, 1);
	ITERATE_UNTIL(&fixture.ring, fixture.pools->stats.accepted == 2);
	ck_assert_ptr_nonnull(strstr(fixture.server.last_subscribe, "[\"test\",\"first-id\"]"));
	ck_assert_uint_eq(fixture.server.submits, 3);
	ck_assert_uint_eq(fixture.pools->stats.submitted, 2);
	/* The login is the same to all who ask, and its older jobs are open. */
	ck_assert_uint_eq(fixture.work->session, fixture.before->session);
	give(fixture.before, 3);
	ITERATE_UNTIL(&fixture.ring, fixture.pools->stats.accepted == 3);
	/* The pool gave the very same work again: it does not begin where it began before. */
	ck_assert_str_eq(fixture.work->id, fixture.before->id);
	ck_assert_uint_eq(fixture.work->round, fixture.before->round + 1);
	give(fixture.before, 1);
	ck_assert_uint_eq(fixture.pools->stats.duplicate, 1);
	check_accounting();
}
END_TEST

START_TEST(another_extranonce_is_another_login)
{
	fixture.server.forgetful = true;
	login_fixture_break(&fixture);
	ck_assert_uint_eq(share_stats_fixture_in_flight(&fixture.pools->stats), 2);
	ITERATE_UNTIL(&fixture.ring, fixture.work);
	ck_assert_ptr_nonnull(strstr(fixture.server.last_subscribe, "first-id"));
	ck_assert_uint_ne(fixture.work->session, fixture.before->session);
	ck_assert_uint_eq(fixture.pools->stats.unanswered, 1);
	ck_assert_uint_eq(fixture.pools->stats.stale, 1);
	give(fixture.before, 3);
	ck_assert_uint_eq(fixture.pools->stats.stale, 2);
	give(fixture.work, 4);
	ITERATE_UNTIL(&fixture.ring, fixture.pools->stats.accepted == 1);
	ck_assert_uint_eq(fixture.server.submits, 2);
	check_accounting();
}
END_TEST

START_TEST(a_pool_without_ids)
{
	fixture.server.session = NULL;
	login_fixture_break(&fixture);
	ck_assert_uint_eq(fixture.pools->stats.unanswered, 1);
	ck_assert_uint_eq(fixture.pools->stats.stale, 1);
	ITERATE_UNTIL(&fixture.ring, fixture.work);
	ck_assert_ptr_nonnull(strstr(fixture.server.last_subscribe, "[\"test\"]"));
	ck_assert_uint_eq(fixture.server.submits, 1);
	check_accounting();
}
END_TEST

START_TEST(a_duplicate_was_judged_before_the_break)
{
	login_fixture_break(&fixture);
	fixture.server.silent_submits = true;
	ITERATE_UNTIL(&fixture.ring, fixture.server.submits == 3);
	for (uint32_t id = 1; id < 20; id++) {
		char line[128];

		snprintf(line, sizeof(line),
			 "{\"id\":%u,\"result\":null,\"error\":[22,\"Duplicate share\",null]}\n",
			 id);
		server_say(&fixture.server, line);
	}
	/* The other was sent for the first time: it really is one. */
	ITERATE_UNTIL(&fixture.ring, fixture.pools->stats.rejected == 1);
	ck_assert_uint_eq(fixture.pools->stats.unanswered, 1);
	ck_assert_uint_eq(fixture.pools->stats.reasons[REJECT_DUPLICATE], 1);
	ck_assert_uint_eq(share_stats_fixture_in_flight(&fixture.pools->stats), 0);
	check_accounting();
}
END_TEST

START_TEST(a_new_block_makes_it_stale)
{
	login_fixture_break(&fixture);
	login_fixture_give_block(&fixture, fixture.before, 5);
	fixture.server.block = 1;
	ITERATE_UNTIL(&fixture.ring, fixture.work);
	ITERATE_UNTIL(&fixture.ring, fixture.pools->stats.blocks.accepted == 1);
	ck_assert_uint_eq(fixture.work->session, fixture.before->session);
	ck_assert_uint_eq(fixture.pools->stats.unanswered, 1);
	ck_assert_uint_eq(fixture.pools->stats.stale, 1);
	ck_assert_uint_eq(fixture.server.submits, 2);
	ck_assert_uint_eq(fixture.work->round, 0);
	check_accounting();
}
END_TEST

START_TEST(a_pool_that_closes_over_a_resume)
{
	fixture.server.close_on_resume = true;
	login_fixture_break(&fixture);
	/* It may have been away for a moment: it is asked once more, and then without. */
	ITERATE_UNTIL(&fixture.ring, fixture.pools->stats.unanswered == 1);
	ck_assert_uint_eq(fixture.server.connects, 3);
	ck_assert_uint_eq(fixture.pools->stats.stale, 1);
	ITERATE_UNTIL(&fixture.ring, fixture.work);
	ck_assert_ptr_nonnull(strstr(fixture.server.last_subscribe, "[\"test\"]"));
	ck_assert(!login_fixture_wants(&fixture, OPTIONAL_RESUME));
	check_accounting();
}
END_TEST

START_TEST(shares_are_kept_for_a_minute)
{
	struct pool *pool = login_fixture_pool(&fixture);

	login_fixture_break(&fixture);
	server_refuse(&fixture.server);
	jump_clock((SHARE_TRACKER_KEEP - 5) * CLOCK_S);
	iterate_for(&fixture.ring, 20 * CLOCK_MS);
	ck_assert_uint_eq(share_stats_fixture_in_flight(&fixture.pools->stats), 2);
	jump_clock(6 * CLOCK_S);
	ITERATE_UNTIL(&fixture.ring, fixture.pools->stats.unanswered == 1);
	ck_assert_uint_eq(fixture.pools->stats.stale, 1);
	ck_assert(!pool->shares.give_up.armed);
	give(fixture.before, 3);
	ck_assert_uint_eq(fixture.pools->stats.stale, 2);
	server_return(&fixture.server);
	ITERATE_UNTIL(&fixture.ring, fixture.work);
	ck_assert_ptr_nonnull(strstr(fixture.server.last_subscribe, "[\"test\"]"));
	ck_assert_uint_ne(fixture.work->session, fixture.before->session);
	check_accounting();
}
END_TEST

/* A login that hangs costs no share, as the pool knows them still. */
START_TEST(a_login_that_hangs)
{
	ITERATE_UNTIL(&fixture.ring, fixture.work);
	fixture.server.late_configure = true;
	login_fixture_break(&fixture);
	ITERATE_UNTIL(&fixture.ring, strcmp(fixture.server.methods, " configure") == 0);
	jump_clock((HANDSHAKE_CONFIGURE_TIMEOUT + 1) * CLOCK_S);
	ITERATE_UNTIL(&fixture.ring, fixture.pools->stats.accepted == 2);
	ck_assert_uint_eq(fixture.server.connects, 2);
	check_accounting();
}
END_TEST

/* It takes logins and resumes them, but answers no share: that is not waited for without end. */
START_TEST(a_pool_that_resumes_and_answers_nothing)
{
	struct pool *pool = login_fixture_pool(&fixture);

	login_fixture_break(&fixture);
	fixture.server.silent_submits = true;
	for (unsigned i = 0; i < 3; i++) {
		ITERATE_UNTIL(&fixture.ring, fixture.work && fixture.server.submits > 1);
		/* With shares out that it has not answered it is not healthy, however long. */
		pool_health_set_active(&pool->health, false);
		ck_assert_uint_eq(pool_held_until(pool), UINT64_MAX);
		pool_health_set_active(&pool->health, true);
		jump_clock(31 * CLOCK_S);
		ITERATE_UNTIL(&fixture.ring, !fixture.work);
		if (fixture.pools->stats.unanswered)
			break;
	}
	ck_assert_uint_eq(fixture.pools->stats.unanswered, 2);
	ITERATE_UNTIL(&fixture.ring, fixture.work);
	ck_assert_ptr_nonnull(strstr(fixture.server.last_subscribe, "[\"test\"]"));
	check_accounting();
}
END_TEST

START_TEST(a_stale_share_may_have_been_taken_before_the_break)
{
	login_fixture_break(&fixture);
	fixture.server.reject = true;
	fixture.server.error = "[21,\"Job not found\",null]";
	ITERATE_UNTIL(&fixture.ring, fixture.server.submits == 3);
	/* The one that was sent before is unanswered, the other really is stale. */
	ITERATE_UNTIL(&fixture.ring,
		      fixture.pools->stats.unanswered + fixture.pools->stats.stale == 2);
	ck_assert_uint_eq(fixture.pools->stats.unanswered, 1);
	ck_assert_uint_eq(fixture.pools->stats.rejected, 0);
	check_accounting();
}
END_TEST

START_TEST(no_more_than_can_be_kept)
{
	login_fixture_break(&fixture);
	for (uint32_t i = 10; i < 10 + 2 * RESUME_QUEUE_MAX; i++)
		give(fixture.before, i);
	ck_assert_uint_eq(share_tracker_waiting(&login_fixture_pool(&fixture)->shares),
			  RESUME_QUEUE_MAX);
	ck_assert_uint_eq(fixture.pools->stats.stale, RESUME_QUEUE_MAX + 2);
	check_accounting();
	ITERATE_UNTIL(&fixture.ring, fixture.pools->stats.accepted == RESUME_QUEUE_MAX);
	check_accounting();
}
END_TEST

START_TEST(extranonce_of_the_middle_of_a_login)
{
	struct job *old;

	ITERATE_UNTIL(&fixture.ring, fixture.work);
	old = job_ref(fixture.work);
	server_say(&fixture.server,
		   "{\"method\":\"mining.set_extranonce\",\"params\":[\"abcd\",4]}\n");
	login_fixture_next_job(&fixture, "second");
	login_fixture_break(&fixture);
	give(old, 7);
	/* The pool begins with the first extranonce1 again, and not with the last. */
	ITERATE_UNTIL(&fixture.ring, fixture.work);
	ck_assert_uint_ne(fixture.work->session, fixture.before->session);
	ck_assert_uint_eq(fixture.pools->stats.unanswered, 1);
	ck_assert_uint_eq(fixture.pools->stats.stale, 2);
	check_accounting();
	job_unref(old);
}
END_TEST

/* A share of difficulty 16, where all others have 1. */
static void give_hard(struct job *job, uint32_t nonce)
{
	struct share share = login_fixture_share(job, nonce);

	share.hash.word[6] = 0x0ffff000;
	pools_share(fixture.pools, &share);
}

static void raise_difficulty(void)
{
	ITERATE_UNTIL(&fixture.ring, fixture.work);
	server_say(&fixture.server, "{\"method\":\"mining.set_difficulty\",\"params\":[4]}\n");
	ITERATE_UNTIL(&fixture.ring, login_fixture_session(&fixture)->login.terms.difficulty > 3);
}

START_TEST(a_raise_that_binds_at_once)
{
	struct pool *pool = login_fixture_pool(&fixture);

	raise_difficulty();
	fixture.server.reject = true;
	fixture.server.error = "[23,\"Above target\",null]";
	for (uint32_t i = 1; i <= DIFFICULTY_RAISE_REJECTS; i++) {
		ck_assert(!pool->shares.raise.at_once);
		give(fixture.work, i);
		ITERATE_UNTIL(&fixture.ring, fixture.pools->stats.rejected == i);
	}
	ck_assert(pool->shares.raise.at_once);
	/* What does not meet it is late, what does goes out. */
	fixture.server.reject = false;
	give(fixture.work, 10);
	ck_assert_uint_eq(fixture.pools->stats.stale, 1);
	give_hard(fixture.work, 11);
	login_fixture_give_block(&fixture, fixture.work, 12);
	ITERATE_UNTIL(&fixture.ring, fixture.pools->stats.accepted == 2);
	ck_assert_uint_eq(fixture.server.submits, DIFFICULTY_RAISE_REJECTS + 2);
	/* Now and then one is sent all the same. As long as it is rejected, nothing changes. */
	fixture.server.reject = true;
	jump_clock((DIFFICULTY_RAISE_PROBE + 1) * CLOCK_S);
	give(fixture.work, 20);
	ITERATE_UNTIL(&fixture.ring, fixture.pools->stats.rejected == DIFFICULTY_RAISE_REJECTS + 1);
	give(fixture.work, 21);
	ck_assert_uint_eq(fixture.pools->stats.stale, 2);
	ck_assert(pool->shares.raise.at_once);
	/* A new job has the new target, and another login is another server maybe. */
	login_fixture_next_job(&fixture, "second");
	ck_assert_double_eq(fixture.work->difficulty, 4);
	fixture.server.forgetful = true;
	login_fixture_lose(&fixture);
	ITERATE_UNTIL(&fixture.ring, fixture.work);
	ck_assert(!pool->shares.raise.at_once);
	check_accounting();
}
END_TEST

START_TEST(what_was_learnt_of_a_raise_is_unlearnt)
{
	struct pool *pool = login_fixture_pool(&fixture);

	raise_difficulty();
	fixture.server.reject = true;
	fixture.server.error = "[23,\"Above target\",null]";
	for (uint32_t i = 1; i <= DIFFICULTY_RAISE_REJECTS; i++) {
		give(fixture.work, i);
		ITERATE_UNTIL(&fixture.ring, fixture.pools->stats.rejected == i);
	}
	ck_assert(pool->shares.raise.at_once);
	fixture.server.reject = false;
	jump_clock((DIFFICULTY_RAISE_PROBE + 1) * CLOCK_S);
	give(fixture.work, 10);
	ITERATE_UNTIL(&fixture.ring, fixture.pools->stats.accepted == 1);
	ck_assert(!pool->shares.raise.at_once);
	give(fixture.work, 11);
	give(fixture.work, 12);
	ITERATE_UNTIL(&fixture.ring, fixture.pools->stats.accepted == 3);
	ck_assert_uint_eq(fixture.pools->stats.stale, 0);
	check_accounting();
}
END_TEST

START_TEST(a_raise_that_binds_from_the_next_job)
{
	raise_difficulty();
	fixture.server.error = "[23,\"Above target\",null]";
	for (uint32_t i = 1; i <= 4; i++) {
		uint64_t answered = fixture.pools->stats.accepted + fixture.pools->stats.rejected;

		fixture.server.reject = i % 2;
		give(fixture.work, i);
		ITERATE_UNTIL(&fixture.ring,
			      fixture.pools->stats.accepted + fixture.pools->stats.rejected >
				      answered);
	}
	ck_assert(!login_fixture_pool(&fixture)->shares.raise.at_once);
	ck_assert_uint_eq(fixture.pools->stats.accepted, 2);
	ck_assert_uint_eq(fixture.pools->stats.stale, 0);
	check_accounting();
}
END_TEST

START_TEST(rejects_after_a_raise_are_no_fault)
{
	raise_difficulty();
	/* Five in a row, of three that are allowed: but all crossed the raise on their way. */
	for (uint32_t i = 1; i <= 5; i++)
		give(fixture.work, i);
	fixture.server.reject = true;
	fixture.server.error = "[23,\"Above target\",null]";
	ITERATE_UNTIL(&fixture.ring, fixture.pools->stats.rejected == 5);
	iterate_for(&fixture.ring, 20 * CLOCK_MS);
	ck_assert_ptr_nonnull(fixture.work);
	ck_assert_uint_eq(fixture.server.connects, 1);
	/* Those that meet it count. */
	for (uint32_t i = 11; i <= 13; i++)
		give_hard(fixture.work, i);
	ITERATE_UNTIL(&fixture.ring, !fixture.work);
	check_accounting();
}
END_TEST

/* Those before it crossed at once: that it comes so much later makes none of them a fault. */
START_TEST(a_block_that_is_no_share_judges_nobody)
{
	struct job *old;

	ITERATE_UNTIL(&fixture.ring, fixture.work);
	old = job_ref(fixture.work);
	server_say(&fixture.server,
		   "{\"id\":null,\"method\":\"mining.set_difficulty\",\"params\":[1e15]}\n");
	login_fixture_next_job(&fixture, "hard");
	fixture.server.reject = true;
	for (uint32_t i = 1; i <= 5; i++)
		give(old, i);
	job_unref(old);
	ITERATE_UNTIL(&fixture.ring, fixture.pools->stats.rejected == 5);
	jump_clock(31 * CLOCK_S);
	login_fixture_give_block(&fixture, fixture.work, 11);
	ITERATE_UNTIL(&fixture.ring, fixture.pools->stats.rejected == 6);
	iterate_for(&fixture.ring, 20 * CLOCK_MS);
	ck_assert_ptr_nonnull(fixture.work);
	ck_assert_uint_eq(fixture.server.connects, 1);
	check_accounting();
}
END_TEST

START_TEST(configure_is_tried_again_after_an_hour)
{
	fixture.server.close_on_configure = true;
	fixture.server.session = NULL;
	ITERATE_UNTIL(&fixture.ring, fixture.work);
	ck_assert_uint_eq(fixture.server.configures, 1);
	ck_assert_uint_eq(fixture.work->version_mask, 0);
	ck_assert(!login_fixture_wants(&fixture, OPTIONAL_CONFIGURE));
	/* The login that works proves it. */
	give(fixture.work, 1);
	ITERATE_UNTIL(&fixture.ring, fixture.pools->stats.accepted == 1);
	login_fixture_lose(&fixture);
	ITERATE_UNTIL(&fixture.ring, fixture.work);
	ck_assert_uint_eq(fixture.server.configures, 1);
	/* Not of its own accord, but with the next login that is due. */
	jump_clock((OPTIONAL_REQUESTS_AGAIN + 1) * CLOCK_S);
	login_fixture_next_job(&fixture, "next");
	ck_assert_uint_eq(fixture.server.configures, 1);
	/* When the server has learnt it, it is asked every time. */
	fixture.server.close_on_configure = false;
	for (unsigned n = 2; n < 5; n++) {
		login_fixture_lose(&fixture);
		ITERATE_UNTIL(&fixture.ring, fixture.work);
		ck_assert_uint_eq(fixture.server.configures, n);
		ck_assert_uint_eq(fixture.work->version_mask, 0x1fffe000);
	}
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("session");
	TCase *logins = tcase_create("logins");

	tcase_add_checked_fixture(logins, setup, teardown);
	tcase_set_timeout(logins, 60);
	tcase_add_test(logins, what_waited_is_sent_to_the_same_login);
	tcase_add_test(logins, another_extranonce_is_another_login);
	tcase_add_test(logins, a_pool_without_ids);
	tcase_add_test(logins, a_duplicate_was_judged_before_the_break);
	tcase_add_test(logins, a_new_block_makes_it_stale);
	tcase_add_test(logins, a_pool_that_closes_over_a_resume);
	tcase_add_test(logins, shares_are_kept_for_a_minute);
	tcase_add_test(logins, a_login_that_hangs);
	tcase_add_test(logins, a_pool_that_resumes_and_answers_nothing);
	tcase_add_test(logins, a_stale_share_may_have_been_taken_before_the_break);
	tcase_add_test(logins, no_more_than_can_be_kept);
	tcase_add_test(logins, extranonce_of_the_middle_of_a_login);
	tcase_add_test(logins, a_raise_that_binds_at_once);
	tcase_add_test(logins, what_was_learnt_of_a_raise_is_unlearnt);
	tcase_add_test(logins, a_raise_that_binds_from_the_next_job);
	tcase_add_test(logins, rejects_after_a_raise_are_no_fault);
	tcase_add_test(logins, a_block_that_is_no_share_judges_nobody);
	tcase_add_test(logins, configure_is_tried_again_after_an_hour);
	suite_add_tcase(suite, logins);
	return suite_main(suite);
}
