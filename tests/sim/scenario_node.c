/* SPDX-License-Identifier: MIT */
#include <inttypes.h>
#include <signal.h>

#include "chance.h"
#include "common/clock.h"
#include "common/container.h"
#include "fake_signals.h"
#include "faults.h"
#include "model.h"
#include "model_control.h"
#include "model_node.h"
#include "scenario.h"
#include "settings.h"
#include "violation.h"
#include "world.h"

enum {
	NODE_OFTEN = 0x201fffff, /* nbits: of 8 hashes one is a block, every few minutes */
	NODE_STEPS = 6,		 /* of go_down() */
	NODE_STEP_S = 600,	 /* between two things that happen */
	NODE_BLOCK_S = 1500,	 /* in which the daemon finds one at least, over hours */
	NODE_LOGINS_S = 1200,	 /* and logs in at most once */
};

static uint64_t begun_ns;
static unsigned steps;

static struct bitcoind *the_node(void)
{
	for (unsigned i = 0; i < world.n_servers; i++)
		if (world.servers[i].node)
			return world.servers[i].node;
	violation("there is no node");
}

/* A node alone. */
static void with_node(const char *chain, uint32_t nbits)
{
	world_resize(1);
	world_make_node(0, chain, nbits);
	begun_ns = clock_now();
	steps = 0;
}

static void do_often(void (*fn)(void))
{
	world_call_after(NODE_STEP_S * CLOCK_S, fn);
}

/* Blocks were found and taken, as many as the hours make likely. */
static void blocks_came(void)
{
	uint64_t s = (clock_now() - begun_ns) / CLOCK_S;

	VIOLATION_IF(model_node_blocks() < s / NODE_BLOCK_S,
		     "the node took %" PRIu64 " blocks in %" PRIu64 " s", model_node_blocks(), s);
}

static void few_logins(void)
{
	blocks_came();
	VIOLATION_IF(model_node_logins() > 2 + (clock_now() - begun_ns) / CLOCK_S / NODE_LOGINS_S,
		     "%" PRIu64 " logins", model_node_logins());
}

static void calm(void)
{
	with_node("regtest", NODE_OFTEN);
}

static void one_login(void)
{
	blocks_came();
	VIOLATION_IF(model_node_logins() != 1, "%" PRIu64 " logins", model_node_logins());
}

static void restart(void)
{
	bitcoind_restart(the_node());
	world_call_after(2 * NODE_LOGINS_S * CLOCK_S, restart);
}

static void new_cookie(void)
{
	with_node("regtest", NODE_OFTEN);
	bitcoind_use_cookie(the_node());
	do_often(restart);
}

static void rivals(void)
{
	with_node("main", NODE_OFTEN);
	chain_rivals(&world.chain, 40 * CLOCK_S);
}

static void reorganise(void)
{
	chain_reorganise(&world.chain, (uint32_t)chance_between(1, CHAIN_REORGANISE_MAX));
	do_often(reorganise);
}

static void reorganisations(void)
{
	with_node("regtest", NODE_OFTEN);
	do_often(reorganise);
}

/* But for the easy ones there are no blocks. */
static void twenty_minutes(void)
{
	with_node("testnet4", 0x1d7fffff);
}

static void early_polls(void)
{
	with_node("regtest", NODE_OFTEN);
	the_node()->polls = BITCOIND_POLLS_EARLY;
}

static void many(void)
{
	chain_transact(&world.chain, 100, 400);
	bitcoind_moved(the_node());
	do_often(many);
}

static void many_transactions(void)
{
	with_node("signet", NODE_OFTEN);
	do_often(many);
}

/* Blocks do not reach it, it goes down, a rival wins, minerd is started anew, it comes back. */
static void go_down(void)
{
	struct bitcoind *node = the_node();

	switch (steps++ % NODE_STEPS) {
	case 0:
		node->submits = BITCOIND_SUBMITS_LOST;
		break;
	case 1:
		node->way = BITCOIND_DOWN;
		bitcoind_cut(node);
		chain_rival(node->chain);
		break;
	case 2:
		world_stop();
		break;
	case 3:
		node->way = BITCOIND_WELL;
		node->submits = BITCOIND_SUBMITS_WELL;
		bitcoind_restart(node);
		break;
	default: /* it stays well */
		do_often(go_down);
		return;
	}
	world.servers[0].well_ns =
		node->way == BITCOIND_WELL && node->submits == BITCOIND_SUBMITS_WELL ? clock_now()
										     : UINT64_MAX;
	do_often(go_down);
}

static void block_while_down(void)
{
	with_node("regtest", NODE_OFTEN);
	do_often(go_down);
}

static void blocks_were_lost(void)
{
	VIOLATION_IF(!the_node()->lost, "no block was lost on the way");
	VIOLATION_IF(!model_node_blocks(), "no block was taken");
}

static void kill_often(void)
{
	world_kill();
	world_call_after(chance_between(1000, 5000) * CLOCK_S, kill_often);
}

static void kills(void)
{
	with_node("regtest", NODE_OFTEN);
	do_often(kill_often);
}

/* Settings that need a new connection, while the workers hash for the one before; or that do not.
 */
static void reload(void)
{
	if (steps++ % 2)
		world.settings.version_rolling = !world.settings.version_rolling;
	else
		world.settings.share_interval = world.settings.share_interval ? 0 : 30;
	settings_write(&world.settings, world.servers);
	fake_signal(SIGHUP);
	world.changed_ns = clock_now();
	world_call_after(NODE_LOGINS_S * CLOCK_S, reload);
}

/* A block that is lost is not made up for by another on its parent: a rival was first. */
static void reload_and_slow(void)
{
	with_node("regtest", NODE_OFTEN);
	chain_rivals(&world.chain, 40 * CLOCK_S);
	world.slow_workers = true;
	do_often(reload);
}

/* Full, slow, and good again. */
static void wear_disk(void)
{
	unsigned step = steps++ % 3;

	faults_files(step == 0 ? 1 : 0);
	faults_slow_disk(step == 1 ? 20000 : 20);
	do_often(wear_disk);
}

static void slow_disk(void)
{
	with_node("regtest", NODE_OFTEN);
	do_often(wear_disk);
}

/* The pool, which is the better one, goes and comes. */
static void change_pool(void)
{
	struct server *pool = &world.servers[0];

	if (steps++ % 2)
		server_heal(pool);
	else
		server_take_fault(pool, habit_find("down"), 2 * NODE_STEP_S * CLOCK_S);
	do_often(change_pool);
}

static void pool_to_node(void)
{
	world_resize(2);
	world_make_node(1, "regtest", NODE_OFTEN);
	world.settings.failback_after = 5;
	begun_ns = clock_now();
	steps = 0;
	do_often(change_pool);
}

/* Mine() of a daemon that is paused or not, and odd answers to blocks. */
static void call_mine(void)
{
	static const char *const oddities[] = {"answers to blocks are late", "blocks are stale",
					       "blocks are inconclusive"};
	unsigned odd = (unsigned)chance_below(2 * ARRAY_SIZE(oddities));

	if (chance_one_in(3))
		clients_call(&world.clients, chance_one_in(2) ? "Pause" : "Resume", "");
	else
		clients_mine(&world.clients, (unsigned)chance_between(1, 3));
	for (unsigned i = 0; odd < ARRAY_SIZE(oddities) && i < world.n_servers; i++)
		server_take_habit(&world.servers[i], habit_find_node(oddities[odd]),
				  NODE_STEP_S * CLOCK_S);
	world_call_after(chance_between(20, NODE_STEP_S) * CLOCK_S, call_mine);
}

/* Two nodes, which get each block. */
static void mine(void)
{
	with_node("regtest", NODE_OFTEN);
	world_resize(2);
	world_make_node(1, "regtest", NODE_OFTEN);
	world.settings.workers = 3;
	do_often(call_mine);
}

static void it_was_mined(void)
{
	VIOLATION_IF(!model_control_mine_done(), "Mine() was never done");
}

/* Some are orphaned before 100 others are above them. */
static void few_rivals(void)
{
	with_node("regtest", NODE_OFTEN);
	world.settings.workers = 3;
	chain_rivals(&world.chain, 100 * CLOCK_S);
}

static void both_were_mined_on(void)
{
	VIOLATION_IF(!model_node_blocks(), "the node took no block");
	VIOLATION_IF(!model_accepted(), "the pool accepted no share");
}

const struct scenario node_scenarios[] = {
	{"node-calm", "a node that is well", calm, one_login},
	{"node-restart-new-cookie", "a node that is started anew, with another cookie", new_cookie,
	 few_logins},
	{"node-rival", "rivals find most blocks", rivals, blocks_came},
	{"node-reorg", "a reorganisation every ten minutes", reorganisations, blocks_came},
	{"node-twenty-minutes", "a chain on which only easy blocks are found", twenty_minutes,
	 blocks_came},
	{"node-early-polls", "long polls that end at once with nothing new", early_polls,
	 one_login},
	{"node-many-transactions", "templates that a helper thread reads", many_transactions,
	 one_login},
	{"node-block-while-down", "blocks that do not reach a node, which goes down",
	 block_while_down, blocks_were_lost},
	{"node-kill", "minerd is killed again and again", kills, blocks_came},
	{"node-reload-slow", "other settings for a node, and workers that see them seconds later",
	 reload_and_slow, blocks_came},
	{"node-slow-disk", "a disk that is full, and then slow", slow_disk, one_login},
	{"node-mine", "Mine() again and again", mine, it_was_mined},
	{"node-confirmed", "so many blocks that 100 are above some", few_rivals, blocks_came},
	{"pool-to-node-to-pool", "a pool that goes and comes, and a node below it", pool_to_node,
	 both_were_mined_on},
};
const size_t node_scenario_count = ARRAY_SIZE(node_scenarios);
