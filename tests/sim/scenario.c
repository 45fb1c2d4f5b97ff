/* SPDX-License-Identifier: MIT */
#include "scenario.h"

#include <inttypes.h>
#include <string.h>

#include "common/clock.h"
#include "common/container.h"
#include "model.h"
#include "model_log.h"
#include "violation.h"
#include "world.h"

enum {
	SCENARIO_BEGIN_S = 600,	     /* until the habit begins */
	SCENARIO_LASTS_S = 4 * 3600, /* it lasts */
	ON_THEIR_WAY = 8,
};

/* The best server has a habit, all along, in a world of n. */
static void with_habit(unsigned n, const char *name)
{
	const struct habit *habit = habit_find(name);

	world_resize(n);
	world_after(SCENARIO_BEGIN_S * CLOCK_S, habit, SCENARIO_LASTS_S * CLOCK_S);
}

static struct server *best(void)
{
	return &world.servers[world.settings.order[0]];
}

static void calm(void)
{
}

/* Nothing was lost, or hashed for another pool. */
static void nothing_lost(void)
{
	VIOLATION_IF(model_log_lines_with("connection lost"), "a connection was lost");
}

static void odd_line(void)
{
	with_habit(1, "a line that is no JSON beside each job");
}

static void odd_line_of_two(void)
{
	with_habit(2, "a line that is no JSON beside each job");
}

static void null_login(void)
{
	world_resize(1);
	best()->pool.options.authorize_null = true;
}

static void close_on_extranonce(void)
{
	world_resize(1);
	world.settings.extranonce_subscribe = true;
	best()->pool.options.close_on = "mining.extranonce.subscribe";
}

static void close_on_configure(void)
{
	world_resize(1);
	world.settings.version_rolling = true;
	best()->pool.options.configure = CONFIGURE_CLOSE;
}

static void begin_to_close(struct server *server)
{
	server->pool.options.configure = CONFIGURE_CLOSE;
}

/* It is sent after the login by then. */
static void silent_then_close_on_configure(void)
{
	static const struct habit closes = {
		.name = "closes on mining.configure", .begin = "drop", .start = begin_to_close};

	world_resize(1);
	world.settings.version_rolling = world.settings.extranonce_subscribe = true;
	/* Of a suggestion seconds before the drop nobody can know that the drop is not over it. */
	world.settings.share_interval = 0;
	best()->pool.options.configure = CONFIGURE_SILENT;
	world_after(SCENARIO_BEGIN_S * CLOCK_S, &closes, 0);
}

/* What it closes on is left out, and nothing else before it. */
static void left_out_at_once(void)
{
	VIOLATION_IF(!model_log_lines_with("mining.configure, which is left out"),
		     "mining.configure is not left out");
	VIOLATION_IF(model_log_lines_with("which is left out") > 1,
		     "another request is left out too");
}

static void same_job(void)
{
	with_habit(1, "the same job each second");
}

static void job_before(void)
{
	with_habit(1, "the job before the last");
}

static void lost_login(void)
{
	with_habit(1, "forgets the user");
}

static void raises(void)
{
	with_habit(1, "difficulties that bind at once");
	world.settings.workers = 3;
	best()->pool.options.difficulty = best()->difficulty = 2e-10;
	world.settings.share_interval = 0;
}

static void late_raise(void)
{
	with_habit(1, "a difficulty that binds at once");
	world.settings.workers = 3; /* shares come often enough to see that they are taken */
}

/* No share in a lifetime, but blocks. */
static void only_blocks(void)
{
	world_resize(1);
	world.settings.share_interval = 0;
	best()->pool.options.difficulty = 1;
	server_command(best(), "set nbits 207fffff;notify clean");
}

static void blocks_came(void)
{
	VIOLATION_IF(model_blocks_sent() < 10, "only %" PRIu64 " blocks were sent",
		     model_blocks_sent());
}

/* The same chain height over and over: each block is one of a parent. */
static void easy_blocks(void)
{
	world_resize(1);
	server_command(best(), "set nbits 207fffff;notify clean");
	best()->pool.options.keep_work = true;
}

static void blocks_counted_once(void)
{
	const struct tally *tally = &best()->pool.tally;

	VIOLATION_IF(model_blocks_found() > tally->jobs + tally->blocks,
		     "%" PRIu64 " blocks were counted", model_blocks_found());
}

/* Longer than minerd may need to notice that any of two pools is silent. */
static void no_jobs(void)
{
	with_habit(2, "no jobs");
}

static void silence(void)
{
	with_habit(2, "silence");
}

static void dead_replies(void)
{
	with_habit(2, "no replies to shares");
	/* The shares go over into each new connection, and still wait. */
	world.settings.session_resume = true;
	best()->pool.options.resume = true;
}

static void hop(void)
{
	with_habit(1, "reconnect now and then");
}

static void no_outage(void)
{
	VIOLATION_IF(model_log_lines_with("no pool can be mined on"),
		     "a hop is logged as an outage");
}

static void freeze(void)
{
	world_resize(2);
	world_freeze_after(SCENARIO_BEGIN_S * CLOCK_S, 45 * CLOCK_S);
}

/* Workers that go on with what is over: its shares are dropped, its blocks are sent. */
static void slow_workers(void)
{
	world_resize(1);
	world.slow_workers = true;
	best()->pool.options.block_interval = 30;
}

static void slow_blocks(void)
{
	world_resize(1);
	best()->pool.options.keep_work = true;
	world.slow_workers = true;
	best()->pool.options.block_interval = 30;
	server_command(best(), "set nbits 207fffff;notify clean");
}

/* But for a few that are on their way when the daemon ends. */
static void all_blocks_sent(void)
{
	VIOLATION_IF(model_block_shares_sent() + ON_THEIR_WAY < model_block_shares(),
		     "%" PRIu64 " shares were blocks, and %" PRIu64 " of them sent",
		     model_block_shares(), model_block_shares_sent());
}

/* The best pool takes the login and sends no job, and nobody stands by. */
static void no_first_job(void)
{
	world_resize(2);
	world.settings.standby = 0;
	world.settings.job_timeout = 3600;
	server_take_habit(best(), habit_find("no jobs"), SCENARIO_LASTS_S * CLOCK_S);
}

static void standby_flood(void)
{
	world_resize(2);
	world_standby_after(SCENARIO_BEGIN_S * CLOCK_S, habit_find("flood without end"),
			    600 * CLOCK_S);
}

static const struct scenario scenarios[] = {
	{"calm", "pools that are well", calm, nothing_lost},
	{"odd-line", "a line that is no JSON beside each job", odd_line, nothing_lost},
	{"odd-line-of-two", "the same, of the better of two pools", odd_line_of_two, nothing_lost},
	{"null-login", "a login that is granted by null", null_login, nothing_lost},
	{"close-on-extranonce", "a pool that closes on mining.extranonce.subscribe",
	 close_on_extranonce, NULL},
	{"close-on-configure", "a pool that closes on mining.configure", close_on_configure, NULL},
	{"silent-then-close-on-configure",
	 "a pool silent to mining.configure, which later closes on it",
	 silent_then_close_on_configure, left_out_at_once},
	{"same-job", "the same job again each second", same_job, nothing_lost},
	{"job-before", "the job before the last comes back", job_before, nothing_lost},
	{"lost-login", "a pool forgets who is logged in, over and over", lost_login, NULL},
	{"raises", "the pool raises its difficulty after each job, which binds at once", raises,
	 NULL},
	{"late-raise", "a raise of difficulty that binds at once, and one that does not",
	 late_raise, nothing_lost},
	{"only-blocks", "shares are harder than blocks", only_blocks, blocks_came},
	{"easy-blocks", "a chain on which nearly each hash is a block", easy_blocks,
	 blocks_counted_once},
	{"no-jobs", "the better of two pools sends no jobs any more", no_jobs, NULL},
	{"silence", "the better of two pools says nothing any more", silence, NULL},
	{"dead-replies", "the better of two pools takes logins and answers no share", dead_replies,
	 NULL},
	{"hop", "a pool that asks to reconnect now and then", hop, no_outage},
	{"freeze", "the process is stopped, and what came meanwhile is read first", freeze,
	 nothing_lost},
	{"slow-workers", "workers see a new block seconds later", slow_workers, nothing_lost},
	{"slow-blocks", "the same, and nearly each hash is a block", slow_blocks, all_blocks_sent},
	{"no-first-job", "the best pool takes logins and sends no job", no_first_job, NULL},
	{"standby-flood", "the standby pool sends jobs as fast as it can", standby_flood, NULL},
};

const struct scenario *scenario_at(size_t i)
{
	if (i < ARRAY_SIZE(scenarios))
		return &scenarios[i];
	i -= ARRAY_SIZE(scenarios);
	return i < node_scenario_count ? &node_scenarios[i] : NULL;
}

const struct scenario *scenario_find(const char *name)
{
	const struct scenario *scenario;

	for (size_t i = 0; (scenario = scenario_at(i)); i++)
		if (strcmp(scenario->name, name) == 0)
			return scenario;
	return NULL;
}
