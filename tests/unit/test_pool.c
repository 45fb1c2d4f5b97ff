/* SPDX-License-Identifier: MIT */
/*
 * Room pool/: the choice between pools and where shares go, against small servers on loopback that
 * live on the same ring.
 */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "books_kit.h"
#include "common/clock.h"
#include "common/container.h"
#include "common/log.h"
#include "pool/pools.h"
#include "pool_kit.h"
#include "suite_kit.h"
#include "turn_kit.h"

enum { SERVERS = 3 };

static struct ring ring;
static struct resolver resolver;
static struct pools *pools;
static struct server servers[SERVERS];
static struct job *work; /* what is on the workers, borrowed */
static unsigned works;

static void on_work(struct pools *self, struct job *job)
{
	work = job;
	works++;
}

static void on_room(struct pools *self)
{
}

static const struct pools_handler handler = {.work = on_work, .room = on_room};

static struct conf_failover failover(unsigned standby)
{
	return (struct conf_failover){
		.standby = standby,
		.failback_after = 1,
		.connect_timeout = 10,
		.proxy_timeout = 10,
		.tls_timeout = 10,
		.handshake_timeout = 30,
		.job_timeout = 120,
		.reply_timeout = 30,
		.max_rejects = 3,
		.backoff_max = 1,
	};
}

/* change, or NULL: what is different for each pool. */
static void configure_with(unsigned n, unsigned standby, void (*change)(struct conf_pool *pool))
{
	struct conf conf = {.n_pools = n, .failover = failover(standby)};
	char text[64];

	for (unsigned i = 0; i < n; i++) {
		struct conf_pool *pool = &conf.pools[i];

		snprintf(text, sizeof(text), "stratum+tcp://127.0.0.1:%u", servers[i].port);
		pool->url = strdup(text);
		pool->host = strdup("127.0.0.1");
		pool->port = servers[i].port;
		snprintf(text, sizeof(text), "pool%u", i);
		pool->name = strdup(text);
		snprintf(text, sizeof(text), "user%u", i);
		pool->user = strdup(text);
		pool->password = strdup("x");
		pool->user_agent = strdup("test");
		pool->version_rolling = true;
		pool->extranonce_subscribe = true;
		pool->session_resume = true;
		pool->tls_verify = true;
		if (change)
			change(pool);
	}
	pools_configure(pools, &conf);
	conf_deinit(&conf);
}

static void configure(unsigned n, unsigned standby)
{
	configure_with(n, standby, NULL);
}

static void quiet(enum log_level level, const char *text, const struct log_field *fields)
{
}

static void setup(void)
{
	log_set_sink(quiet);
	ck_assert_int_eq(ring_init(&ring), 0);
	ck_assert_int_eq(resolver_init(&resolver, &ring), 0);
	pools = calloc(1, sizeof(*pools));
	pools_init(pools, &ring, &resolver, &handler);
	for (unsigned i = 0; i < SERVERS; i++)
		server_start(&servers[i], &ring, i);
	work = NULL;
	works = 0;
}

static void teardown(void)
{
	pools_stop(pools);
	resolver_stop(&resolver);
	for (unsigned i = 0; i < SERVERS; i++) {
		close(servers[i].listener);
		servers[i].listener = -1;
		stream_close(&servers[i].stream);
	}
	turn_kit_for(&ring, 20 * CLOCK_MS);
	ck_assert(pools_closed(pools));
	ring_deinit(&ring);
	for (unsigned i = 0; i < SERVERS; i++)
		stream_deinit(&servers[i].stream);
	pools_deinit(pools);
	resolver_deinit(&resolver);
	free(pools);
}

static struct share make_share(uint32_t nonce)
{
	struct share share = {
		.job = work, .ntime = work->ntime, .nonce = nonce, .version = work->version};

	/* A hash of its own that meets difficulty 1, but no network target of that nbits. */
	share.hash.word[0] = nonce;
	share.hash.word[6] = 0xfffe0000;
	return share;
}

/* The invariant of the books. */
static void check_books(void)
{
	const struct ledger *l = &pools->ledger;

	ck_assert_uint_eq(l->found, l->accepted + l->rejected + l->stale + l->duplicate +
					    l->unanswered + l->dropped + books_in_flight(l));
	ck_assert_uint_le(books_in_flight(l), 10000);
}

static const char *active(void)
{
	return pools->active ? pools->active->conf.name : "";
}

START_TEST(the_first_pool_is_mined_on)
{
	configure(3, 1);
	TURN_UNTIL(&ring, strcmp(active(), "pool0") == 0 && work);
	TURN_UNTIL(&ring, pool_usable(pools->order[1]));
	ck_assert_uint_eq(servers[0].users, 1);
	ck_assert_uint_eq(servers[1].users, 1);
	/* The third may have been called while the second was first to answer, but it is let go. */
	TURN_UNTIL(&ring, !pools->order[2]->wanted);
	ck_assert_uint_eq(work->version_mask, 0x1fffe000);
	ck_assert_str_eq(work->id, "first");
}
END_TEST

START_TEST(shares_go_to_who_issued_the_job)
{
	struct share share, late;

	configure(2, 1);
	TURN_UNTIL(&ring, strcmp(active(), "pool0") == 0 && pool_usable(pools->order[1]));
	share = make_share(1);
	pools_share(pools, &share);
	pools_share(pools, &share);
	TURN_UNTIL(&ring, pools->ledger.accepted == 1);
	ck_assert_uint_eq(pools->ledger.duplicate, 1);
	ck_assert_uint_eq(servers[0].submits, 1);
	ck_assert_ptr_nonnull(strstr(servers[0].last_submit, "\"00000001\",\"00000000\"]"));
	/* A clean job makes what was found before stale. */
	late = make_share(2);
	job_ref(late.job);
	server_job(&servers[0], "second", true);
	TURN_UNTIL(&ring, strcmp(work->id, "second") == 0);
	pools_share(pools, &late);
	job_unref(late.job);
	ck_assert_uint_eq(pools->ledger.stale, 1);
	/* One that is not clean does not. */
	late = make_share(3);
	job_ref(late.job);
	server_job(&servers[0], "third", false);
	TURN_UNTIL(&ring, strcmp(work->id, "third") == 0);
	pools_share(pools, &late);
	job_unref(late.job);
	TURN_UNTIL(&ring, pools->ledger.accepted == 2);
	/* A late one that is a block goes out all the same. */
	late = make_share(4);
	job_ref(late.job);
	late.hash.word[6] = 0x1000;
	server_job(&servers[0], "fourth", true);
	TURN_UNTIL(&ring, strcmp(work->id, "fourth") == 0);
	pools_share(pools, &late);
	job_unref(late.job);
	TURN_UNTIL(&ring, pools->ledger.blocks.accepted == 1);
	ck_assert_uint_eq(servers[1].submits, 0);
	check_books();
}
END_TEST

START_TEST(a_loss_is_answered_in_the_same_turn)
{
	struct share share;
	unsigned before;

	configure(2, 1);
	TURN_UNTIL(&ring, strcmp(active(), "pool0") == 0 && pool_usable(pools->order[1]));
	servers[0].silent_submits = true;
	share = make_share(7);
	job_ref(share.job);
	pools_share(pools, &share);
	TURN_UNTIL(&ring, servers[0].submits == 1);
	before = works;
	stream_close(&servers[0].stream);
	while (works == before)
		ck_assert_int_eq(ring_turn(&ring), 0);
	/* The very next work is the standby's, with nothing in between. */
	ck_assert_uint_eq(works, before + 1);
	ck_assert_str_eq(active(), "pool1");
	ck_assert_ptr_eq(work, pools->active->job);
	ck_assert_uint_eq(pools->ledger.unanswered, 1);
	/* What is found late for the lost login goes nowhere. */
	share.nonce = share.hash.word[0] = 8;
	pools_share(pools, &share);
	job_unref(share.job);
	ck_assert_uint_eq(pools->ledger.stale, 1);
	ck_assert_uint_eq(servers[1].submits, 0);
	check_books();
	/* It comes back, but has to stay healthy for a second first. */
	TURN_UNTIL(&ring, pool_usable(pools->order[0]));
	ck_assert_str_eq(active(), "pool1");
	TURN_UNTIL(&ring, strcmp(active(), "pool0") == 0);
	ck_assert_uint_ge(clock_now() - pools->order[0]->usable_ns, CLOCK_S);
}
END_TEST

START_TEST(rejects_in_a_row_end_it)
{
	configure(2, 1);
	TURN_UNTIL(&ring, strcmp(active(), "pool0") == 0 && pool_usable(pools->order[1]));
	servers[0].reject = true;
	for (uint32_t i = 0; i < 3; i++) {
		struct share share = make_share(100 + i);

		pools_share(pools, &share);
	}
	TURN_UNTIL(&ring, strcmp(active(), "pool1") == 0);
	ck_assert_uint_eq(pools->ledger.rejected, 3);
	ck_assert_ptr_nonnull(strstr(pools->order[0]->last_error, "3 shares in a row"));
	check_books();
}
END_TEST

START_TEST(rejects_of_older_work_are_no_fault)
{
	struct share shares[5];

	configure(2, 1);
	TURN_UNTIL(&ring, strcmp(active(), "pool0") == 0 && pool_usable(pools->order[1]));
	servers[0].silent_submits = true;
	for (uint32_t i = 0; i < 5; i++) {
		shares[i] = make_share(200 + i);
		pools_share(pools, &shares[i]);
	}
	TURN_UNTIL(&ring, servers[0].submits == 5);
	/* New work crosses the shares on their way: the pool refuses them all. */
	server_job(&servers[0], "new", true);
	for (uint32_t id = 1; id < 12; id++) {
		char line[128];

		snprintf(line, sizeof(line),
			 "{\"id\":%u,\"result\":null,\"error\":[21,\"Stale\",null]}\n", id);
		server_say(&servers[0], line);
	}
	TURN_UNTIL(&ring, pools->ledger.stale == 5);
	ck_assert_str_eq(active(), "pool0");
	ck_assert_str_eq(work->id, "new");
	check_books();
}
END_TEST

START_TEST(no_pool_no_work)
{
	configure(1, 1);
	TURN_UNTIL(&ring, work);
	servers[0].no_job = true;
	stream_close(&servers[0].stream);
	TURN_UNTIL(&ring, !work);
	ck_assert_ptr_null(pools->active);
	turn_kit_for(&ring, 300 * CLOCK_MS);
	ck_assert_ptr_null(pools->active);
	TURN_UNTIL(&ring, pools->order[0]->session.state == SESSION_READY);
	server_job(&servers[0], "again", true);
	TURN_UNTIL(&ring, work);
	ck_assert_str_eq(work->id, "again");
}
END_TEST

START_TEST(switched_by_hand)
{
	configure(3, 0);
	TURN_UNTIL(&ring, strcmp(active(), "pool0") == 0);
	ck_assert(!pools_switch(pools, "none"));
	ck_assert(pools_switch(pools, "pool2"));
	/* Without a gap: the old one works until the new one has a job. */
	ck_assert_str_eq(active(), "pool0");
	TURN_UNTIL(&ring, strcmp(active(), "pool2") == 0);
	ck_assert_ptr_nonnull(work);
	stream_close(&servers[2].stream);
	TURN_UNTIL(&ring, strcmp(active(), "pool0") == 0);
}
END_TEST

START_TEST(a_reload_leaves_alone_what_is_the_same)
{
	unsigned connects;

	configure(3, 2);
	TURN_UNTIL(&ring, strcmp(active(), "pool0") == 0 && pool_usable(pools->order[1]) &&
				  pool_usable(pools->order[2]));
	connects = servers[0].connects;
	configure(2, 1);
	turn_kit_for(&ring, 50 * CLOCK_MS);
	ck_assert_uint_eq(servers[0].connects, connects);
	ck_assert_str_eq(active(), "pool0");
	ck_assert_uint_eq(pools->n, 2);
	ck_assert_int_eq(servers[2].stream.state, STREAM_CLOSED);
	/* The active pool is taken out: its job leaves the workers. */
	configure(1, 0);
	turn_kit_for(&ring, 20 * CLOCK_MS);
	servers[0].port = servers[1].port;
	configure(1, 0);
	ck_assert_ptr_null(work);
	TURN_UNTIL(&ring, work);
}
END_TEST

static void rename_and_suggest(struct conf_pool *pool)
{
	char name[32];

	snprintf(name, sizeof(name), "new-%s", pool->name);
	free(pool->name);
	pool->name = strdup(name);
	pool->suggest_difficulty = 0.25;
}

static void other_user(struct conf_pool *pool)
{
	free(pool->password);
	pool->password = strdup("other");
}

/* What a connection can take over changes in place. */
START_TEST(a_reload_that_keeps_the_connection)
{
	struct job *before;
	struct pool *pool;

	configure(2, 1);
	TURN_UNTIL(&ring, strcmp(active(), "pool0") == 0 && pool_usable(pools->order[1]));
	pool = pools->order[0];
	before = work;
	configure_with(2, 1, rename_and_suggest);
	ck_assert_ptr_eq(pools->order[0], pool);
	ck_assert_ptr_eq(work, before);
	ck_assert_str_eq(active(), "new-pool0");
	TURN_UNTIL(&ring, servers[0].suggests == 1 && servers[1].suggests == 1);
	/* Nothing is asked for twice, and what is not said any more is not asked for again. */
	configure_with(2, 1, rename_and_suggest);
	configure(2, 1);
	turn_kit_for(&ring, 20 * CLOCK_MS);
	ck_assert_uint_eq(servers[0].suggests, 1);
	ck_assert_uint_eq(servers[0].connects, 1);
	ck_assert_uint_eq(servers[1].connects, 1);
	ck_assert_str_eq(active(), "pool0");
}
END_TEST

/* Other settings are another connection; a choice by hand is one of the name. */
START_TEST(a_reload_that_connects_anew)
{
	configure(2, 1);
	TURN_UNTIL(&ring, strcmp(active(), "pool0") == 0 && pool_usable(pools->order[1]));
	ck_assert(pools_switch(pools, "pool1"));
	TURN_UNTIL(&ring, strcmp(active(), "pool1") == 0);
	configure_with(2, 1, other_user);
	ck_assert_ptr_nonnull(pools->chosen);
	TURN_UNTIL(&ring, strcmp(active(), "pool1") == 0 && servers[1].connects == 2 && work);
	ck_assert_uint_eq(servers[0].connects, 2);
	ck_assert_ptr_eq(pools->chosen, pools->order[1]);
}
END_TEST

START_TEST(a_mask_is_valid_at_once)
{
	struct job *before;

	configure(1, 0);
	TURN_UNTIL(&ring, work);
	before = job_ref(work);
	server_say(&servers[0],
		   "{\"method\":\"mining.set_version_mask\",\"params\":[\"00c00000\"]}\n");
	TURN_UNTIL(&ring, work != before);
	ck_assert_uint_eq(work->version_mask, 0x00c00000);
	ck_assert_str_eq(work->id, before->id);
	/* The same headers with fewer versions: in another part of extranonce2. */
	ck_assert_uint_eq(work->round, before->round + 1);
	job_unref(before);
}
END_TEST

START_TEST(reconnect_is_obeyed)
{
	char line[128];

	configure(1, 0);
	TURN_UNTIL(&ring, work);
	snprintf(line, sizeof(line),
		 "{\"method\":\"client.reconnect\",\"params\":[\"127.0.0.1\",\"%u\",0]}\n",
		 servers[1].port);
	server_say(&servers[0], line);
	TURN_UNTIL(&ring, servers[1].connects == 1);
	/* To another host: not obeyed. */
	servers[1].users = 0;
	TURN_UNTIL(&ring, work);
	server_say(&servers[1],
		   "{\"method\":\"client.reconnect\",\"params\":[\"127.0.0.9\",1,0]}\n");
	turn_kit_for(&ring, 50 * CLOCK_MS);
	ck_assert_ptr_nonnull(work);
	ck_assert_int_eq(servers[1].stream.state, STREAM_OPEN);
}
END_TEST

static void wait_for_all(void)
{
	TURN_UNTIL(&ring, strcmp(active(), "pool0") == 0 && pool_usable(pools->order[1]) &&
				  pool_usable(pools->order[2]));
}

START_TEST(one_that_just_came_back_is_not_taken_before_one_that_stands_by)
{
	configure(3, 2);
	pools->limits.failback_after = 3600;
	wait_for_all();
	stream_close(&servers[0].stream);
	TURN_UNTIL(&ring, strcmp(active(), "pool1") == 0);
	TURN_UNTIL(&ring, pool_usable(pools->order[0]));
	stream_close(&servers[1].stream);
	TURN_UNTIL(&ring, strcmp(active(), "pool1") != 0);
	ck_assert_str_eq(active(), "pool2");
	/* Where there is nothing else, it has nothing to prove. */
	server_refuse(&servers[1]);
	server_refuse(&servers[2]);
	TURN_UNTIL(&ring, strcmp(active(), "pool0") == 0);
	ck_assert_ptr_nonnull(work);
}
END_TEST

START_TEST(a_standby_is_kept_while_the_better_one_is_tried)
{
	uint64_t attempts;

	configure(3, 1);
	TURN_UNTIL(&ring, strcmp(active(), "pool0") == 0 && pool_usable(pools->order[1]) &&
				  !pools->order[2]->wanted);
	servers[2].connects = 0;
	server_refuse(&servers[1]);
	TURN_UNTIL(&ring, pool_usable(pools->order[2]));
	attempts = pools->order[1]->attempts;
	TURN_UNTIL(&ring, pools->order[1]->attempts >= attempts + 2);
	ck_assert(pool_usable(pools->order[2]));
	ck_assert_uint_eq(servers[2].connects, 1);
	ck_assert_str_eq(active(), "pool0");
}
END_TEST

START_TEST(to_be_wanted_again_is_no_way_round_the_backoff)
{
	struct pool *pool;

	configure(1, 0);
	TURN_UNTIL(&ring, work);
	pool = pools->order[0];
	server_refuse(&servers[0]);
	TURN_UNTIL(&ring, pool->state == POOL_WAITING);
	pool->not_before_ns = clock_now() + 60 * CLOCK_S;
	pool_want(pool, false);
	ck_assert_int_eq(pool->state, POOL_OFF);
	pool_want(pool, true);
	ck_assert_int_eq(pool->state, POOL_WAITING);
	ck_assert_uint_gt(pool->retry.deadline, clock_now() + 50 * CLOCK_S);
	/* Who asks for it by name does not wait. */
	ck_assert(pools_switch(pools, "pool0"));
	ck_assert_uint_le(pool->retry.deadline, clock_now());
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("pool");
	TCase *choice = tcase_create("choice");

	tcase_add_checked_fixture(choice, setup, teardown);
	tcase_set_timeout(choice, 30);
	tcase_add_test(choice, the_first_pool_is_mined_on);
	tcase_add_test(choice, shares_go_to_who_issued_the_job);
	tcase_add_test(choice, a_loss_is_answered_in_the_same_turn);
	tcase_add_test(choice, rejects_in_a_row_end_it);
	tcase_add_test(choice, rejects_of_older_work_are_no_fault);
	tcase_add_test(choice, no_pool_no_work);
	tcase_add_test(choice, switched_by_hand);
	tcase_add_test(choice, a_reload_leaves_alone_what_is_the_same);
	tcase_add_test(choice, a_reload_that_keeps_the_connection);
	tcase_add_test(choice, a_reload_that_connects_anew);
	tcase_add_test(choice, a_mask_is_valid_at_once);
	tcase_add_test(choice, reconnect_is_obeyed);
	tcase_add_test(choice, one_that_just_came_back_is_not_taken_before_one_that_stands_by);
	tcase_add_test(choice, a_standby_is_kept_while_the_better_one_is_tried);
	tcase_add_test(choice, to_be_wanted_again_is_no_way_round_the_backoff);
	suite_add_tcase(suite, choice);
	return suite_kit_run(suite);
}
