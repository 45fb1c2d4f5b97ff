/* SPDX-License-Identifier: MIT */
#include "model_ask.h"

#include <inttypes.h>
#include <string.h>

#include "common/clock.h"
#include "common/container.h"
#include "server.h"
#include "violation.h"
#include "world.h"

enum {
	ASK_WELL_S = 900,      /* that a node has to be well before it is judged */
	ASK_OVERTAKEN_S = 300, /* the same, for long polls that a block has overtaken */
	ASK_NEWS_S = 15,       /* until the daemon has asked for what a long poll tells */
	ASK_INTERVAL_S = 30,   /* and beside template_interval, without one */
	ASK_MOMENT_S = 6,      /* after the difficulty fell, or a block was taken */
	ASK_MINUTE = 300,      /* calls */
	ASK_TIP = 12,	       /* and for each best block that comes: its template, headers .. */
	ASK_LOGINS_S = 120, /* beside interval and timeout, until a login to a bad node is over */
};

static struct {
	uint64_t minute, minute_tips;	 /* chain.n_tips when the minute began */
	uint64_t refused_ns[SERVER_MAX]; /* since when a node gives nothing; 0: it does */
} model;

void model_ask_begin(void)
{
	memset(&model, 0, sizeof(model));
}

static bool since(uint64_t from, uint64_t s)
{
	return from != UINT64_MAX && clock_now() >= from + s * CLOCK_S;
}

static void next_minute(void)
{
	uint64_t minute = clock_now() / (60 * CLOCK_S);

	if (minute == model.minute)
		return;
	model.minute = minute;
	model.minute_tips = world.chain.n_tips;
	for (unsigned i = 0; i < world.n_servers; i++)
		if (world.servers[i].node)
			world.servers[i].node->minute_calls = 0;
}

void model_ask_called(struct bitcoind *node)
{
	uint64_t most;

	next_minute();
	most = ASK_MINUTE + ASK_TIP * (world.chain.n_tips - model.minute_tips);
	VIOLATION_IF(++node->minute_calls > most, "%s: more than %" PRIu64 " calls in a minute",
		     node->url, most);
}

void model_ask_polled(const struct bitcoind *node, const char *id)
{
	const struct server *server = server_of_node(node);
	const struct bitcoind_given *found = NULL;

	for (size_t i = 0; i < BITCOIND_GIVEN_MAX; i++)
		if (strcmp(node->given[i].id, id) == 0)
			found = &node->given[i];
	if (found && !since(found->over_ns, ASK_NEWS_S))
		return;
	VIOLATION_IF(since(MAX(server->well_ns, world.changed_ns), ASK_WELL_S) &&
			     since(world.resumed_ns, ASK_NEWS_S) &&
			     clock_now() >= server->strange_ns,
		     "%s: a long poll is of %s", server->name,
		     found ? "a template that another one replaced" : "no template of it");
}

void model_ask_took(struct bitcoind *node)
{
	node->took_ns = clock_now();
}

/* It gives no template, to anybody who asks. */
static bool gives_nothing(const struct bitcoind *node)
{
	bool main = node->chain->kind->waits;

	switch (node->way == BITCOIND_WELL ? node->says : node->way) {
	case BITCOIND_WELL:
	case BITCOIND_CUTS:
	case BITCOIND_BUSY:
	case BITCOIND_OTHER_CHAIN:
		return node->demand;
	case BITCOIND_ALONE:
		return main || node->demand;
	default:
		return true;
	}
}

/* No node is mined on that gives no template, or demands what the daemon does not know. */
static void check_refused(const struct server *server, const struct server *active)
{
	uint64_t *since_ns = &model.refused_ns[server->index];
	uint64_t from, wait_s;

	if (!gives_nothing(server->node))
		*since_ns = 0;
	else if (!*since_ns)
		*since_ns = clock_now();
	/* It may have given some between two looks. */
	from = MAX(*since_ns, server->judged_ns);
	from = MAX(from, world.changed_ns);
	from = MAX(from, world.resumed_ns);
	wait_s = server->node->interval + world.in_force.reply_timeout + ASK_LOGINS_S;
	VIOLATION_IF(server == active && *since_ns && since(from, wait_s),
		     "%s is mined on, which has given no template for %" PRIu64 " s", server->name,
		     (clock_now() - *since_ns) / CLOCK_S);
}

/* A long poll waits at it, most of the time. */
static void check_polls(const struct server *server)
{
	VIOLATION_IF(since(server->node->poll_ns, 2 * ASK_NEWS_S),
		     "no long poll waits at %s, for %" PRIu64 " s", server->name,
		     (clock_now() - server->node->poll_ns) / CLOCK_S);
}

static void check_templates(const struct server *server, bool polls)
{
	const struct bitcoind *node = server->node;
	const struct chain *chain = node->chain;
	uint64_t interval_s = node->interval + ASK_INTERVAL_S;
	uint32_t falls = chain->blocks[chain->tip].time + CHAIN_MINIMUM_AFTER + 1;

	VIOLATION_IF(since(chain->tip_ns, polls ? ASK_NEWS_S : interval_s) &&
			     node->told_parent != chain->tip,
		     "%s was not asked for block %" PRIu32 ", which came %" PRIu64 " s ago",
		     server->name, chain->blocks[chain->tip].height,
		     (clock_now() - chain->tip_ns) / CLOCK_S);
	VIOLATION_IF(since(node->given_ns, interval_s),
		     "%s was asked for no template for %" PRIu64 " s", server->name,
		     (clock_now() - node->given_ns) / CLOCK_S);
	VIOLATION_IF(node->given_ns < node->took_ns && since(node->took_ns, ASK_MOMENT_S),
		     "%s was asked for no template after it took a block", server->name);
	VIOLATION_IF(chain->kind->falls && chain_time() > falls + ASK_MOMENT_S &&
			     node->told_nbits != chain->easy,
		     "%s was not asked when the difficulty fell, %" PRIu32 " s ago", server->name,
		     chain_time() - falls);
}

/* The daemon has asked for what there is. */
static void check_asks(const struct server *server)
{
	bool polls =
		server->node->polls == BITCOIND_POLLS_WELL && since(server->judged_ns, ASK_WELL_S);

	check_templates(server, polls);
	if (polls)
		check_polls(server);
}

/* None waits that a block has overtaken, of which the daemon knows from another call. */
static void check_overtaken(const struct server *server)
{
	const struct bitcoind *node = server->node;

	if (!since(node->chain->tip_ns, node->interval + ASK_INTERVAL_S))
		return;
	for (unsigned i = 0; i < node->n_calls; i++)
		VIOLATION_IF(node->calls[i].poll && node->calls[i].tips < node->chain->n_tips &&
				     fake_http_is_busy(node->calls[i].number),
			     "a long poll waits at %s that is of another block than the best one",
			     server->name);
}

/* When a long poll was seen last. */
static void watch_polls(struct bitcoind *node)
{
	for (unsigned i = 0; i < node->n_calls; i++)
		if (node->calls[i].poll && fake_http_is_busy(node->calls[i].number))
			node->poll_ns = clock_now();
}

void model_ask_check(const struct server *active)
{
	for (unsigned i = 0; i < world.n_servers; i++) {
		if (!world.servers[i].node)
			continue;
		watch_polls(world.servers[i].node);
		check_refused(&world.servers[i], active);
	}
	if (active && active->node && active->node->told_ns != UINT64_MAX &&
	    since(MAX(active->well_ns, world.changed_ns), ASK_OVERTAKEN_S) &&
	    since(world.resumed_ns, ASK_OVERTAKEN_S) && clock_now() >= active->strange_ns)
		check_overtaken(active);
	if (active && active->node && since(active->well_ns, ASK_WELL_S) &&
	    since(world.changed_ns, ASK_WELL_S) && since(world.resumed_ns, ASK_WELL_S) &&
	    clock_now() >= active->strange_ns && active->node->told_ns != UINT64_MAX)
		check_asks(active);
}
