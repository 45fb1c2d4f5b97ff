/* SPDX-License-Identifier: MIT */
/*
 * One pool over several logins: what becomes of shares when a connection breaks, and what the next
 * login says. Against small servers on loopback that live on the same ring.
 */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/cleanup.h"
#include "common/clock.h"
#include "common/log.h"
#include "pool/pools.h"
#include "pool_kit.h"
#include "suite_kit.h"
#include "turn_kit.h"

static struct ring ring;
static struct resolver resolver;
static struct pools *pools;
static struct server server;
static struct job *work;   /* what is on the workers, borrowed */
static struct job *before; /* a reference to what was before break_it() */

static void on_work(struct pools *self, struct job *job)
{
	work = job;
}

static void on_room(struct pools *self)
{
}

static const struct pools_handler handler = {.work = on_work, .room = on_room};

static void quiet(enum log_level level, const char *text, const struct log_field *fields)
{
}

static void configure(void)
{
	struct conf conf = {
		.n_pools = 1,
		.failover = {.failback_after = 1,
			     .connect_timeout = 10,
			     .proxy_timeout = 10,
			     .tls_timeout = 10,
			     .handshake_timeout = 30,
			     .job_timeout = 120,
			     .reply_timeout = 30,
			     .max_rejects = 3,
			     .backoff_max = 1},
	};
	struct conf_pool *pool = &conf.pools[0];
	char url[64];

	snprintf(url, sizeof(url), "stratum+tcp://127.0.0.1:%u", server.port);
	pool->url = strdup(url);
	pool->host = strdup("127.0.0.1");
	pool->port = server.port;
	pool->name = strdup("pool");
	pool->user = strdup("user0");
	pool->password = strdup("x");
	pool->user_agent = strdup("test");
	pool->version_rolling = true;
	pools_configure(pools, &conf);
	conf_deinit(&conf);
}

static void setup(void)
{
	log_set_sink(quiet);
	ck_assert_int_eq(ring_init(&ring), 0);
	ck_assert_int_eq(resolver_init(&resolver, &ring), 0);
	pools = calloc(1, sizeof(*pools));
	pools_init(pools, &ring, &resolver, &handler);
	server_start(&server, &ring, 0);
	server.session = "first-id";
	work = NULL;
	configure();
}

static void teardown(void)
{
	job_unref(TAKE(before));
	pools_stop(pools);
	resolver_stop(&resolver);
	close(server.listener);
	server.listener = -1;
	stream_close(&server.stream);
	turn_kit_for(&ring, 20 * CLOCK_MS);
	ck_assert(pools_closed(pools));
	ring_deinit(&ring);
	stream_deinit(&server.stream);
	pools_deinit(pools);
	resolver_deinit(&resolver);
	free(pools);
}

static struct share make_share(struct job *job, uint32_t nonce)
{
	struct share share = {
		.job = job, .ntime = job->ntime, .nonce = nonce, .version = job->version};

	/* A hash of its own that meets difficulty 1, but no network target of that nbits. */
	share.hash.word[0] = nonce;
	share.hash.word[6] = 0xfffe0000;
	return share;
}

static void give(struct job *job, uint32_t nonce)
{
	struct share share = make_share(job, nonce);

	pools_share(pools, &share);
}

static void give_block(struct job *job, uint32_t nonce)
{
	struct share share = make_share(job, nonce);

	share.hash.word[6] = 0x1000;
	pools_share(pools, &share);
}

/* At any moment, of the whole and of the pool. */
static void check_books(void)
{
	const struct ledger *books[] = {&pools->ledger, &pools->order[0]->ledger};

	for (int i = 0; i < 2; i++) {
		const struct ledger *l = books[i];

		ck_assert_uint_eq(l->found, l->accepted + l->rejected + l->stale + l->duplicate +
						    l->unanswered + l->dropped +
						    ledger_in_flight(l));
		ck_assert_uint_le(ledger_in_flight(l), 10000);
	}
	ck_assert_uint_eq(ledger_in_flight(books[0]), pool_waiting(pools->order[0]));
}

/* Share 1 is on its way when the connection ends, share 2 is found after that. */
static void break_it(void)
{
	TURN_UNTIL(&ring, work);
	before = job_ref(work);
	server.silent_submits = true;
	give(before, 1);
	TURN_UNTIL(&ring, server.submits == 1);
	stream_close(&server.stream);
	TURN_UNTIL(&ring, !work);
	give(before, 2);
	server.silent_submits = false;
	check_books();
}

START_TEST(what_waited_is_sent_to_the_same_login)
{
	break_it();
	ck_assert_uint_eq(ledger_in_flight(&pools->ledger), 2);
	ck_assert_uint_eq(pools->ledger.submitted, 1);
	TURN_UNTIL(&ring, pools->ledger.accepted == 2);
	ck_assert_ptr_nonnull(strstr(server.last_subscribe, "[\"test\",\"first-id\"]"));
	ck_assert_uint_eq(server.submits, 3);
	ck_assert_uint_eq(pools->ledger.submitted, 2);
	/* The login is the same to all who ask, and its older jobs are open. */
	ck_assert_uint_eq(work->session, before->session);
	give(before, 3);
	TURN_UNTIL(&ring, pools->ledger.accepted == 3);
	/* The pool gave the very same work again: it does not begin where it began before. */
	ck_assert_str_eq(work->id, before->id);
	ck_assert_uint_gt(atomic_load(&work->ntime_floor), 0);
	give(before, 1);
	ck_assert_uint_eq(pools->ledger.duplicate, 1);
	check_books();
}
END_TEST

START_TEST(another_extranonce_is_another_login)
{
	server.forgetful = true;
	break_it();
	ck_assert_uint_eq(ledger_in_flight(&pools->ledger), 2);
	TURN_UNTIL(&ring, work);
	ck_assert_ptr_nonnull(strstr(server.last_subscribe, "first-id"));
	ck_assert_uint_ne(work->session, before->session);
	ck_assert_uint_eq(pools->ledger.unanswered, 1);
	ck_assert_uint_eq(pools->ledger.stale, 1);
	give(before, 3);
	ck_assert_uint_eq(pools->ledger.stale, 2);
	give(work, 4);
	TURN_UNTIL(&ring, pools->ledger.accepted == 1);
	ck_assert_uint_eq(server.submits, 2);
	check_books();
}
END_TEST

START_TEST(a_pool_without_ids)
{
	server.session = NULL;
	break_it();
	ck_assert_uint_eq(pools->ledger.unanswered, 1);
	ck_assert_uint_eq(pools->ledger.stale, 1);
	TURN_UNTIL(&ring, work);
	ck_assert_ptr_nonnull(strstr(server.last_subscribe, "[\"test\"]"));
	ck_assert_uint_eq(server.submits, 1);
	check_books();
}
END_TEST

START_TEST(a_duplicate_was_judged_before_the_break)
{
	break_it();
	server.silent_submits = true;
	TURN_UNTIL(&ring, server.submits == 3);
	for (uint32_t id = 1; id < 20; id++) {
		char line[128];

		snprintf(line, sizeof(line),
			 "{\"id\":%u,\"result\":null,\"error\":[22,\"Duplicate share\",null]}\n",
			 id);
		server_say(&server, line);
	}
	/* The other was sent for the first time: it really is one. */
	TURN_UNTIL(&ring, pools->ledger.rejected == 1);
	ck_assert_uint_eq(pools->ledger.unanswered, 1);
	ck_assert_uint_eq(pools->ledger.reasons[REJECT_DUPLICATE], 1);
	ck_assert_uint_eq(ledger_in_flight(&pools->ledger), 0);
	check_books();
}
END_TEST

START_TEST(a_new_block_makes_it_stale)
{
	break_it();
	give_block(before, 5);
	server.block = 1;
	TURN_UNTIL(&ring, work);
	TURN_UNTIL(&ring, pools->ledger.blocks == 1);
	ck_assert_uint_eq(work->session, before->session);
	ck_assert_uint_eq(pools->ledger.unanswered, 1);
	ck_assert_uint_eq(pools->ledger.stale, 1);
	ck_assert_uint_eq(server.submits, 2);
	ck_assert_uint_eq(atomic_load(&work->ntime_floor), 0);
	check_books();
}
END_TEST

START_TEST(a_login_that_fails_is_not_asked_twice)
{
	server.close_on_resume = true;
	break_it();
	/* It does not bear the second parameter: it goes away, and next time there is none. */
	TURN_UNTIL(&ring, pools->ledger.unanswered == 1);
	ck_assert_uint_eq(pools->ledger.stale, 1);
	TURN_UNTIL(&ring, work);
	ck_assert_ptr_nonnull(strstr(server.last_subscribe, "[\"test\"]"));
	check_books();
}
END_TEST

START_TEST(it_is_not_waited_for_ever)
{
	struct pool *pool = pools->order[0];
	break_it();
	ck_assert(pool->give_up.armed);
	ck_assert_uint_le(pool->give_up.deadline, clock_now() + PENDING_S * CLOCK_S);
	ring_timer_in(&ring, &pool->give_up, 0);
	TURN_UNTIL(&ring, pools->ledger.unanswered == 1);
	ck_assert_uint_eq(pools->ledger.stale, 1);
	give(before, 3);
	ck_assert_uint_eq(pools->ledger.stale, 2);
	TURN_UNTIL(&ring, work);
	ck_assert_ptr_nonnull(strstr(server.last_subscribe, "[\"test\"]"));
	ck_assert_uint_ne(work->session, before->session);
	check_books();
}
END_TEST

START_TEST(no_more_than_can_be_kept)
{
	break_it();
	for (uint32_t i = 10; i < 10 + 2 * PENDING_MAX; i++)
		give(before, i);
	ck_assert_uint_eq(pool_waiting(pools->order[0]), PENDING_MAX);
	ck_assert_uint_eq(pools->ledger.stale, PENDING_MAX + 2);
	check_books();
	TURN_UNTIL(&ring, pools->ledger.accepted == PENDING_MAX);
	check_books();
}
END_TEST

START_TEST(extranonce_of_the_middle_of_a_login)
{
	struct job *old;

	TURN_UNTIL(&ring, work);
	old = job_ref(work);
	server_say(&server, "{\"method\":\"mining.set_extranonce\",\"params\":[\"abcd\",4]}\n");
	server_job(&server, "second", false);
	TURN_UNTIL(&ring, strcmp(work->id, "second") == 0);
	break_it();
	give(old, 7);
	/* The pool begins with the first extranonce1 again, and not with the last. */
	TURN_UNTIL(&ring, work);
	ck_assert_uint_ne(work->session, before->session);
	ck_assert_uint_eq(pools->ledger.unanswered, 1);
	ck_assert_uint_eq(pools->ledger.stale, 2);
	check_books();
	job_unref(old);
}
END_TEST

/* A share of difficulty 16, where all others have 1. */
static void give_hard(struct job *job, uint32_t nonce)
{
	struct share share = make_share(job, nonce);

	share.hash.word[6] = 0x0ffff000;
	pools_share(pools, &share);
}

static void raise_difficulty(void)
{
	TURN_UNTIL(&ring, work);
	server_say(&server, "{\"method\":\"mining.set_difficulty\",\"params\":[4]}\n");
	TURN_UNTIL(&ring, pools->order[0]->session.terms.difficulty > 3);
}

START_TEST(a_raise_that_binds_at_once)
{
	struct pool *pool = pools->order[0];

	raise_difficulty();
	server.reject = true;
	server.error = "[23,\"Above target\",null]";
	for (uint32_t i = 1; i <= POOL_RAISE_REJECTS; i++) {
		ck_assert(!pool->raise_binds);
		give(work, i);
		TURN_UNTIL(&ring, pools->ledger.rejected == i);
	}
	ck_assert(pool->raise_binds);
	/* What does not meet it is late, what does goes out. */
	server.reject = false;
	give(work, 10);
	ck_assert_uint_eq(pools->ledger.stale, 1);
	give_hard(work, 11);
	give_block(work, 12);
	TURN_UNTIL(&ring, pools->ledger.accepted == 2);
	ck_assert_uint_eq(server.submits, POOL_RAISE_REJECTS + 2);
	/* A new job has the new target, and another login is another server maybe. */
	server_job(&server, "second", false);
	TURN_UNTIL(&ring, strcmp(work->id, "second") == 0);
	ck_assert_double_eq(work->difficulty, 4);
	server.forgetful = true;
	stream_close(&server.stream);
	TURN_UNTIL(&ring, !work);
	TURN_UNTIL(&ring, work);
	ck_assert(!pool->raise_binds);
	check_books();
}
END_TEST

START_TEST(a_raise_that_binds_from_the_next_job)
{
	raise_difficulty();
	server.error = "[23,\"Above target\",null]";
	for (uint32_t i = 1; i <= 4; i++) {
		uint64_t answered = pools->ledger.accepted + pools->ledger.rejected;

		server.reject = i % 2;
		give(work, i);
		TURN_UNTIL(&ring, pools->ledger.accepted + pools->ledger.rejected > answered);
	}
	ck_assert(!pools->order[0]->raise_binds);
	ck_assert_uint_eq(pools->ledger.accepted, 2);
	ck_assert_uint_eq(pools->ledger.stale, 0);
	check_books();
}
END_TEST

START_TEST(rejects_after_a_raise_are_no_fault)
{
	raise_difficulty();
	/* Five in a row, of three that are borne: but all crossed the raise on their way. */
	for (uint32_t i = 1; i <= 5; i++)
		give(work, i);
	server.reject = true;
	server.error = "[23,\"Above target\",null]";
	TURN_UNTIL(&ring, pools->ledger.rejected == 5);
	turn_kit_for(&ring, 20 * CLOCK_MS);
	ck_assert_ptr_nonnull(work);
	ck_assert_uint_eq(server.connects, 1);
	/* Those that meet it count. */
	for (uint32_t i = 11; i <= 13; i++)
		give_hard(work, i);
	TURN_UNTIL(&ring, !work);
	check_books();
}
END_TEST

START_TEST(configure_is_tried_again_after_an_hour)
{
	struct session *session = &pools->order[0]->session;

	server.close_on_configure = true;
	server.session = NULL;
	TURN_UNTIL(&ring, work);
	ck_assert_uint_eq(server.configures, 1);
	ck_assert_uint_eq(work->version_mask, 0);
	stream_close(&server.stream);
	TURN_UNTIL(&ring, !work);
	TURN_UNTIL(&ring, work);
	ck_assert_uint_eq(server.configures, 1);
	/* Not of its own accord, but with the next login that is due. */
	session->skip_ns -= SESSION_CONFIGURE_AGAIN * CLOCK_S;
	turn_kit_for(&ring, 50 * CLOCK_MS);
	ck_assert_uint_eq(server.configures, 1);
	stream_close(&server.stream);
	TURN_UNTIL(&ring, !work);
	TURN_UNTIL(&ring, work);
	ck_assert_uint_eq(server.configures, 2);
	ck_assert(session->skip_proven);
	/* And when the server has learnt it, it is asked every time. */
	server.close_on_configure = false;
	session->skip_ns -= SESSION_CONFIGURE_AGAIN * CLOCK_S;
	for (unsigned n = 3; n < 5; n++) {
		stream_close(&server.stream);
		TURN_UNTIL(&ring, !work);
		TURN_UNTIL(&ring, work);
		ck_assert_uint_eq(server.configures, n);
		ck_assert_uint_eq(work->version_mask, 0x1fffe000);
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
	tcase_add_test(logins, a_login_that_fails_is_not_asked_twice);
	tcase_add_test(logins, it_is_not_waited_for_ever);
	tcase_add_test(logins, no_more_than_can_be_kept);
	tcase_add_test(logins, extranonce_of_the_middle_of_a_login);
	tcase_add_test(logins, a_raise_that_binds_at_once);
	tcase_add_test(logins, a_raise_that_binds_from_the_next_job);
	tcase_add_test(logins, rejects_after_a_raise_are_no_fault);
	tcase_add_test(logins, configure_is_tried_again_after_an_hour);
	suite_add_tcase(suite, logins);
	return suite_kit_run(suite);
}
