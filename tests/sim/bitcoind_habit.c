/* SPDX-License-Identifier: MIT */
/* What nodes and the ways to them do: rows as in habit.c, of functions alone. */
#include "bitcoind.h"
#include "chance.h"
#include "common/clock.h"
#include "common/container.h"
#include "habit.h"
#include "server.h"
#include "world.h"

/* A function that changes a member of a node for as long as the habit lasts. */
#define SAYS(name, member, value, usual)                  \
	static void name(struct server *server)           \
	{                                                 \
		server->node->member = (value);           \
	}                                                 \
	static void name##_no_more(struct server *server) \
	{                                                 \
		server->node->member = (usual);           \
	}

#define MOOD(name, value)    SAYS(name, says, value, BITCOIND_WELL)
#define POLLS(name, value)   SAYS(name, polls, value, BITCOIND_POLLS_WELL)
#define SUBMITS(name, value) SAYS(name, submits, value, BITCOIND_SUBMITS_WELL)

MOOD(warm_up, BITCOIND_WARMS_UP)
MOOD(alone, BITCOIND_ALONE)
MOOD(busy, BITCOIND_BUSY)
MOOD(forbid, BITCOIND_FORBIDS)
MOOD(other_password, BITCOIND_OTHER_PASSWORD)
MOOD(garbage, BITCOIND_GARBAGE)
MOOD(html, BITCOIND_HTML)
MOOD(other_chain, BITCOIND_OTHER_CHAIN)
MOOD(begin_download, BITCOIND_DOWNLOADS)
POLLS(poll_early, BITCOIND_POLLS_EARLY)
POLLS(poll_never, BITCOIND_POLLS_NEVER)
POLLS(poll_fail, BITCOIND_POLLS_FAIL)
POLLS(poll_cut, BITCOIND_POLLS_CUT)
SUBMITS(submit_late, BITCOIND_SUBMITS_LATE)
SUBMITS(submit_silent, BITCOIND_SUBMITS_SILENT)
SUBMITS(submit_lost, BITCOIND_SUBMITS_LOST)
SUBMITS(submit_inconclusive, BITCOIND_SUBMITS_INCONCLUSIVE)
SUBMITS(submit_stale, BITCOIND_SUBMITS_STALE)
SUBMITS(submit_behind, BITCOIND_SUBMITS_BEHIND)
SAYS(be_slow, slow_ms, 8000, BITCOIND_SLOW_MS)
SAYS(unreachable, way, BITCOIND_AWAY, BITCOIND_WELL)
SAYS(silent, way, BITCOIND_SILENT, BITCOIND_WELL)
SAYS(cut_replies, way, BITCOIND_CUTS, BITCOIND_WELL)

/* Each node notices. */
static void rival(struct server *server)
{
	chain_rival(server->node->chain);
}

static void reorganise(struct server *server)
{
	chain_reorganise(server->node->chain, (uint32_t)chance_between(1, CHAIN_REORGANISE_MAX));
}

static void transactions(struct server *server)
{
	chain_transact(server->node->chain, (uint32_t)chance_between(1, 5), 60);
	bitcoind_moved(server->node);
}

/* So many that a helper thread reads the template. */
static void many_transactions(struct server *server)
{
	chain_transact(server->node->chain, (uint32_t)chance_between(100, 200), 400);
	bitcoind_moved(server->node);
}

static void restart(struct server *server)
{
	bitcoind_restart(server->node);
}

static void stop(struct server *server)
{
	server->node->way = BITCOIND_DOWN;
	bitcoind_cut(server->node);
}

static void start_again(struct server *server)
{
	server->node->way = BITCOIND_WELL;
	bitcoind_restart(server->node);
}

/* It itself, whatever the way to it is. */
static void go_down(struct server *server)
{
	server->node->says = BITCOIND_DOWN;
	bitcoind_cut(server->node);
}

static void come_up(struct server *server)
{
	server->node->says = BITCOIND_WELL;
	bitcoind_restart(server->node);
}

/* A node does that once it has started. */
static void download(struct server *server)
{
	begin_download(server);
	bitcoind_restart(server->node);
	server->node->back_ns = clock_now() + BITCOIND_STARTS_S * CLOCK_S;
}

static void cut(struct server *server)
{
	bitcoind_cut(server->node);
}

static void demand(struct server *server)
{
	static const char *const demands[] = {
		"\"rules\":[\"!segwit\",\"!dance\"],",
		"\"rules\":[\"!segwit\"],\"workid\":\"7\",",
		"\"rules\":[\"!segwit\"],\"signet_challenge\":\"5121ff51ae\",",
		"\"rules\":7,",
	};

	server->node->demand = demands[chance_below(ARRAY_SIZE(demands))];
	bitcoind_cut(server->node);
}

static void demand_nothing(struct server *server)
{
	server->node->demand = NULL;
}

/* Who sends it a block may leave it, and who does not may stay. */
static void be_doubtful(struct server *server)
{
	if (server->well_ns != UINT64_MAX)
		server->well_ns = clock_now();
}

static void end_of_loss(struct server *server)
{
	submit_lost_no_more(server);
	world_stop();
}

#define DOUBTFUL .strange = true, .every_ms = 10000, .repeat = be_doubtful

#define DURING(name) .start = name, .stop = name##_no_more

const struct habit node_habits[] = {
	{.name = "a rival's block", .weight = 10, .start = rival},
	{.name = "a rival's block each few seconds",
	 .weight = 2,
	 .seconds = 60,
	 .every_ms = 3000,
	 .repeat = rival},
	{.name = "a reorganisation", .weight = 5, .start = reorganise},
	{.name = "transactions", .weight = 10, .start = transactions},
	{.name = "many transactions", .weight = 4, .start = many_transactions},
	{.name = "transactions each second",
	 .weight = 2,
	 .seconds = 120,
	 .every_ms = 1000,
	 .repeat = transactions},
	{.name = "a restart at once", .weight = 6, .start = restart},
	{.name = "down",
	 .weight = 6,
	 .seconds = 900,
	 .bad = true,
	 .start = go_down,
	 .stop = come_up},
	{.name = "starting up", .weight = 4, .seconds = 300, .bad = true, DURING(warm_up)},
	{.name = "initial download",
	 .weight = 3,
	 .seconds = 900,
	 .bad = true,
	 .start = download,
	 .stop = begin_download_no_more},
	{.name = "no peers", .weight = 3, .seconds = 900, .bad = true, DURING(alone)},
	{.name = "too busy", .weight = 3, .seconds = 300, .bad = true, DURING(busy)},
	{.name = "forbids", .weight = 2, .seconds = 900, .bad = true, DURING(forbid)},
	{.name = "another password",
	 .weight = 3,
	 .seconds = 900,
	 .bad = true,
	 DURING(other_password)},
	{.name = "garbage", .weight = 2, .seconds = 300, .bad = true, DURING(garbage)},
	{.name = "HTML", .weight = 2, .seconds = 300, .bad = true, DURING(html)},
	{.name = "another chain", .weight = 2, .seconds = 900, .bad = true, DURING(other_chain)},
	{.name = "demands nobody knows",
	 .weight = 3,
	 .seconds = 900,
	 .bad = true,
	 .start = demand,
	 .stop = demand_nothing},
	{.name = "long polls end early", .weight = 5, .seconds = 1800, DURING(poll_early)},
	{.name = "long polls never end", .weight = 5, .seconds = 1800, DURING(poll_never)},
	{.name = "long polls fail", .weight = 4, .seconds = 1800, DURING(poll_fail)},
	{.name = "long polls are cut", .weight = 4, .seconds = 1800, DURING(poll_cut)},
	{.name = "answers to blocks are late",
	 .weight = 4,
	 .seconds = 1800,
	 DOUBTFUL,
	 DURING(submit_late)},
	{.name = "no answers to blocks",
	 .weight = 4,
	 .seconds = 900,
	 DOUBTFUL,
	 DURING(submit_silent)},
	{.name = "blocks are lost on the way",
	 .weight = 3,
	 .seconds = 900,
	 DOUBTFUL,
	 DURING(submit_lost)},
	{.name = "blocks are inconclusive",
	 .weight = 2,
	 .seconds = 900,
	 DURING(submit_inconclusive)},
	{.name = "blocks are lost until minerd is started anew",
	 .weight = 3,
	 .seconds = 900,
	 .strange = true,
	 .every_ms = 60000,
	 .start = submit_lost,
	 .repeat = be_doubtful,
	 .stop = end_of_loss},
	{.name = "parents of blocks are unknown",
	 .weight = 3,
	 .seconds = 600,
	 DOUBTFUL,
	 DURING(submit_behind)},
	{.name = "blocks are stale", .weight = 2, .seconds = 900, DURING(submit_stale)},
	{.name = "slow", .weight = 3, .seconds = 900, .strange = true, DURING(be_slow)},
};
const size_t node_habit_count = ARRAY_SIZE(node_habits);

const struct habit node_faults[] = {
	{.name = "cut", .weight = 8, .start = cut},
	{.name = "half open", .weight = 4, .seconds = 120, .bad = true, DURING(silent)},
	{.name = "connections are refused",
	 .weight = 4,
	 .seconds = 900,
	 .bad = true,
	 .start = stop,
	 .stop = start_again},
	{.name = "unreachable", .weight = 4, .seconds = 900, .bad = true, DURING(unreachable)},
	{.name = "replies are cut", .weight = 4, .seconds = 600, .bad = true, DURING(cut_replies)},
};
const size_t node_fault_count = ARRAY_SIZE(node_faults);
