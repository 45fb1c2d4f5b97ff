/* SPDX-License-Identifier: MIT */
/*
 * Folder pool/: the choice between pools and where shares go, against small servers on loopback
 * that live on the same ring.
 */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "choice_fixture.h"
#include "common/clock.h"
#include "common/container.h"
#include "common/log.h"
#include "iterate_fixture.h"
#include "pool/pools.h"
#include "share_stats_fixture.h"
#include "suite_main.h"

static struct choice_fixture fixture;

static void setup(void)
{
	choice_fixture_init(&fixture);
}

static void teardown(void)
{
	choice_fixture_deinit(&fixture);
}

static struct share make_share(uint32_t nonce)
{
	struct share share = {.job = fixture.work,
			      .ntime = fixture.work->ntime,
			      .nonce = nonce,
			      .version = fixture.work->version};

	/* A hash of its own that meets difficulty 1, but no network target of that nbits. */
	share.hash.word[0] = nonce;
	share.hash.word[6] = 0xfffe0000;
	return share;
}

static void check_accounting(void)
{
	share_stats_fixture_check(fixture.pools);
}

START_TEST(the_first_pool_is_mined_on)
{
	choice_fixture_configure(&fixture, 3, 1);
	ITERATE_UNTIL(&fixture.ring,
		      strcmp(choice_fixture_active(&fixture), "pool0") == 0 && fixture.work);
	ITERATE_UNTIL(&fixture.ring, pool_usable(fixture.pools->order[1]));
	ck_assert_uint_eq(fixture.servers[0].users, 1);
	ck_assert_uint_eq(fixture.servers[1].users, 1);
	/* The third may have been called while the second was first to answer, but is not needed.
	 */
	ITERATE_UNTIL(&fixture.ring, !fixture.pools->order[2]->wanted);
	ck_assert_uint_eq(fixture.work->version_mask, 0x1fffe000);
	ck_assert_str_eq(fixture.work->id, "first");
}
END_TEST

START_TEST(shares_go_to_who_issued_the_job)
{
	struct share share, late;

	choice_fixture_configure(&fixture, 2, 1);
	ITERATE_UNTIL(&fixture.ring, strcmp(choice_fixture_active(&fixture), "pool0") == 0 &&
					     pool_usable(fixture.pools->order[1]));
	share = make_share(1);
	pools_share(fixture.pools, &share);
	pools_share(fixture.pools, &share);
	ITERATE_UNTIL(&fixture.ring, fixture.pools->stats.accepted == 1);
	ck_assert_uint_eq(fixture.pools->stats.duplicate, 1);
	ck_assert_uint_eq(fixture.servers[0].submits, 1);
	ck_assert_ptr_nonnull(strstr(fixture.servers[0].last_submit, "\"00000001\",\"00000000\"]"));
	/* A clean job makes what was found before stale. */
	late = make_share(2);
	job_ref(late.job);
	server_job(&fixture.servers[0], "second", true);
	ITERATE_UNTIL(&fixture.ring, strcmp(fixture.work->id, "second") == 0);
	pools_share(fixture.pools, &late);
	job_unref(late.job);
	ck_assert_uint_eq(fixture.pools->stats.stale, 1);
	/* One that is not clean does not. */
	late = make_share(3);
	job_ref(late.job);
	server_job(&fixture.servers[0], "third", false);
	ITERATE_UNTIL(&fixture.ring, strcmp(fixture.work->id, "third") == 0);
	pools_share(fixture.pools, &late);
	job_unref(late.job);
	ITERATE_UNTIL(&fixture.ring, fixture.pools->stats.accepted == 2);
	/* A late one that is a block goes out all the same. */
	late = make_share(4);
	job_ref(late.job);
	late.hash.word[6] = 0x1000;
	server_job(&fixture.servers[0], "fourth", true);
	ITERATE_UNTIL(&fixture.ring, strcmp(fixture.work->id, "fourth") == 0);
	pools_share(fixture.pools, &late);
	job_unref(late.job);
	ITERATE_UNTIL(&fixture.ring, fixture.pools->stats.blocks.accepted == 1);
	ck_assert_uint_eq(fixture.servers[1].submits, 0);
	check_accounting();
}
END_TEST

START_TEST(a_loss_is_answered_in_the_same_iteration)
{
	struct share share;
	unsigned before;

	choice_fixture_configure(&fixture, 2, 1);
	ITERATE_UNTIL(&fixture.ring, strcmp(choice_fixture_active(&fixture), "pool0") == 0 &&
					     pool_usable(fixture.pools->order[1]));
	fixture.servers[0].silent_submits = true;
	share = make_share(7);
	job_ref(share.job);
	pools_share(fixture.pools, &share);
	ITERATE_UNTIL(&fixture.ring, fixture.servers[0].submits == 1);
	before = fixture.works;
	stream_close(&fixture.servers[0].stream);
	while (fixture.works == before)
		ck_assert_int_eq(ring_iterate(&fixture.ring), 0);
	/* The very next work is the standby's, with nothing in between. */
	ck_assert_uint_eq(fixture.works, before + 1);
	ck_assert_str_eq(choice_fixture_active(&fixture), "pool1");
	ck_assert_ptr_eq(fixture.work, fixture.pools->active->work.job);
	ck_assert_uint_eq(fixture.pools->stats.unanswered, 1);
	/* What is found late for the lost login goes nowhere. */
	share.nonce = share.hash.word[0] = 8;
	pools_share(fixture.pools, &share);
	job_unref(share.job);
	ck_assert_uint_eq(fixture.pools->stats.stale, 1);
	ck_assert_uint_eq(fixture.servers[1].submits, 0);
	check_accounting();
	/* It comes back, but has to stay healthy for a second first. */
	ITERATE_UNTIL(&fixture.ring, pool_usable(fixture.pools->order[0]));
	ck_assert_str_eq(choice_fixture_active(&fixture), "pool1");
	ITERATE_UNTIL(&fixture.ring, strcmp(choice_fixture_active(&fixture), "pool0") == 0);
	ck_assert_uint_ge(clock_now() - fixture.pools->order[0]->health.usable_ns, CLOCK_S);
}
END_TEST

START_TEST(rejects_in_a_row_end_it)
{
	choice_fixture_configure(&fixture, 2, 1);
	ITERATE_UNTIL(&fixture.ring, strcmp(choice_fixture_active(&fixture), "pool0") == 0 &&
					     pool_usable(fixture.pools->order[1]));
	fixture.servers[0].reject = true;
	for (uint32_t i = 0; i < 3; i++) {
		struct share share = make_share(100 + i);

		pools_share(fixture.pools, &share);
	}
	ITERATE_UNTIL(&fixture.ring, strcmp(choice_fixture_active(&fixture), "pool1") == 0);
	ck_assert_uint_eq(fixture.pools->stats.rejected, 3);
	ck_assert_ptr_nonnull(
		strstr(fixture.pools->order[0]->history.last_error, "3 shares in a row"));
	check_accounting();
}
END_TEST

START_TEST(rejects_of_older_work_are_no_fault)
{
	struct share shares[5];

	choice_fixture_configure(&fixture, 2, 1);
	ITERATE_UNTIL(&fixture.ring, strcmp(choice_fixture_active(&fixture), "pool0") == 0 &&
					     pool_usable(fixture.pools->order[1]));
	fixture.servers[0].silent_submits = true;
	for (uint32_t i = 0; i < 5; i++) {
		shares[i] = make_share(200 + i);
		pools_share(fixture.pools, &shares[i]);
	}
	ITERATE_UNTIL(&fixture.ring, fixture.servers[0].submits == 5);
	/* New work crosses the shares on their way: the pool refuses them all. */
	server_job(&fixture.servers[0], "new", true);
	for (uint32_t id = 1; id < 12; id++) {
		char line[128];

		snprintf(line, sizeof(line),
			 "{\"id\":%u,\"result\":null,\"error\":[21,\"Stale\",null]}\n", id);
		server_say(&fixture.servers[0], line);
	}
	ITERATE_UNTIL(&fixture.ring, fixture.pools->stats.stale == 5);
	ck_assert_str_eq(choice_fixture_active(&fixture), "pool0");
	ck_assert_str_eq(fixture.work->id, "new");
	check_accounting();
}
END_TEST

START_TEST(no_pool_no_work)
{
	choice_fixture_configure(&fixture, 1, 1);
	ITERATE_UNTIL(&fixture.ring, fixture.work);
	fixture.servers[0].no_job = true;
	stream_close(&fixture.servers[0].stream);
	ITERATE_UNTIL(&fixture.ring, !fixture.work);
	ck_assert_ptr_null(fixture.pools->active);
	iterate_for(&fixture.ring, 300 * CLOCK_MS);
	ck_assert_ptr_null(fixture.pools->active);
	ITERATE_UNTIL(&fixture.ring,
		      upstream_state(&fixture.pools->order[0]->upstream) == UPSTREAM_READY);
	server_job(&fixture.servers[0], "again", true);
	ITERATE_UNTIL(&fixture.ring, fixture.work);
	ck_assert_str_eq(fixture.work->id, "again");
}
END_TEST

START_TEST(switched_by_hand)
{
	choice_fixture_configure(&fixture, 3, 0);
	ITERATE_UNTIL(&fixture.ring, strcmp(choice_fixture_active(&fixture), "pool0") == 0);
	ck_assert(!pools_switch(fixture.pools, "none"));
	ck_assert(pools_switch(fixture.pools, "pool2"));
	/* Without a gap: the old one fixture.works until the new one has a job. */
	ck_assert_str_eq(choice_fixture_active(&fixture), "pool0");
	ITERATE_UNTIL(&fixture.ring, strcmp(choice_fixture_active(&fixture), "pool2") == 0);
	ck_assert_ptr_nonnull(fixture.work);
	stream_close(&fixture.servers[2].stream);
	ITERATE_UNTIL(&fixture.ring, strcmp(choice_fixture_active(&fixture), "pool0") == 0);
}
END_TEST

START_TEST(a_mask_is_valid_at_once)
{
	struct job *before;

	choice_fixture_configure(&fixture, 1, 0);
	ITERATE_UNTIL(&fixture.ring, fixture.work);
	before = job_ref(fixture.work);
	server_say(&fixture.servers[0],
		   "{\"method\":\"mining.set_version_mask\",\"params\":[\"00c00000\"]}\n");
	ITERATE_UNTIL(&fixture.ring, fixture.work != before);
	ck_assert_uint_eq(fixture.work->version_mask, 0x00c00000);
	ck_assert_str_eq(fixture.work->id, before->id);
	/* The same headers with fewer versions: in another part of extranonce2. */
	ck_assert_uint_eq(fixture.work->round, before->round + 1);
	job_unref(before);
}
END_TEST

START_TEST(reconnect_is_obeyed)
{
	char line[128];

	choice_fixture_configure(&fixture, 1, 0);
	ITERATE_UNTIL(&fixture.ring, fixture.work);
	snprintf(line, sizeof(line),
		 "{\"method\":\"client.reconnect\",\"params\":[\"127.0.0.1\",\"%u\",0]}\n",
		 fixture.servers[1].port);
	server_say(&fixture.servers[0], line);
	ITERATE_UNTIL(&fixture.ring, fixture.servers[1].connects == 1);
	/* To another host: not obeyed. The job behind it shows that the line was read. */
	ITERATE_UNTIL(&fixture.ring, fixture.work);
	server_say(&fixture.servers[1],
		   "{\"method\":\"client.reconnect\",\"params\":[\"127.0.0.9\",1,0]}\n");
	server_job(&fixture.servers[1], "after", false);
	ITERATE_UNTIL(&fixture.ring, fixture.work && strcmp(fixture.work->id, "after") == 0);
	ck_assert_int_eq(fixture.servers[1].stream.state, STREAM_OPEN);
	ck_assert_uint_eq(fixture.servers[1].connects, 1);
}
END_TEST

/* An attempt that is given up is over: the next one is at the configured server. */
START_TEST(a_redirect_is_for_one_attempt)
{
	struct pool *pool;

	choice_fixture_configure(&fixture, 1, 0);
	ITERATE_UNTIL(&fixture.ring, fixture.work);
	pool = fixture.pools->order[0];
	fixture.servers[1].deaf = "";
	server_redirect(&fixture.servers[0], fixture.servers[1].port);
	ITERATE_UNTIL(&fixture.ring, fixture.servers[1].is_deaf);
	pool_want(pool, false);
	ITERATE_UNTIL(&fixture.ring, upstream_state(&pool->upstream) == UPSTREAM_CLOSED);
	pool_want(pool, true);
	ITERATE_UNTIL(&fixture.ring,
		      fixture.servers[0].connects == 2 || fixture.servers[1].connects == 2);
	ck_assert_uint_eq(fixture.servers[1].connects, 1);
	ITERATE_UNTIL(&fixture.ring, fixture.work);
}
END_TEST

/* When it is wanted again, perhaps a day later, what it asked for then says nothing. */
START_TEST(a_redirect_ends_with_the_need_for_the_pool)
{
	struct pool *pool;
	char line[128];

	choice_fixture_configure(&fixture, 1, 0);
	ITERATE_UNTIL(&fixture.ring, fixture.work);
	pool = fixture.pools->order[0];
	snprintf(line, sizeof(line),
		 "{\"method\":\"client.reconnect\",\"params\":[\"127.0.0.1\",%u,1]}\n",
		 fixture.servers[1].port);
	server_say(&fixture.servers[0], line);
	ITERATE_UNTIL(&fixture.ring, pool->redirect_port != 0);
	pool_want(pool, false);
	ITERATE_UNTIL(&fixture.ring, upstream_state(&pool->upstream) == UPSTREAM_CLOSED);
	pool_want(pool, true);
	ITERATE_UNTIL(&fixture.ring, fixture.work);
	ck_assert_uint_eq(fixture.servers[0].connects, 2);
	ck_assert_uint_eq(fixture.servers[1].connects, 0);
}
END_TEST

static void wait_for_all(void)
{
	ITERATE_UNTIL(&fixture.ring, strcmp(choice_fixture_active(&fixture), "pool0") == 0 &&
					     pool_usable(fixture.pools->order[1]) &&
					     pool_usable(fixture.pools->order[2]));
}

START_TEST(one_that_just_came_back_is_not_taken_before_one_that_stands_by)
{
	choice_fixture_configure(&fixture, 3, 2);
	fixture.pools->limits.failback_after = 3600;
	wait_for_all();
	stream_close(&fixture.servers[0].stream);
	ITERATE_UNTIL(&fixture.ring, strcmp(choice_fixture_active(&fixture), "pool1") == 0);
	ITERATE_UNTIL(&fixture.ring, pool_usable(fixture.pools->order[0]));
	stream_close(&fixture.servers[1].stream);
	ITERATE_UNTIL(&fixture.ring, strcmp(choice_fixture_active(&fixture), "pool1") != 0);
	ck_assert_str_eq(choice_fixture_active(&fixture), "pool2");
	/* Where there is nothing else, it has nothing to prove. */
	server_refuse(&fixture.servers[1]);
	server_refuse(&fixture.servers[2]);
	ITERATE_UNTIL(&fixture.ring, strcmp(choice_fixture_active(&fixture), "pool0") == 0);
	ck_assert_ptr_nonnull(fixture.work);
}
END_TEST

START_TEST(a_standby_is_kept_while_the_better_one_is_tried)
{
	uint64_t attempts;

	choice_fixture_configure(&fixture, 3, 1);
	ITERATE_UNTIL(&fixture.ring, strcmp(choice_fixture_active(&fixture), "pool0") == 0 &&
					     pool_usable(fixture.pools->order[1]) &&
					     !fixture.pools->order[2]->wanted);
	fixture.servers[2].connects = 0;
	server_refuse(&fixture.servers[1]);
	ITERATE_UNTIL(&fixture.ring, pool_usable(fixture.pools->order[2]));
	attempts = fixture.pools->order[1]->history.attempts;
	ITERATE_UNTIL(&fixture.ring, fixture.pools->order[1]->history.attempts >= attempts + 2);
	ck_assert(pool_usable(fixture.pools->order[2]));
	ck_assert_uint_eq(fixture.servers[2].connects, 1);
	ck_assert_str_eq(choice_fixture_active(&fixture), "pool0");
}
END_TEST

/* It is lost again before a slow one is usable, if that has to begin anew each time. */
START_TEST(the_next_one_is_kept_until_the_active_one_has_recovered)
{
	struct share share;

	choice_fixture_configure(&fixture, 2, 0);
	ITERATE_UNTIL(&fixture.ring, strcmp(choice_fixture_active(&fixture), "pool0") == 0);
	fixture.servers[1].no_job = true;
	stream_close(&fixture.servers[0].stream);
	ITERATE_UNTIL(&fixture.ring, fixture.servers[1].users > 0);
	ITERATE_UNTIL(&fixture.ring, strcmp(choice_fixture_active(&fixture), "pool0") == 0);
	ck_assert(fixture.pools->order[1]->wanted);
	server_job(&fixture.servers[1], "slow", true);
	ITERATE_UNTIL(&fixture.ring, pool_usable(fixture.pools->order[1]));
	ck_assert_str_eq(choice_fixture_active(&fixture), "pool0");
	/* An accepted share shows that it works, once the login is old enough. */
	fixture.pools->order[0]->health.usable_ns -= POOL_HEALTH_PROGRESS * CLOCK_S;
	share = make_share(1);
	pools_share(fixture.pools, &share);
	ITERATE_UNTIL(&fixture.ring, fixture.pools->stats.accepted == 1);
	ck_assert(!fixture.pools->order[1]->wanted);
	ck_assert_str_eq(choice_fixture_active(&fixture), "pool0");
}
END_TEST

START_TEST(to_be_wanted_again_is_no_way_round_the_backoff)
{
	struct pool *pool;
	uint64_t not_before;

	choice_fixture_configure(&fixture, 1, 0);
	ITERATE_UNTIL(&fixture.ring, fixture.work);
	pool = fixture.pools->order[0];
	server_refuse(&fixture.servers[0]);
	ITERATE_UNTIL(&fixture.ring, pool->state == POOL_WAITING);
	not_before = pool->health.not_before_ns;
	pool_want(pool, false);
	ck_assert_int_eq(pool->state, POOL_OFF);
	pool_want(pool, true);
	ck_assert_int_eq(pool->state, POOL_WAITING);
	ck_assert_uint_ge(pool->retry.deadline, not_before);
	/* Who asks for it by name does not wait. */
	ck_assert(pools_switch(fixture.pools, "pool0"));
	ck_assert_uint_le(pool->retry.deadline, clock_now());
}
END_TEST

/*
 * Of nodes it is known what pools keep to themselves: which blocks they took. These two speak
 * Stratum, but only what they took is looked at here.
 */
START_TEST(one_block_on_a_parent_is_enough_for_all_nodes)
{
	struct block block = {};
	struct block_count *count[2];
	struct pool *pool[2];

	choice_fixture_configure(&fixture, 2, 1);
	for (unsigned i = 0; i < 2; i++) {
		pool[i] = fixture.pools->order[i];
		count[i] = &pool[i]->shares.stats.blocks;
		ITERATE_UNTIL(&fixture.ring, pool_usable(pool[i]));
		pool[i]->conf.transport = CONF_TRANSPORT_HTTP;
	}
	memcpy(block.prevhash, pool[0]->work.job->prevhash, sizeof(block.prevhash));
	memcpy(pool[1]->work.job->prevhash, block.prevhash, sizeof(block.prevhash));
	pools_block_answered(fixture.pools, pool[0], &block, false);
	ck_assert(!block_count_settled(count[0], block.prevhash));
	pools_block_answered(fixture.pools, pool[0], &block, true);
	ck_assert(block_count_settled(count[0], block.prevhash));
	ck_assert(block_count_settled(count[1], block.prevhash));
	/* One that is late to tell of it is not to get another when it comes back .. */
	pools_node_is_back(fixture.pools, pool[1]);
	ck_assert(block_count_settled(count[1], block.prevhash));
	/* .. but the one that took it is if no other has it: it has forgotten it. */
	pools_node_is_back(fixture.pools, pool[0]);
	ck_assert(!block_count_settled(count[0], block.prevhash));
	pools_node_is_back(fixture.pools, pool[1]);
	ck_assert(!block_count_settled(count[1], block.prevhash));
	ck_assert_uint_eq(count[0]->found + count[1]->found, 0);
	for (unsigned i = 0; i < 2; i++)
		pool[i]->conf.transport = CONF_TRANSPORT_TCP;
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
	tcase_add_test(choice, a_loss_is_answered_in_the_same_iteration);
	tcase_add_test(choice, rejects_in_a_row_end_it);
	tcase_add_test(choice, rejects_of_older_work_are_no_fault);
	tcase_add_test(choice, no_pool_no_work);
	tcase_add_test(choice, switched_by_hand);
	tcase_add_test(choice, a_mask_is_valid_at_once);
	tcase_add_test(choice, reconnect_is_obeyed);
	tcase_add_test(choice, a_redirect_is_for_one_attempt);
	tcase_add_test(choice, a_redirect_ends_with_the_need_for_the_pool);
	tcase_add_test(choice, one_that_just_came_back_is_not_taken_before_one_that_stands_by);
	tcase_add_test(choice, a_standby_is_kept_while_the_better_one_is_tried);
	tcase_add_test(choice, the_next_one_is_kept_until_the_active_one_has_recovered);
	tcase_add_test(choice, to_be_wanted_again_is_no_way_round_the_backoff);
	tcase_add_test(choice, one_block_on_a_parent_is_enough_for_all_nodes);
	suite_add_tcase(suite, choice);
	return suite_main(suite);
}
