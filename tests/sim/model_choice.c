/* SPDX-License-Identifier: MIT */
#include "model_choice.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/clock.h"
#include "common/container.h"
#include "fake_worker.h"
#include "model.h"
#include "model_pace.h"
#include "tests/pool/connection.h"
#include "trace.h"
#include "violation.h"
#include "world.h"

enum {
	CHOICE_DONE_S = 30,  /* until what a user asked for is done everywhere */
	CHOICE_LEFT_S = 180, /* until a pool that is not wanted is left: its shares are answered */
	CHOICE_STEADY_S = 590, /* mined on for about so long, a loss is none of a flapping pool */
	CHOICE_FLAPS = 6,      /* failback_after is doubled five times at most */
	CHOICE_SLACK_MS = 500, /* by which news of a pool reach the daemon later than the model */
};

/* What became of a pool since the daemon knows of it, as minerd.conf(5) has it. */
struct past {
	bool lost;	     /* after it was mined on */
	unsigned connection; /* of the last login that was granted */
	uint64_t healthy_ns; /* since when a login of it works; 0: none does */
	uint64_t active_ns;  /* when it was mined on last, from then on */
	unsigned flaps;	     /* losses in a row, soon after it was mined on */
	uint64_t flapped_ns, closed_ns;
};

static struct {
	struct past past[SERVER_MAX];
	const struct server *chosen; /* by hand; NULL: none, or nobody knows */
	bool without;		     /* a pool of the configuration, until the next reload */
	bool limited;		     /* nobody has asked for another limit */
	unsigned limit;		     /* percent */
	uint64_t limited_ns;
	uint64_t reloaded_ns;
} model;

void model_choice_begin(void)
{
	memset(&model, 0, sizeof(model));
	model.limited = true;
	model.limit = 100;
	model.limited_ns = clock_now();
}

void model_choice_asked(const char *method, const char *parameters)
{
	if (strcmp(method, "Limit") == 0) {
		model.limited = false;
	} else if (strcmp(method, "SwitchPool") == 0) {
		/* A user who asks for a pool does not want it held down, and none is to wait. */
		model_pace_begin();
		model.chosen = NULL;
		for (unsigned i = 0; i < world.n_servers; i++)
			if (strstr(parameters, world.servers[i].name))
				model.past[i] = (struct past){};
	}
}

void model_choice_done(const char *method, const char *parameters, uint64_t asked_ns)
{
	const char *cpu = strstr(parameters, "\"cpu\":");

	if (strcmp(method, "Limit") == 0 && cpu) {
		model.limit = (unsigned)atoi(cpu + strlen("\"cpu\":"));
		/* The file was read meanwhile: which of them came last nobody knows. */
		model.limited = asked_ns > model.reloaded_ns;
		model.limited_ns = clock_now();
	} else if (strcmp(method, "SwitchPool") == 0) {
		for (unsigned i = 0; i < world.n_servers; i++)
			if (strstr(parameters, world.servers[i].name))
				model.chosen = &world.servers[i];
	}
}

static bool is_configured(const struct server *server)
{
	for (unsigned i = 0; i < world.in_force.n; i++)
		if (world.in_force.order[i] == server->index)
			return true;
	return false;
}

/* A pool may be another one by the same name; the limit is that of the file, which has none. */
void model_choice_reloaded(bool without)
{
	model.without = without;
	model.reloaded_ns = clock_now();
	memset(model.past, 0, sizeof(model.past));
	if (model.chosen && !is_configured(model.chosen))
		model.chosen = NULL;
	model.limit = 100;
	model.limited = true;
	model.limited_ns = clock_now();
}

const struct server *model_choice_chosen(void)
{
	return model.chosen;
}

static struct past *past_of(const char *text)
{
	for (unsigned i = 0; i < world.n_servers; i++) {
		size_t n = strlen(world.servers[i].name);

		if (!world.servers[i].node && strncmp(text, world.servers[i].name, n) == 0)
			return &model.past[i];
	}
	return NULL;
}

/* It takes over from a pool that works. */
static void check_failback(const struct past *past, const char *text)
{
	uint64_t wait = MAX(world.in_force.failback_after, 1U);
	uint64_t now = clock_now() + CHOICE_SLACK_MS * CLOCK_MS;

	/* Of the last loss it may not have heard yet, and other limits may be in force already. */
	if (!past->lost || clock_now() < past->closed_ns + CHOICE_SLACK_MS * CLOCK_MS ||
	    clock_now() < world.changed_ns + CHOICE_DONE_S * CLOCK_S)
		return;
	VIOLATION_IF(!past->healthy_ns ||
			     now < past->healthy_ns + world.in_force.failback_after * CLOCK_S,
		     "before failback_after of %u s: %s", world.in_force.failback_after, text);
	VIOLATION_IF(past->flaps > 1 &&
			     now < past->flapped_ns + (wait << (past->flaps - 1)) * CLOCK_S,
		     "after %u losses in a row, within %" PRIu64 " s: %s", past->flaps,
		     wait << (past->flaps - 1), text);
}

/* A reconnect that a pool asks for is no loss, though it closes before it is left. */
static void see_reconnect(const char *text)
{
	static const char begins[] = "pool ";
	struct past *past = NULL;

	if (strncmp(text, begins, strlen(begins)) == 0 &&
	    strstr(text, ": the pool asks to reconnect"))
		past = past_of(text + strlen(begins));
	if (!past)
		return;
	past->lost = false;
	past->flaps = 0;
}

void model_choice_logged(const char *text)
{
	static const char begins[] = "mining on pool ";
	struct past *past;

	see_reconnect(text);
	if (strncmp(text, begins, strlen(begins)) != 0)
		return;
	past = past_of(text + strlen(begins));
	if (past && strstr(text, ": preferred to pool"))
		check_failback(past, text);
	if (past)
		past->active_ns = clock_now();
}

static void check_user(const struct server *server, const char *user)
{
	char wanted[32];

	if (model.without || clock_now() < world.changed_ns + CHOICE_DONE_S * CLOCK_S)
		return;
	snprintf(wanted, sizeof(wanted), "miner.%u", world.in_force.users[server->index]);
	VIOLATION_IF(strcmp(user, wanted) != 0, "%s: a login of %s, but %s is configured",
		     server->name, user, wanted);
}

void model_choice_authorized(const struct server *server, const struct connection *connection,
			     const char *user)
{
	struct past *past = &model.past[server->index];

	check_user(server, user);
	past->connection = connection->number;
	if (!past->healthy_ns)
		past->healthy_ns = clock_now();
}

/* What the daemon closes may be a redirection, which is no loss. */
void model_choice_closed(const struct server *server, const struct connection *connection)
{
	struct past *past = &model.past[server->index];
	uint64_t now = clock_now();

	/* Others the daemon has left long ago. */
	if (past->connection != connection->number)
		return;
	/* Whatever the end was, if it is a loss it ends the doubling. */
	if (now - past->active_ns >= CHOICE_STEADY_S * CLOCK_S)
		past->flaps = 0;
	/* The daemon may not hear of this end. */
	if (now < server->strange_ns || strcmp(connection->reason, "closed by the miner") == 0)
		return;
	past->lost = past->active_ns != 0;
	past->healthy_ns = 0;
	past->closed_ns = now;
	if (model_active_server() != server)
		return;
	past->flaps = MIN(past->flaps + 1, (unsigned)CHOICE_FLAPS);
	past->flapped_ns = now;
}

static bool since(uint64_t ns, uint64_t s)
{
	return clock_now() >= ns + s * CLOCK_S;
}

/* Of a server that is not configured, or not any more. */
static void check_left(const struct server *server)
{
	if (is_configured(server) || server->node || server->well_ns == UINT64_MAX ||
	    !since(MAX(server->well_ns, world.changed_ns), CHOICE_LEFT_S))
		return;
	for (const struct connection *c = server->pool.connections; c; c = c->next)
		VIOLATION_IF(!c->closing, "%s is not configured, but connection %u is open",
			     server->name, c->number);
}

/* No pool may send more than 1000 lines a second: one that sends 2000 is left. */
static void check_flood(const struct server *server)
{
	if (server->node || !server->flood_ns || server->fault.now || world.daemon->stopping ||
	    !since(MAX(server->flood_ns, world.changed_ns), CHOICE_DONE_S))
		return;
	for (const struct connection *c = server->pool.connections; c; c = c->next)
		VIOLATION_IF(c->authorized && !c->closing && since(server->login_ns, CHOICE_DONE_S),
			     "%s: connection %u is kept, though it is flooded", server->name,
			     c->number);
}

/* What the daemon has left is closed, and what one before it had. */
static void check_one(const struct server *server)
{
	unsigned n = 0;

	if (server->node || server->well_ns == UINT64_MAX || clock_now() < server->strange_ns ||
	    !since(MAX(server->well_ns, world.changed_ns), CHOICE_LEFT_S))
		return;
	for (const struct connection *c = server->pool.connections; c; c = c->next)
		n += c->authorized && !c->closing;
	VIOLATION_IF(n > 1, "%s: %u connections are open", server->name, n);
}

static void check_limit(void)
{
	unsigned least = 0, most = 0;

	if (!model.limited || !since(MAX(model.limited_ns, world.changed_ns), CHOICE_DONE_S))
		return;
	fake_worker_limits(&least, &most);
	VIOLATION_IF(least != model.limit || most != model.limit,
		     "workers use %u to %u %% of the CPU time, of %u %%", least, most, model.limit);
}

void model_choice_check(void)
{
	const struct server *active = model_active_server();

	for (unsigned i = 0; i < world.n_servers; i++) {
		check_one(&world.servers[i]);
		check_flood(&world.servers[i]);
		if (!model.without)
			check_left(&world.servers[i]);
	}
	VIOLATION_IF(active && !is_configured(active) && since(world.changed_ns, CHOICE_DONE_S),
		     "%s is mined on, which is not configured", active->name);
	check_limit();
}
