/* SPDX-License-Identifier: MIT */
#include "model_control.h"

#include <inttypes.h>
#include <json-c/json.h>
#include <stdlib.h>
#include <string.h>

#include "common/clock.h"
#include "common/container.h"
#include "memory.h"
#include "model.h"
#include "model_choice.h"
#include "model_reply.h"
#include "model_status.h"
#include "trace.h"
#include "violation.h"
#include "world.h"

enum {
	CALL_REPLY_S = 60, /* until a reply, at most */
	CALL_IDLE_S = 90,  /* until who calls nothing, or reads nothing, is closed */
	CALL_OBEY_S = 2,   /* until workers see that they are to sleep */
	CALL_USER_MAX = 8, /* connections of a user who may not change the daemon */
	CALL_FULL_S = 10,  /* until others of that user are closed */
	CALL_STALL_S = 60, /* after which Mine() ends without another block */
};

static struct {
	enum { PAUSE_NO, PAUSE_YES, PAUSE_UNKNOWN } pause;
	uint64_t pause_ns; /* when the last call of it was answered */
	unsigned n_pause;  /* calls that wait */
	bool crossed;	   /* some of them waited together: which one is the last nobody knows */
	/* Mine(). */
	unsigned n_mine;	   /* calls that wait */
	const struct client *mine; /* whose waits, if none but this has; or NULL */
	unsigned wanted, sent;	   /* sent: blocks that came meanwhile, and were not refused */
	uint64_t sent_ns;	   /* when they were as many as are wanted */
	uint64_t mined_ns;	   /* when it ended last */
	unsigned done;		   /* how often it was */
	uint64_t over_ns;	   /* when Pause() was to end it; 0: it was not */
} model;

void model_control_begin(void)
{
	memset(&model, 0, sizeof(model));
}

static bool since(uint64_t from, uint64_t s)
{
	return clock_now() >= from + s * CLOCK_S;
}

/* s until workers have seen what they are to do. */
static uint64_t obey_s(void)
{
	return CALL_OBEY_S + (world.slow_workers ? WORLD_SLOW_S : 0);
}

/* Nothing was done to the daemon since then that a call may be lost by. */
static bool is_calm(const struct client *client)
{
	return client->asked_ns >= world.started_ns && client->asked_ns > world.resumed_ns &&
	       client->failed == memory_failed() && world.daemon && !world.daemon->stopping;
}

static bool is(const struct client *client, const char *method)
{
	return client->kind == CLIENT_METHOD && strcmp(client->method, method) == 0;
}

static bool is_pause(const struct client *client)
{
	return is(client, "Pause") || is(client, "Resume");
}

void model_control_asked(struct client *client)
{
	if (!client->trusted)
		return;
	if (is_pause(client) && !client->expects) {
		model.pause = PAUSE_UNKNOWN;
		model.crossed |= model.n_pause++ != 0;
	}
	if (client->kind == CLIENT_METHOD)
		model_choice_asked(client->method, client->parameters);
	if (!is(client, "Mine") || client->expects)
		return;
	client->waits = true;
	model.mine = model.n_mine++ ? NULL : client;
	model.sent = 0;
	model.wanted = client->wanted;
	model.over_ns = 0;
}

/* Mine() is over, done or not. */
static void mine_ended(struct client *client)
{
	if (!client->waits || client->asked_ns < world.started_ns)
		return;
	client->waits = false;
	model.n_mine--;
	model.mine = NULL;
	model.mined_ns = clock_now();
}

/* It was answered, or is not waited for any more. */
static void pause_ended(const struct client *client, bool answered)
{
	if (client->asked_ns < world.started_ns)
		return;
	if (model.crossed || !answered)
		model.pause = PAUSE_UNKNOWN;
	else
		model.pause = is(client, "Pause") ? PAUSE_YES : PAUSE_NO;
	if (--model.n_pause == 0)
		model.crossed = false;
}

static void on_pause(const struct client *client)
{
	pause_ended(client, true);
	model.pause_ns = clock_now();
	if (model.mine && model.pause == PAUSE_YES)
		model.over_ns = clock_now();
}

/* As many blocks as were wanted, by a node that the daemon may mine on for it. */
static bool on_mine(struct client *client, const char *reply)
{
	bool more = model_reply_continues(reply), error = model_reply_error(reply);

	VIOLATION_IF(!error &&
			     (!world.chain.kind || strcmp(world.chain.kind->name, "regtest") != 0),
		     "Mine() is done where there is no node of regtest: %.200s", reply);
	if (!error)
		model_reply_mine(client, reply, more);
	if (more)
		return true;
	model.done += !error;
	mine_ended(client);
	return false;
}

/* What a user who may not call it, or calls it wrongly, gets. */
static void check_error(const struct client *client, const char *reply)
{
	const char *error = client->expects;

	if (!client->trusted)
		error = "org.varlink.service.PermissionDenied";
	VIOLATION_IF(error && !strstr(reply, error),
		     "%s(%s) of a user who %s is answered by %.200s", client->method,
		     client->parameters, client->trusted ? "errs" : "may not call it", reply);
}

static bool on_method(struct client *client, const char *reply)
{
	bool done = !model_reply_error(reply);

	if (!model_reply_continues(reply))
		trace_line("user", "%s(%s): %.200s", client->method, client->parameters,
			   done ? "done" : reply);
	check_error(client, reply);
	if (!client->trusted || client->expects)
		return false;
	if (client->asked_ns < world.started_ns)
		return false;
	if (is(client, "Mine"))
		return on_mine(client, reply);
	if (done) {
		world.changed_ns = clock_now();
		model_choice_done(client->method, client->parameters, client->asked_ns);
	}
	if (is_pause(client)) {
		VIOLATION_IF(!done, "%s() is answered by %.200s", client->method, reply);
		on_pause(client);
	}
	return false;
}

bool model_control_replied(struct client *client, const char *reply)
{
	/* Of a user who may not change the daemon there are too many already. */
	if (!client->trusted && strstr(reply, "too many"))
		return false;
	client->replies++;
	switch (client->kind) {
	case CLIENT_STATUS:
		model_reply_status(reply, client->asked_ns);
		if (client->trusted && is_calm(client))
			model_status(reply, &client->asked);
		return false;
	case CLIENT_BLOCKS:
		model_reply_blocks(reply, client->asked_ns);
		return false;
	case CLIENT_MONITOR:
		model_reply_status(reply, UINT64_MAX);
		return true;
	case CLIENT_METHOD:
		return on_method(client, reply);
	default:
		return false;
	}
}

/* Each second one, unless there are many who may not change the daemon. */
static void check_monitor(const struct client *client)
{
	uint64_t s = (clock_now() - client->asked_ns) / CLOCK_S;

	VIOLATION_IF(client->trusted && client->replies < s / 2,
		     "a monitor got %u replies in %" PRIu64 " s", client->replies, s);
}

static void check_answered(const struct client *client)
{
	bool asks = client->kind == CLIENT_STATUS || client->kind == CLIENT_BLOCKS ||
		    client->kind == CLIENT_METHOD;
	uint64_t wait_s = CALL_REPLY_S;

	if (client->kind == CLIENT_METHOD && is(client, "Mine"))
		wait_s += (uint64_t)client->wanted * CALL_STALL_S;
	VIOLATION_IF(asks && client->trusted && since(client->asked_ns, wait_s),
		     "a call of %s is not answered",
		     client->kind == CLIENT_METHOD ? client->method : "Status() or Blocks()");
}

void model_control_left(struct client *client, bool closed)
{
	bool idle = client->kind == CLIENT_HALF || client->kind == CLIENT_DEAF ||
		    client->kind == CLIENT_SILENT;

	mine_ended(client);
	if (client->trusted && client->sent && is_pause(client) && !client->expects &&
	    !client->replies)
		pause_ended(client, false);
	if (closed || !client->sent || !is_calm(client))
		return;
	VIOLATION_IF(idle && since(client->asked_ns, CALL_IDLE_S),
		     "a client that %s is still there after %d s",
		     client->kind == CLIENT_DEAF ? "reads nothing" : "calls nothing", CALL_IDLE_S);
	if (client->kind == CLIENT_MONITOR)
		check_monitor(client);
	check_answered(client);
}

void model_control_mined(const struct model_block *block)
{
	if (!model.mine)
		return;
	if (model.sent >= model.wanted)
		VIOLATION_IF(block->ns > model.sent_ns + obey_s() * CLOCK_S,
			     "Mine() of %u blocks finds one more", model.wanted);
	if (++model.sent == model.wanted)
		model.sent_ns = clock_now();
}

unsigned model_control_mine_done(void)
{
	return model.done;
}

bool model_control_mines(void)
{
	return model.pause == PAUSE_NO;
}

bool model_control_sleeps(void)
{
	return model.pause == PAUSE_YES && !model.n_mine &&
	       since(MAX(model.pause_ns, model.mined_ns), obey_s()) &&
	       since(world.resumed_ns, obey_s());
}

void model_control_hashed(void)
{
	VIOLATION_IF(model_control_sleeps(), "workers hash, though paused %" PRIu64 " s ago",
		     (clock_now() - model.pause_ns) / CLOCK_S);
}

/* One that reads nothing does not see that it is closed. */
static bool is_served(const struct client *client, unsigned user)
{
	return client->fd >= 0 && client->kind != CLIENT_DEAF && client->sent && !client->trusted &&
	       client->user == user && is_calm(client) && since(client->asked_ns, CALL_FULL_S);
}

/* Of each user who may not change the daemon a few are served, no more. */
void model_control_check(void)
{
	const struct clients *clients = &world.clients;

	VIOLATION_IF(model.mine && model.over_ns && since(model.over_ns, CALL_REPLY_S) &&
			     is_calm(model.mine),
		     "Mine() goes on, though Pause() was called");
	for (unsigned user = 0; user < CLIENT_USERS; user++) {
		unsigned n = 0;

		for (size_t i = 0; i < CLIENTS_MAX; i++)
			n += is_served(&clients->list[i], user);
		VIOLATION_IF(n > CALL_USER_MAX, "%u connections of one user are served", n);
	}
}
