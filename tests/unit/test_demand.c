/* SPDX-License-Identifier: MIT */
/* Pause(), Resume() and Mine(): when the workers sleep, and how Mine() ends. */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/cleanup.h"
#include "common/clock.h"
#include "iterate_fixture.h"
#include "jump_clock.h"
#include "methods/demand.h"
#include "suite_main.h"
#include "tests/unit/control_fixture.h"
#include "upstream/upstream_kind.h"

static const char later_call[] = "{\"method\":\"io.minerd.Miner.Later\",\"more\":true}";

static struct {
	struct demand demand;
	struct pools *pools;
	struct pool *node, *stratum;
	struct found_blocks found;
	struct found_block blocks[8];
	const char *chain; /* of the node */
	unsigned changes;
	int fd;
} world;

static void on_snapshot(struct upstream_snapshot *ret, const void *self)
{
	strcpy(ret->chain, world.chain);
}

static const struct upstream_kind a_node = {.snapshot = on_snapshot};

static void on_changed(struct minerd *minerd)
{
	world.changes++;
}

static const struct demand_handler handler = {.changed = on_changed};

static struct pool *add_pool(size_t i, char *name, enum conf_transport transport)
{
	struct pool *pool = &world.pools->slots[i].pool;

	pool->conf.name = name;
	pool->conf.transport = transport;
	pool->upstream.kind = &a_node;
	world.pools->order[world.pools->n++] = pool;
	return pool;
}

static void setup(void)
{
	static char names[2][8] = {"node", "stratum"};

	control_fixture_setup();
	control_fixture_listen();
	world.found = FOUND_BLOCKS_NULL;
	world.chain = "regtest";
	world.changes = 0;
	world.pools = calloc(1, sizeof(*world.pools));
	ck_assert_ptr_nonnull(world.pools);
	world.node = add_pool(0, names[0], CONF_TRANSPORT_HTTP);
	world.stratum = add_pool(1, names[1], CONF_TRANSPORT_TCP);
	world.pools->active = world.node;
	demand_init(&world.demand, &handler,
		    &(struct demand_target){
			    .ring = &control_fixture_ring,
			    .control = &control_fixture,
			    .pools = world.pools,
			    .found = &world.found,
		    });
	world.fd = control_fixture_open();
}

static void teardown(void)
{
	cleanup_close(&world.fd);
	demand_stop(&world.demand);
	demand_deinit(&world.demand);
	demand_deinit(&world.demand);
	free(world.pools);
	control_fixture_teardown();
}

/* Mine(blocks) of the client. */
static void mine(unsigned blocks, bool more)
{
	struct control_call call = {.more = more};

	control_fixture_done[0] = '\0';
	control_fixture_call(world.fd, later_call);
	ITERATE_UNTIL(&control_fixture_ring, strcmp(control_fixture_done, "later ") == 0);
	call.ticket = control_fixture_ticket;
	ck_assert_int_eq(demand_mine(&world.demand, blocks, &call), CONTROL_PENDING);
}

static const char *refused(unsigned blocks)
{
	static struct control_call call;

	call = (struct control_call){};
	ck_assert_int_eq(demand_mine(&world.demand, blocks, &call), CONTROL_REFUSED);
	return call.reason;
}

/* Block number i, which goes to the node. */
static void find(unsigned i)
{
	struct found_block *block = &world.blocks[i];

	*block = (struct found_block){.height = 10 + i, .hash.word[0] = i, .chain = "regtest"};
	world.found.list.list[world.found.list.n++] = block;
	demand_block_found(&world.demand);
}

static void answer(unsigned i, enum found_block_state state)
{
	enum found_block_state before = world.blocks[i].state;

	world.blocks[i].state = state;
	strcpy(world.blocks[i].answer, "the node's word");
	demand_block_answered(&world.demand, &world.blocks[i], before);
}

static const char *reply(void)
{
	return control_fixture_reply(world.fd);
}

static void check_refusal(const char *reason)
{
	char expected[512];

	snprintf(expected, sizeof(expected),
		 "{\"parameters\":{\"reason\":\"%s\"},\"error\":\"io.minerd.Miner.Refused\"}",
		 reason);
	ck_assert_str_eq(reply(), expected);
}

START_TEST(pause_and_resume)
{
	ck_assert(!demand_sleeps(&world.demand) && !demand_paused(&world.demand));
	demand_resume(&world.demand);
	ck_assert_uint_eq(world.changes, 0);
	demand_pause(&world.demand);
	ck_assert(demand_sleeps(&world.demand) && demand_paused(&world.demand));
	ck_assert_uint_eq(world.changes, 1);
	demand_resume(&world.demand);
	ck_assert(!demand_sleeps(&world.demand));
	ck_assert_uint_eq(world.changes, 2);
}
END_TEST

/* No worker hashes for a block more than those that are missing. */
START_TEST(no_block_too_many)
{
	demand_pause(&world.demand);
	mine(3, false);
	ck_assert(!demand_sleeps(&world.demand) && !demand_paused(&world.demand));
	find(0);
	answer(0, FOUND_BLOCK_ACCEPTED);
	find(1);
	ck_assert(!demand_sleeps(&world.demand));
	find(2);
	ck_assert(demand_sleeps(&world.demand));
	/* Refused: another one is wanted. */
	answer(1, FOUND_BLOCK_STALE);
	ck_assert(!demand_sleeps(&world.demand));
	find(3);
	ck_assert(demand_sleeps(&world.demand));
	/* Answers may come in another order, and twice, of two nodes. */
	answer(3, FOUND_BLOCK_ACCEPTED);
	answer(3, FOUND_BLOCK_ACCEPTED);
	ck_assert(demand_sleeps(&world.demand) && !demand_paused(&world.demand));
	answer(2, FOUND_BLOCK_ACCEPTED);
	ck_assert(demand_paused(&world.demand));
	ck_assert_str_eq(reply(),
			 "{\"parameters\":{\"blocks\":3,\"first\":{\"height\":10,\"hash\":\""
			 "0000000000000000000000000000000000000000000000000000000000000000\"},"
			 "\"last\":{\"height\":13,\"hash\":\""
			 "0000000000000000000000000000000000000000000000000000000000000003\"}}}");
}
END_TEST

/* Blocks of other chains are on their way for other reasons. */
START_TEST(another_chain)
{
	demand_pause(&world.demand);
	mine(1, false);
	find(0);
	strcpy(world.blocks[0].chain, "main");
	ck_assert(!demand_sleeps(&world.demand));
	answer(0, FOUND_BLOCK_ACCEPTED);
	ck_assert(!demand_paused(&world.demand));
}
END_TEST

START_TEST(refusals)
{
	world.pools->active = NULL;
	ck_assert_str_eq(refused(1), "no pool can be mined on; it takes a node whose chain is "
				     "regtest: see minerctl pools");
	world.pools->active = world.stratum;
	ck_assert_str_eq(refused(1), "pool stratum is active, which is not a node; switch to a "
				     "node whose chain is regtest (minerctl switch)");
	world.pools->active = world.node;
	world.chain = "main";
	ck_assert_str_eq(refused(1), "node node is active, whose chain is main; switch to a node "
				     "whose chain is regtest (minerctl switch)");
	world.chain = "regtest";
	mine(5, false);
	ck_assert_str_eq(refused(1), "another client waits for 5 blocks; wait until it has them, "
				     "or end it");
	ck_assert_uint_eq(world.changes, 0);
}
END_TEST

START_TEST(no_block_for_a_minute)
{
	static const struct {
		bool lost, refused;
		const char *reason;
	} all[] = {
		{false, false, "the workers found none, see minerctl status"},
		{false, true, "the node's word"},
		{true, false, "node node is lost: connection refused"},
	};

	demand_pause(&world.demand);
	strcpy(world.node->history.last_loss, "connection refused");
	for (size_t i = 0; i < ARRAY_SIZE(all); i++) {
		char expected[256];

		world.pools->active = world.node;
		world.found.list.n = 0;
		mine(2, false);
		find(0);
		answer(0, FOUND_BLOCK_ACCEPTED);
		find(1);
		if (all[i].refused)
			answer(1, FOUND_BLOCK_REJECTED);
		/* Each accepted block is a new beginning; a loss alone is none. */
		world.pools->active = all[i].lost ? NULL : world.node;
		jump_clock((DEMAND_STALL_S - 5) * CLOCK_S);
		control_fixture_iterate(-1, 20);
		ck_assert(!demand_paused(&world.demand));
		jump_clock(6 * CLOCK_S);
		snprintf(expected, sizeof(expected),
			 "1 of 2 blocks mined: no block was accepted for 60 s: %s", all[i].reason);
		check_refusal(expected);
		ck_assert(demand_paused(&world.demand));
	}
}
END_TEST

START_TEST(another_pool_takes_over)
{
	mine(2, false);
	world.pools->active = NULL;
	ck_assert(!demand_sleeps(&world.demand));
	world.pools->active = world.stratum;
	/* At once, so that nothing is hashed for it; the call ends within a second. */
	ck_assert(demand_sleeps(&world.demand));
	jump_clock(DEMAND_CHECK_MS * CLOCK_MS);
	check_refusal("0 of 2 blocks mined: pool stratum is active, which is not a node; switch to "
		      "a node whose chain is regtest (minerctl switch)");
	ck_assert(!demand_sleeps(&world.demand));
}
END_TEST

START_TEST(progress)
{
	mine(2, true);
	jump_clock(DEMAND_CHECK_MS * CLOCK_MS);
	ck_assert_str_eq(reply(), "{\"parameters\":{\"blocks\":0,\"first\":null,\"last\":null},"
				  "\"continues\":true}");
	find(0);
	find(1);
	answer(0, FOUND_BLOCK_ACCEPTED);
	jump_clock(DEMAND_CHECK_MS * CLOCK_MS);
	ck_assert_ptr_nonnull(strstr(reply(), "{\"blocks\":1,"));
	answer(1, FOUND_BLOCK_ACCEPTED);
	ck_assert_ptr_nonnull(strstr(reply(), "{\"blocks\":2,"));
	ck_assert_ptr_null(strstr(control_fixture_text, "continues"));
}
END_TEST

START_TEST(the_client_leaves)
{
	demand_pause(&world.demand);
	mine(2, false);
	cleanup_close(&world.fd);
	ITERATE_UNTIL(&control_fixture_ring, !control_fixture.clients.clients[0].used);
	jump_clock(DEMAND_CHECK_MS * CLOCK_MS);
	ITERATE_UNTIL(&control_fixture_ring, demand_paused(&world.demand));
	world.fd = control_fixture_open();
	mine(1, false);
	find(0);
	answer(0, FOUND_BLOCK_ACCEPTED);
	ck_assert_ptr_nonnull(strstr(reply(), "{\"blocks\":1,"));
}
END_TEST

START_TEST(paused_resumed_stopped)
{
	mine(2, false);
	demand_pause(&world.demand);
	check_refusal("0 of 2 blocks mined: mining was paused meanwhile");
	ck_assert(demand_paused(&world.demand));
	mine(1, false);
	find(0);
	demand_resume(&world.demand);
	ck_assert(demand_sleeps(&world.demand));
	answer(0, FOUND_BLOCK_ACCEPTED);
	ck_assert(!demand_sleeps(&world.demand));
	ck_assert_ptr_nonnull(strstr(reply(), "{\"blocks\":1,"));
	mine(2, false);
	demand_stop(&world.demand);
	check_refusal("0 of 2 blocks mined: the daemon is stopping");
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("demand");
	TCase *tests = tcase_create("demand");

	tcase_add_checked_fixture(tests, setup, teardown);
	tcase_add_test(tests, pause_and_resume);
	tcase_add_test(tests, no_block_too_many);
	tcase_add_test(tests, another_chain);
	tcase_add_test(tests, refusals);
	tcase_add_test(tests, no_block_for_a_minute);
	tcase_add_test(tests, another_pool_takes_over);
	tcase_add_test(tests, progress);
	tcase_add_test(tests, the_client_leaves);
	tcase_add_test(tests, paused_resumed_stopped);
	suite_add_tcase(suite, tests);
	return suite_main(suite);
}
