/* SPDX-License-Identifier: MIT */
/* Room pool/: what becomes of connections when the configuration is reloaded. */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "choice_kit.h"
#include "suite_kit.h"
#include "turn_kit.h"

static struct choice_kit kit;

static void setup(void)
{
	choice_kit_init(&kit);
}

static void teardown(void)
{
	choice_kit_deinit(&kit);
}

START_TEST(a_reload_leaves_alone_what_is_the_same)
{
	unsigned connects;

	choice_kit_configure(&kit, 3, 2);
	TURN_UNTIL(&kit.ring, strcmp(choice_kit_active(&kit), "pool0") == 0 &&
				      pool_usable(kit.pools->order[1]) &&
				      pool_usable(kit.pools->order[2]));
	connects = kit.servers[0].connects;
	choice_kit_configure(&kit, 2, 1);
	turn_kit_for(&kit.ring, 50 * CLOCK_MS);
	ck_assert_uint_eq(kit.servers[0].connects, connects);
	ck_assert_str_eq(choice_kit_active(&kit), "pool0");
	ck_assert_uint_eq(kit.pools->n, 2);
	ck_assert_int_eq(kit.servers[2].stream.state, STREAM_CLOSED);
	/* The active pool is taken out: its job leaves the workers. */
	choice_kit_configure(&kit, 1, 0);
	turn_kit_for(&kit.ring, 20 * CLOCK_MS);
	kit.servers[0].port = kit.servers[1].port;
	choice_kit_configure(&kit, 1, 0);
	ck_assert_ptr_null(kit.work);
	TURN_UNTIL(&kit.ring, kit.work);
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

	choice_kit_configure(&kit, 2, 1);
	TURN_UNTIL(&kit.ring, strcmp(choice_kit_active(&kit), "pool0") == 0 &&
				      pool_usable(kit.pools->order[1]));
	pool = kit.pools->order[0];
	before = kit.work;
	choice_kit_configure_with(&kit, 2, 1, rename_and_suggest);
	ck_assert_ptr_eq(kit.pools->order[0], pool);
	ck_assert_ptr_eq(kit.work, before);
	ck_assert_str_eq(choice_kit_active(&kit), "new-pool0");
	TURN_UNTIL(&kit.ring, kit.servers[0].suggests == 1 && kit.servers[1].suggests == 1);
	/* Nothing is asked for twice, and what is not said any more is not asked for again. */
	choice_kit_configure_with(&kit, 2, 1, rename_and_suggest);
	choice_kit_configure(&kit, 2, 1);
	turn_kit_for(&kit.ring, 20 * CLOCK_MS);
	ck_assert_uint_eq(kit.servers[0].suggests, 1);
	ck_assert_uint_eq(kit.servers[0].connects, 1);
	ck_assert_uint_eq(kit.servers[1].connects, 1);
	ck_assert_str_eq(choice_kit_active(&kit), "pool0");
}
END_TEST

/* Other settings are another connection; a choice by hand is one of the name. */
START_TEST(a_reload_that_connects_anew)
{
	choice_kit_configure(&kit, 2, 1);
	TURN_UNTIL(&kit.ring, strcmp(choice_kit_active(&kit), "pool0") == 0 &&
				      pool_usable(kit.pools->order[1]));
	ck_assert(pools_switch(kit.pools, "pool1"));
	TURN_UNTIL(&kit.ring, strcmp(choice_kit_active(&kit), "pool1") == 0);
	choice_kit_configure_with(&kit, 2, 1, other_user);
	ck_assert_ptr_nonnull(kit.pools->chosen);
	TURN_UNTIL(&kit.ring, strcmp(choice_kit_active(&kit), "pool1") == 0 &&
				      kit.servers[1].connects == 2 && kit.work);
	ck_assert_uint_eq(kit.servers[0].connects, 2);
	ck_assert_ptr_eq(kit.pools->chosen, kit.pools->order[1]);
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
	pool->port = kit.servers[0].port;
	free(pool->url);
	if (asprintf(&pool->url, "stratum+tcp://127.0.0.1:%u", pool->port) < 0)
		ck_abort_msg("no memory");
}

START_TEST(a_pool_that_is_the_same_keeps_its_connection)
{
	struct pool *pool;

	choice_kit_configure(&kit, 1, 1);
	TURN_UNTIL(&kit.ring, strcmp(choice_kit_active(&kit), "pool0") == 0);
	pool = kit.pools->order[0];
	choice_kit_configure_with(&kit, 2, 1, put_a_twin_before_it);
	ck_assert_ptr_eq(kit.pools->order[1], pool);
	ck_assert_str_eq(pool->conf.name, "pool0");
	ck_assert_str_eq(kit.pools->order[0]->conf.name, "twin");
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
	tcase_add_test(tests, a_reload_that_connects_anew);
	tcase_add_test(tests, a_pool_that_is_the_same_keeps_its_connection);
	suite_add_tcase(suite, tests);
	return suite_kit_run(suite);
}
