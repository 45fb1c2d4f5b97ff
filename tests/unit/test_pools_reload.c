/* SPDX-License-Identifier: MIT */
/* Folder pool/: what becomes of connections when the configuration is reloaded. */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "choice_fixture.h"
#include "iterate_fixture.h"
#include "pool/pool_tune.h"
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

START_TEST(a_reload_leaves_alone_what_is_the_same)
{
	unsigned connects;

	choice_fixture_configure(&fixture, 3, 2);
	ITERATE_UNTIL(&fixture.ring, strcmp(choice_fixture_active(&fixture), "pool0") == 0 &&
					     pool_usable(fixture.pools->order[1]) &&
					     pool_usable(fixture.pools->order[2]));
	connects = fixture.servers[0].connects;
	choice_fixture_configure(&fixture, 2, 1);
	ITERATE_UNTIL(&fixture.ring, fixture.servers[2].stream.state == STREAM_CLOSED);
	ck_assert_uint_eq(fixture.servers[0].connects, connects);
	ck_assert_str_eq(choice_fixture_active(&fixture), "pool0");
	ck_assert_uint_eq(fixture.pools->n, 2);
	/* The active pool is taken out: its job leaves the workers. */
	choice_fixture_configure(&fixture, 1, 0);
	ITERATE_UNTIL(&fixture.ring, fixture.servers[1].stream.state == STREAM_CLOSED);
	fixture.servers[0].port = fixture.servers[1].port;
	choice_fixture_configure(&fixture, 1, 0);
	ck_assert_ptr_null(fixture.work);
	ITERATE_UNTIL(&fixture.ring, fixture.work);
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

	choice_fixture_configure(&fixture, 2, 1);
	ITERATE_UNTIL(&fixture.ring, strcmp(choice_fixture_active(&fixture), "pool0") == 0 &&
					     pool_usable(fixture.pools->order[1]));
	pool = fixture.pools->order[0];
	before = fixture.work;
	choice_fixture_configure_with(&fixture, 2, 1, rename_and_suggest);
	ck_assert_ptr_eq(fixture.pools->order[0], pool);
	ck_assert_ptr_eq(fixture.work, before);
	ck_assert_str_eq(choice_fixture_active(&fixture), "new-pool0");
	ITERATE_UNTIL(&fixture.ring,
		      fixture.servers[0].suggests == 1 && fixture.servers[1].suggests == 1);
	/* Nothing is asked for twice, and what is not said any more is not asked for again. */
	choice_fixture_configure_with(&fixture, 2, 1, rename_and_suggest);
	choice_fixture_configure(&fixture, 2, 1);
	iterate_for(&fixture.ring, 20 * CLOCK_MS);
	ck_assert_uint_eq(fixture.servers[0].suggests, 1);
	ck_assert_uint_eq(fixture.servers[0].connects, 1);
	ck_assert_uint_eq(fixture.servers[1].connects, 1);
	ck_assert_str_eq(choice_fixture_active(&fixture), "pool0");
}
END_TEST

/* Nothing of it is left with the caller, the password least of all. */
START_TEST(the_same_settings_are_taken_over)
{
	struct conf_pool *own, conf;

	choice_fixture_configure(&fixture, 1, 0);
	own = &fixture.pools->order[0]->conf;
	conf = *own;
	conf.name = strdup(own->name);
	conf.url = strdup(own->url);
	conf.host = strdup(own->host);
	conf.user = strdup(own->user);
	conf.password = strdup(own->password);
	conf.user_agent = strdup(own->user_agent);
	pool_tune(fixture.pools->order[0], &conf);
	ck_assert_ptr_null(conf.name);
	ck_assert_ptr_null(conf.password);
	ck_assert_str_eq(own->password, "x");
}
END_TEST

/* Other settings are another connection; a choice by hand is one of the name. */
START_TEST(a_reload_that_connects_anew)
{
	choice_fixture_configure(&fixture, 2, 1);
	ITERATE_UNTIL(&fixture.ring, strcmp(choice_fixture_active(&fixture), "pool0") == 0 &&
					     pool_usable(fixture.pools->order[1]));
	ck_assert(pools_switch(fixture.pools, "pool1"));
	ITERATE_UNTIL(&fixture.ring, strcmp(choice_fixture_active(&fixture), "pool1") == 0);
	choice_fixture_configure_with(&fixture, 2, 1, other_user);
	ck_assert_ptr_nonnull(fixture.pools->chosen);
	ITERATE_UNTIL(&fixture.ring, strcmp(choice_fixture_active(&fixture), "pool1") == 0 &&
					     fixture.servers[1].connects == 2 && fixture.work);
	ITERATE_UNTIL(&fixture.ring, fixture.servers[0].connects == 2);
	ck_assert_ptr_eq(fixture.pools->chosen, fixture.pools->order[1]);
}
END_TEST

static void replace(char **text, const char *by)
{
	free(*text);
	*text = strdup(by);
}

/* The first pool gets another name, the second one becomes what the first was. */
static void put_a_twin_before_it(struct conf_pool *pool)
{
	if (strcmp(pool->name, "pool0") == 0) {
		replace(&pool->name, "twin");
		return;
	}
	replace(&pool->name, "pool0");
	replace(&pool->user, "user0");
	pool->port = fixture.servers[0].port;
	free(pool->url);
	if (asprintf(&pool->url, "stratum+tcp://127.0.0.1:%u", pool->port) < 0)
		ck_abort_msg("no memory");
}

START_TEST(a_pool_that_is_the_same_keeps_its_connection)
{
	struct pool *pool;

	choice_fixture_configure(&fixture, 1, 1);
	ITERATE_UNTIL(&fixture.ring, strcmp(choice_fixture_active(&fixture), "pool0") == 0);
	pool = fixture.pools->order[0];
	choice_fixture_configure_with(&fixture, 2, 1, put_a_twin_before_it);
	ck_assert_ptr_eq(fixture.pools->order[1], pool);
	ck_assert_str_eq(pool->conf.name, "pool0");
	ck_assert_str_eq(fixture.pools->order[0]->conf.name, "twin");
}
END_TEST

static unsigned generation;

static void new_password(struct conf_pool *pool)
{
	free(pool->password);
	if (asprintf(&pool->password, "%u", generation) < 0)
		ck_abort_msg("no memory");
}

static bool any_removed(void)
{
	for (size_t i = 0; i < POOLS_SLOTS; i++)
		if (fixture.pools->slots[i].used && fixture.pools->slots[i].pool.removing)
			return true;
	return false;
}

/*
 * Each reload replaces all pools before the removed ones are closed. Once these take all slots,
 * pools go on with the settings that they had; a later reload changes them.
 */
START_TEST(reloads_faster_than_connections_close)
{
	enum { POOLS = CHOICE_FIXTURE_SERVERS };
	size_t not_made = 0, former = 0;
	char password[16];

	choice_fixture_configure(&fixture, POOLS, POOLS - 1);
	ITERATE_UNTIL(&fixture.ring, fixture.pools->active == fixture.pools->order[0] &&
					     pool_usable(fixture.pools->order[POOLS - 1]));
	for (generation = 0; generation < POOLS_SLOTS; generation++) {
		not_made += choice_fixture_configure_with(&fixture, POOLS, POOLS - 1, new_password);
		ck_assert_uint_eq(fixture.pools->n, POOLS);
		snprintf(password, sizeof(password), "%u", generation);
		for (size_t i = 0; i < POOLS; i++)
			former += strcmp(fixture.pools->order[i]->conf.password, password) != 0;
	}
	/* There was no place for all: some go on with what they had. */
	ck_assert_uint_gt(former, 0);
	ck_assert_uint_eq(not_made, former);
	ITERATE_UNTIL(&fixture.ring, !any_removed());
	choice_fixture_configure_with(&fixture, POOLS, POOLS - 1, new_password);
	ck_assert_uint_eq(fixture.pools->n, POOLS);
	ITERATE_UNTIL(&fixture.ring, fixture.pools->active == fixture.pools->order[0]);
	ck_assert_str_eq(fixture.pools->active->conf.password, "32");
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("pools_reload");
	TCase *tests = tcase_create("pools_reload");

	tcase_add_checked_fixture(tests, setup, teardown);
	tcase_set_timeout(tests, 30);
	tcase_add_test(tests, a_reload_leaves_alone_what_is_the_same);
	tcase_add_test(tests, a_reload_that_keeps_the_connection);
	tcase_add_test(tests, the_same_settings_are_taken_over);
	tcase_add_test(tests, a_reload_that_connects_anew);
	tcase_add_test(tests, a_pool_that_is_the_same_keeps_its_connection);
	tcase_add_test(tests, reloads_faster_than_connections_close);
	suite_add_tcase(suite, tests);
	return suite_main(suite);
}
