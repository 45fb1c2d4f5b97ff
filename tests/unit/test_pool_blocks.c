/* SPDX-License-Identifier: MIT */
/* Hashes that are blocks: which of them a pool gets, and which of them count. */
#include <check.h>
#include <stdio.h>
#include <string.h>

#include "common/clock.h"
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

#define SET(what, params) "{\"id\":null,\"method\":\"mining.set_" what "\",\"params\":" params "}"

/* Where shares are harder than blocks. */
static void hard_login(void)
{
	login();
	server_say(&fixture.server, SET("difficulty", "[1e15]") "\n");
	login_fixture_next_job(&fixture, "hard");
}

/* The reply to the last request, a share. */
static void reject_share(void)
{
	char line[128];

	snprintf(line, sizeof(line), "{\"id\":%u,\"result\":null,\"error\":[20,\"no\",null]}\n",
		 session()->login.next_id);
	server_say(&fixture.server, line);
}

/* Where shares are harder than blocks, blocks alone tell. */
START_TEST(a_forgotten_login_of_blocks_alone)
{
	hard_login();
	fixture.server.reject = true;
	fixture.server.error = "[24,\"Unauthorized worker\",null]";
	login_fixture_give_block(&fixture, fixture.work, 1);
	ITERATE_UNTIL(&fixture.ring, fixture.pools->stats.rejected == 1);
	ck_assert_ptr_nonnull(fixture.work);
	login_fixture_give_block(&fixture, fixture.work, 2);
	ITERATE_UNTIL(&fixture.ring, !fixture.work);
	ck_assert_msg(strstr(login_fixture_pool(&fixture)->history.last_loss, "lost the login"),
		      "%s", login_fixture_pool(&fixture)->history.last_loss);
	login_fixture_check_accounting(&fixture);
}
END_TEST

/* A hash that is a block, but no share: to the pool it goes, and its refusal says nothing. */
START_TEST(a_block_that_is_no_share)
{
	struct share share;

	login();
	fixture.server.reject = true;
	fixture.server.error = "[23,\"Low difficulty\",null]";
	for (uint32_t i = 1; i <= 10; i++) {
		/* Its difficulty is about 0.06, the share's 1. */
		share = login_fixture_share(fixture.work, i);
		share.hash.word[7] = 0xf;
		share.job->network_target.word[7] = 0xff;
		pools_share(fixture.pools, &share);
		ITERATE_UNTIL(&fixture.ring, fixture.pools->stats.rejected == i);
	}
	ck_assert_ptr_nonnull(fixture.work);
	ck_assert_uint_eq(fixture.server.connects, 1);
	ck_assert_uint_eq(session()->dispatch.rejects.any, 0);
	ck_assert(!login_fixture_pool(&fixture)->shares.raise.at_once);
	login_fixture_check_accounting(&fixture);
}
END_TEST

START_TEST(a_block_is_counted_once_for_each_parent)
{
	login();
	fixture.watch = ID_BLOCK_ACCEPTED;
	for (uint32_t i = 1; i <= 50; i++) {
		login_fixture_give_block(&fixture, fixture.work, i);
		ITERATE_UNTIL(&fixture.ring, fixture.pools->stats.accepted == i);
	}
	ck_assert_uint_eq(fixture.pools->stats.blocks.found, 1);
	ck_assert_uint_eq(fixture.pools->stats.blocks.accepted, 1);
	ck_assert_str_ne(fixture.watched, "");
	/* One that was found and not accepted is counted separately. */
	fixture.server.block = 1;
	login_fixture_next_job(&fixture, "next");
	fixture.server.reject = true;
	login_fixture_give_block(&fixture, fixture.work, 100);
	ITERATE_UNTIL(&fixture.ring, fixture.pools->stats.rejected == 1);
	ck_assert_uint_eq(fixture.pools->stats.blocks.found, 2);
	ck_assert_uint_eq(login_fixture_pool(&fixture)->shares.stats.blocks.found, 2);
	ck_assert_uint_eq(fixture.pools->stats.blocks.accepted, 1);
	fixture.server.reject = false;
	login_fixture_give_block(&fixture, fixture.work, 101);
	ITERATE_UNTIL(&fixture.ring, fixture.pools->stats.blocks.accepted == 2);
	ck_assert_uint_eq(login_fixture_pool(&fixture)->shares.stats.blocks.accepted, 2);
	ck_assert_uint_eq(fixture.pools->stats.blocks.found, 2);
}
END_TEST

/* The block that was held has the extranonce1 of before: to the pool it would be another one. */
START_TEST(a_block_held_over_a_change_of_extranonce1)
{
	const struct work_terms *terms = &session()->login.terms;

	hard_login();
	fixture.server.silent_submits = true;
	login_fixture_give_block(&fixture, fixture.work, 1);
	login_fixture_give_block(&fixture, fixture.work, 2);
	ITERATE_UNTIL(&fixture.ring, fixture.server.submits == 1);
	ck_assert_uint_eq(login_fixture_pool(&fixture)->shares.held_blocks.n, 1);
	server_say(&fixture.server, SET("extranonce", "[\"abcd\",4]") "\n");
	ITERATE_UNTIL(&fixture.ring, terms->extranonce1[0] == 0xab);
	reject_share();
	ITERATE_UNTIL(&fixture.ring, fixture.pools->stats.rejected == 1);
	iterate_for(&fixture.ring, 20 * CLOCK_MS);
	ck_assert_uint_eq(fixture.server.submits, 1);
	ck_assert_uint_eq(fixture.pools->stats.found, 1);
	ck_assert_uint_eq(login_fixture_pool(&fixture)->shares.held_blocks.n, 0);
	login_fixture_check_accounting(&fixture);
}
END_TEST

/* Version rolling is granted while a block is held that was found without. */
START_TEST(a_block_held_over_a_grant)
{
	fixture.server.silent_configure = true;
	ITERATE_UNTIL(&fixture.ring, strcmp(fixture.server.methods, " configure") == 0);
	jump_clock((HANDSHAKE_CONFIGURE_TIMEOUT + 1) * CLOCK_S);
	hard_login();
	fixture.server.silent_submits = true;
	login_fixture_give_block(&fixture, fixture.work, 1);
	login_fixture_give_block(&fixture, fixture.work, 2);
	ITERATE_UNTIL(&fixture.ring, fixture.server.submits == 1);
	ck_assert_ptr_nonnull(strstr(fixture.server.last_submit, "\"00000001\"]"));
	server_grant(&fixture.server);
	ITERATE_UNTIL(&fixture.ring, fixture.work->version_mask == 0x1fffe000);
	reject_share();
	ITERATE_UNTIL(&fixture.ring, fixture.server.submits == 2);
	ck_assert_ptr_nonnull(strstr(fixture.server.last_submit, "\"00000002\",\"00000000\"]"));
}
END_TEST

/*
 * A block of an earlier login or of another run goes no way of a share: what the pool says of it
 * decides all the same whether another one on its parent is wanted.
 */
START_TEST(a_block_of_before_is_accepted)
{
	struct pool *pool = login_fixture_pool(&fixture);

	hard_login();
	share_tracker_block_answered(&pool->shares, fixture.work->prevhash, true);
	login_fixture_give_block(&fixture, fixture.work, 1);
	ck_assert_uint_eq(pool->shares.held_blocks.n, 1);
	ck_assert_uint_eq(fixture.pools->stats.found, 0);
	ck_assert_uint_eq(pool->shares.stats.blocks.accepted, 0);
	/* A pool that comes back to that parent wants one. */
	share_tracker_new_block(&pool->shares, fixture.work->prevhash);
	login_fixture_give_block(&fixture, fixture.work, 2);
	ITERATE_UNTIL(&fixture.ring, fixture.pools->stats.accepted == 1);
	login_fixture_check_accounting(&fixture);
}
END_TEST

START_TEST(a_block_of_before_is_rejected)
{
	struct pool *pool = login_fixture_pool(&fixture);
	struct block_count *count = &pool->shares.stats.blocks;

	hard_login();
	block_count_found(count, fixture.work->prevhash);
	block_count_sent(count, fixture.work->prevhash);
	login_fixture_give_block(&fixture, fixture.work, 1);
	login_fixture_give_block(&fixture, fixture.work, 2);
	ck_assert_uint_eq(pool->shares.held_blocks.n, 2);
	share_tracker_block_answered(&pool->shares, fixture.work->prevhash, false);
	ck_assert_uint_eq(pool->shares.held_blocks.n, 1);
	ck_assert_uint_eq(pool->shares.inflight.n, 1);
	/* The one in its place is waited for, whatever becomes of others. */
	share_tracker_block_answered(&pool->shares, fixture.work->prevhash, false);
	ck_assert_uint_eq(pool->shares.inflight.n, 1);
	ITERATE_UNTIL(&fixture.ring, fixture.pools->stats.accepted == 1);
	ck_assert_uint_eq(count->accepted, 1);
	ck_assert_uint_eq(pool->shares.held_blocks.n, 0);
	login_fixture_check_accounting(&fixture);
}
END_TEST

/* Its answer will not come any more, and must not be waited for in the next login. */
START_TEST(a_block_of_before_is_forgotten)
{
	struct block_count *count = &login_fixture_pool(&fixture)->shares.stats.blocks;

	hard_login();
	block_count_found(count, fixture.work->prevhash);
	block_count_sent(count, fixture.work->prevhash);
	login_fixture_lose(&fixture);
	hard_login();
	login_fixture_give_block(&fixture, fixture.work, 1);
	ITERATE_UNTIL(&fixture.ring, fixture.pools->stats.accepted == 1);
	login_fixture_check_accounting(&fixture);
}
END_TEST

/* A node accepts a share that might be a block, but got another one on its parent. */
START_TEST(a_share_alone_is_no_block)
{
	struct share_tracker *tracker = &login_fixture_pool(&fixture)->shares;
	const struct share_answer answer = {.no_block = true, .text = ""};

	login();
	fixture.server.silent_submits = true;
	login_fixture_give_block(&fixture, fixture.work, 1);
	share_tracker_answered(tracker, &inflight_next(&tracker->inflight, NULL)->share, &answer);
	ck_assert_uint_eq(fixture.pools->stats.accepted, 1);
	ck_assert_uint_eq(fixture.pools->stats.blocks.accepted, 0);
	ck_assert_uint_eq(tracker->stats.blocks.accepted, 0);
	login_fixture_check_accounting(&fixture);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("pool_blocks");
	TCase *tests = tcase_create("pool_blocks");

	tcase_add_checked_fixture(tests, setup, teardown);
	tcase_set_timeout(tests, 60);
	tcase_add_test(tests, a_forgotten_login_of_blocks_alone);
	tcase_add_test(tests, a_block_that_is_no_share);
	tcase_add_test(tests, a_block_is_counted_once_for_each_parent);
	tcase_add_test(tests, a_block_held_over_a_change_of_extranonce1);
	tcase_add_test(tests, a_block_held_over_a_grant);
	tcase_add_test(tests, a_block_of_before_is_accepted);
	tcase_add_test(tests, a_block_of_before_is_rejected);
	tcase_add_test(tests, a_block_of_before_is_forgotten);
	tcase_add_test(tests, a_share_alone_is_no_block);
	suite_add_tcase(suite, tests);
	return suite_main(suite);
}
