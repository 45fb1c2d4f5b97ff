/* SPDX-License-Identifier: MIT */
/*
 * One pool over several logins: what becomes of shares when a connection breaks, and what the next
 * login says. Against small servers on loopback that live on the same ring.
 */
#include <check.h>
#include <string.h>

#include "books_kit.h"
#include "common/cleanup.h"
#include "common/clock.h"
#include "jump_clock.h"
#include "login_kit.h"
#include "suite_kit.h"
#include "turn_kit.h"

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

static void give(struct job *job, uint32_t nonce)
{
	login_kit_give(&kit, job, nonce);
}

static void check_books(void)
{
	login_kit_check_books(&kit);
}

/* Share 1 is on its way when the connection ends, share 2 is found after that. */
static void break_it(void)
{
	TURN_UNTIL(&kit.ring, kit.work);
	before = job_ref(kit.work);
	kit.server.silent_submits = true;
	give(before, 1);
	TURN_UNTIL(&kit.ring, kit.server.submits == 1);
	stream_close(&kit.server.stream);
	TURN_UNTIL(&kit.ring, !kit.work);
	give(before, 2);
	kit.server.silent_submits = false;
	check_books();
}

START_TEST(what_waited_is_sent_to_the_same_login)
{
	break_it();
	ck_assert_uint_eq(books_in_flight(&kit.pools->ledger), 2);
	ck_assert_uint_eq(kit.pools->ledger.submitted, 1);
	TURN_UNTIL(&kit.ring, kit.pools->ledger.accepted == 2);
	ck_assert_ptr_nonnull(strstr(kit.server.last_subscribe, "[\"test\",\"first-id\"]"));
	ck_assert_uint_eq(kit.server.submits, 3);
	ck_assert_uint_eq(kit.pools->ledger.submitted, 2);
	/* The login is the same to all who ask, and its older jobs are open. */
	ck_assert_uint_eq(kit.work->session, before->session);
	give(before, 3);
	TURN_UNTIL(&kit.ring, kit.pools->ledger.accepted == 3);
	/* The pool gave the very same work again: it does not begin where it began before. */
	ck_assert_str_eq(kit.work->id, before->id);
	ck_assert_uint_eq(kit.work->round, before->round + 1);
	give(before, 1);
	ck_assert_uint_eq(kit.pools->ledger.duplicate, 1);
	check_books();
}
END_TEST

START_TEST(another_extranonce_is_another_login)
{
	kit.server.forgetful = true;
	break_it();
	ck_assert_uint_eq(books_in_flight(&kit.pools->ledger), 2);
	TURN_UNTIL(&kit.ring, kit.work);
	ck_assert_ptr_nonnull(strstr(kit.server.last_subscribe, "first-id"));
	ck_assert_uint_ne(kit.work->session, before->session);
	ck_assert_uint_eq(kit.pools->ledger.unanswered, 1);
	ck_assert_uint_eq(kit.pools->ledger.stale, 1);
	give(before, 3);
	ck_assert_uint_eq(kit.pools->ledger.stale, 2);
	give(kit.work, 4);
	TURN_UNTIL(&kit.ring, kit.pools->ledger.accepted == 1);
	ck_assert_uint_eq(kit.server.submits, 2);
	check_books();
}
END_TEST

START_TEST(a_pool_without_ids)
{
	kit.server.session = NULL;
	break_it();
	ck_assert_uint_eq(kit.pools->ledger.unanswered, 1);
	ck_assert_uint_eq(kit.pools->ledger.stale, 1);
	TURN_UNTIL(&kit.ring, kit.work);
	ck_assert_ptr_nonnull(strstr(kit.server.last_subscribe, "[\"test\"]"));
	ck_assert_uint_eq(kit.server.submits, 1);
	check_books();
}
END_TEST

START_TEST(a_duplicate_was_judged_before_the_break)
{
	break_it();
	kit.server.silent_submits = true;
	TURN_UNTIL(&kit.ring, kit.server.submits == 3);
	for (uint32_t id = 1; id < 20; id++) {
		char line[128];

		snprintf(line, sizeof(line),
			 "{\"id\":%u,\"result\":null,\"error\":[22,\"Duplicate share\",null]}\n",
			 id);
		server_say(&kit.server, line);
	}
	/* The other was sent for the first time: it really is one. */
	TURN_UNTIL(&kit.ring, kit.pools->ledger.rejected == 1);
	ck_assert_uint_eq(kit.pools->ledger.unanswered, 1);
	ck_assert_uint_eq(kit.pools->ledger.reasons[REJECT_DUPLICATE], 1);
	ck_assert_uint_eq(books_in_flight(&kit.pools->ledger), 0);
	check_books();
}
END_TEST

START_TEST(a_new_block_makes_it_stale)
{
	break_it();
	login_kit_give_block(&kit, before, 5);
	kit.server.block = 1;
	TURN_UNTIL(&kit.ring, kit.work);
	TURN_UNTIL(&kit.ring, kit.pools->ledger.blocks.accepted == 1);
	ck_assert_uint_eq(kit.work->session, before->session);
	ck_assert_uint_eq(kit.pools->ledger.unanswered, 1);
	ck_assert_uint_eq(kit.pools->ledger.stale, 1);
	ck_assert_uint_eq(kit.server.submits, 2);
	ck_assert_uint_eq(kit.work->round, 0);
	check_books();
}
END_TEST

START_TEST(a_pool_that_closes_over_a_resume)
{
	kit.server.close_on_resume = true;
	break_it();
	/* It may have been away for a moment: it is asked once more, and then without. */
	TURN_UNTIL(&kit.ring, kit.pools->ledger.unanswered == 1);
	ck_assert_uint_eq(kit.server.connects, 3);
	ck_assert_uint_eq(kit.pools->ledger.stale, 1);
	TURN_UNTIL(&kit.ring, kit.work);
	ck_assert_ptr_nonnull(strstr(kit.server.last_subscribe, "[\"test\"]"));
	ck_assert(!optional_wanted(&kit.pools->order[0]->session.optional, OPTIONAL_RESUME));
	check_books();
}
END_TEST

START_TEST(shares_are_kept_for_a_minute)
{
	struct pool *pool = kit.pools->order[0];

	break_it();
	server_refuse(&kit.server);
	jump_clock((POOL_KEEP - 5) * CLOCK_S);
	turn_kit_for(&kit.ring, 20 * CLOCK_MS);
	ck_assert_uint_eq(books_in_flight(&kit.pools->ledger), 2);
	jump_clock(6 * CLOCK_S);
	TURN_UNTIL(&kit.ring, kit.pools->ledger.unanswered == 1);
	ck_assert_uint_eq(kit.pools->ledger.stale, 1);
	ck_assert(!pool->give_up.armed);
	give(before, 3);
	ck_assert_uint_eq(kit.pools->ledger.stale, 2);
	server_return(&kit.server);
	TURN_UNTIL(&kit.ring, kit.work);
	ck_assert_ptr_nonnull(strstr(kit.server.last_subscribe, "[\"test\"]"));
	ck_assert_uint_ne(kit.work->session, before->session);
	check_books();
}
END_TEST

/* A login that hangs costs no share, as the pool knows them still. */
START_TEST(a_login_that_hangs)
{
	TURN_UNTIL(&kit.ring, kit.work);
	kit.server.late_configure = true;
	break_it();
	TURN_UNTIL(&kit.ring, strcmp(kit.server.methods, " configure") == 0);
	jump_clock((SESSION_CONFIGURE_TIMEOUT + 1) * CLOCK_S);
	TURN_UNTIL(&kit.ring, kit.pools->ledger.accepted == 2);
	ck_assert_uint_eq(kit.server.connects, 2);
	check_books();
}
END_TEST

/* It takes logins and resumes them, but answers no share: that is not waited for without end. */
START_TEST(a_pool_that_resumes_and_answers_nothing)
{
	struct pool *pool = kit.pools->order[0];

	break_it();
	kit.server.silent_submits = true;
	for (unsigned i = 0; i < 3; i++) {
		TURN_UNTIL(&kit.ring, kit.work && kit.server.submits > 1);
		/* With shares out that it has not answered it is not healthy, however long. */
		pool->active_since_ns = 0;
		ck_assert_uint_eq(pool_proven_ns(pool), UINT64_MAX);
		pool->active_since_ns = clock_now();
		jump_clock(31 * CLOCK_S);
		TURN_UNTIL(&kit.ring, !kit.work);
		if (kit.pools->ledger.unanswered)
			break;
	}
	ck_assert_uint_eq(kit.pools->ledger.unanswered, 2);
	TURN_UNTIL(&kit.ring, kit.work);
	ck_assert_ptr_nonnull(strstr(kit.server.last_subscribe, "[\"test\"]"));
	check_books();
}
END_TEST

START_TEST(a_stale_share_may_have_been_taken_before_the_break)
{
	break_it();
	kit.server.reject = true;
	kit.server.error = "[21,\"Job not found\",null]";
	TURN_UNTIL(&kit.ring, kit.server.submits == 3);
	/* The one that was sent before is unanswered, the other really is stale. */
	TURN_UNTIL(&kit.ring, kit.pools->ledger.unanswered + kit.pools->ledger.stale == 2);
	ck_assert_uint_eq(kit.pools->ledger.unanswered, 1);
	ck_assert_uint_eq(kit.pools->ledger.rejected, 0);
	check_books();
}
END_TEST

START_TEST(no_more_than_can_be_kept)
{
	break_it();
	for (uint32_t i = 10; i < 10 + 2 * PENDING_MAX; i++)
		give(before, i);
	ck_assert_uint_eq(pool_waiting(kit.pools->order[0]), PENDING_MAX);
	ck_assert_uint_eq(kit.pools->ledger.stale, PENDING_MAX + 2);
	check_books();
	TURN_UNTIL(&kit.ring, kit.pools->ledger.accepted == PENDING_MAX);
	check_books();
}
END_TEST

START_TEST(extranonce_of_the_middle_of_a_login)
{
	struct job *old;

	TURN_UNTIL(&kit.ring, kit.work);
	old = job_ref(kit.work);
	server_say(&kit.server, "{\"method\":\"mining.set_extranonce\",\"params\":[\"abcd\",4]}\n");
	server_job(&kit.server, "second", false);
	TURN_UNTIL(&kit.ring, strcmp(kit.work->id, "second") == 0);
	break_it();
	give(old, 7);
	/* The pool begins with the first extranonce1 again, and not with the last. */
	TURN_UNTIL(&kit.ring, kit.work);
	ck_assert_uint_ne(kit.work->session, before->session);
	ck_assert_uint_eq(kit.pools->ledger.unanswered, 1);
	ck_assert_uint_eq(kit.pools->ledger.stale, 2);
	check_books();
	job_unref(old);
}
END_TEST

/* A share of difficulty 16, where all others have 1. */
static void give_hard(struct job *job, uint32_t nonce)
{
	struct share share = login_kit_share(job, nonce);

	share.hash.word[6] = 0x0ffff000;
	pools_share(kit.pools, &share);
}

static void raise_difficulty(void)
{
	TURN_UNTIL(&kit.ring, kit.work);
	server_say(&kit.server, "{\"method\":\"mining.set_difficulty\",\"params\":[4]}\n");
	TURN_UNTIL(&kit.ring, kit.pools->order[0]->session.terms.difficulty > 3);
}

START_TEST(a_raise_that_binds_at_once)
{
	struct pool *pool = kit.pools->order[0];

	raise_difficulty();
	kit.server.reject = true;
	kit.server.error = "[23,\"Above target\",null]";
	for (uint32_t i = 1; i <= POOL_RAISE_REJECTS; i++) {
		ck_assert(!pool->raise_binds);
		give(kit.work, i);
		TURN_UNTIL(&kit.ring, kit.pools->ledger.rejected == i);
	}
	ck_assert(pool->raise_binds);
	/* What does not meet it is late, what does goes out. */
	kit.server.reject = false;
	give(kit.work, 10);
	ck_assert_uint_eq(kit.pools->ledger.stale, 1);
	give_hard(kit.work, 11);
	login_kit_give_block(&kit, kit.work, 12);
	TURN_UNTIL(&kit.ring, kit.pools->ledger.accepted == 2);
	ck_assert_uint_eq(kit.server.submits, POOL_RAISE_REJECTS + 2);
	/* Now and then one is sent all the same. As long as it is rejected, nothing changes. */
	kit.server.reject = true;
	jump_clock((POOL_RAISE_PROBE + 1) * CLOCK_S);
	give(kit.work, 20);
	TURN_UNTIL(&kit.ring, kit.pools->ledger.rejected == POOL_RAISE_REJECTS + 1);
	give(kit.work, 21);
	ck_assert_uint_eq(kit.pools->ledger.stale, 2);
	ck_assert(pool->raise_binds);
	/* A new job has the new target, and another login is another server maybe. */
	server_job(&kit.server, "second", false);
	TURN_UNTIL(&kit.ring, strcmp(kit.work->id, "second") == 0);
	ck_assert_double_eq(kit.work->difficulty, 4);
	kit.server.forgetful = true;
	stream_close(&kit.server.stream);
	TURN_UNTIL(&kit.ring, !kit.work);
	TURN_UNTIL(&kit.ring, kit.work);
	ck_assert(!pool->raise_binds);
	check_books();
}
END_TEST

START_TEST(what_was_learnt_of_a_raise_is_unlearnt)
{
	struct pool *pool = kit.pools->order[0];

	raise_difficulty();
	kit.server.reject = true;
	kit.server.error = "[23,\"Above target\",null]";
	for (uint32_t i = 1; i <= POOL_RAISE_REJECTS; i++) {
		give(kit.work, i);
		TURN_UNTIL(&kit.ring, kit.pools->ledger.rejected == i);
	}
	ck_assert(pool->raise_binds);
	kit.server.reject = false;
	jump_clock((POOL_RAISE_PROBE + 1) * CLOCK_S);
	give(kit.work, 10);
	TURN_UNTIL(&kit.ring, kit.pools->ledger.accepted == 1);
	ck_assert(!pool->raise_binds);
	give(kit.work, 11);
	give(kit.work, 12);
	TURN_UNTIL(&kit.ring, kit.pools->ledger.accepted == 3);
	ck_assert_uint_eq(kit.pools->ledger.stale, 0);
	check_books();
}
END_TEST

START_TEST(a_raise_that_binds_from_the_next_job)
{
	raise_difficulty();
	kit.server.error = "[23,\"Above target\",null]";
	for (uint32_t i = 1; i <= 4; i++) {
		uint64_t answered = kit.pools->ledger.accepted + kit.pools->ledger.rejected;

		kit.server.reject = i % 2;
		give(kit.work, i);
		TURN_UNTIL(&kit.ring,
			   kit.pools->ledger.accepted + kit.pools->ledger.rejected > answered);
	}
	ck_assert(!kit.pools->order[0]->raise_binds);
	ck_assert_uint_eq(kit.pools->ledger.accepted, 2);
	ck_assert_uint_eq(kit.pools->ledger.stale, 0);
	check_books();
}
END_TEST

START_TEST(rejects_after_a_raise_are_no_fault)
{
	raise_difficulty();
	/* Five in a row, of three that are borne: but all crossed the raise on their way. */
	for (uint32_t i = 1; i <= 5; i++)
		give(kit.work, i);
	kit.server.reject = true;
	kit.server.error = "[23,\"Above target\",null]";
	TURN_UNTIL(&kit.ring, kit.pools->ledger.rejected == 5);
	turn_kit_for(&kit.ring, 20 * CLOCK_MS);
	ck_assert_ptr_nonnull(kit.work);
	ck_assert_uint_eq(kit.server.connects, 1);
	/* Those that meet it count. */
	for (uint32_t i = 11; i <= 13; i++)
		give_hard(kit.work, i);
	TURN_UNTIL(&kit.ring, !kit.work);
	check_books();
}
END_TEST

static bool configure_left_out(void)
{
	return !optional_wanted(&kit.pools->order[0]->session.optional, OPTIONAL_CONFIGURE);
}

START_TEST(configure_is_tried_again_after_an_hour)
{
	kit.server.close_on_configure = true;
	kit.server.session = NULL;
	TURN_UNTIL(&kit.ring, kit.work);
	ck_assert_uint_eq(kit.server.configures, 1);
	ck_assert_uint_eq(kit.work->version_mask, 0);
	ck_assert(configure_left_out());
	/* The login that works proves it. */
	give(kit.work, 1);
	TURN_UNTIL(&kit.ring, kit.pools->ledger.accepted == 1);
	stream_close(&kit.server.stream);
	TURN_UNTIL(&kit.ring, !kit.work);
	TURN_UNTIL(&kit.ring, kit.work);
	ck_assert_uint_eq(kit.server.configures, 1);
	/* Not of its own accord, but with the next login that is due. */
	jump_clock((OPTIONAL_REQUESTS_AGAIN + 1) * CLOCK_S);
	server_job(&kit.server, "next", false);
	TURN_UNTIL(&kit.ring, kit.work && strcmp(kit.work->id, "next") == 0);
	ck_assert_uint_eq(kit.server.configures, 1);
	/* When the server has learnt it, it is asked every time. */
	kit.server.close_on_configure = false;
	for (unsigned n = 2; n < 5; n++) {
		stream_close(&kit.server.stream);
		TURN_UNTIL(&kit.ring, !kit.work);
		TURN_UNTIL(&kit.ring, kit.work);
		ck_assert_uint_eq(kit.server.configures, n);
		ck_assert_uint_eq(kit.work->version_mask, 0x1fffe000);
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
	tcase_add_test(logins, configure_is_tried_again_after_an_hour);
	suite_add_tcase(suite, logins);
	return suite_kit_run(suite);
}
