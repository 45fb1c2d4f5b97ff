/* SPDX-License-Identifier: MIT */
#include "habit.h"

#include <stdlib.h>
#include <string.h>

#include "chance.h"
#include "common/clock.h"
#include "common/container.h"
#include "server.h"
#include "tests/pool/connection.h"
#include "violation.h"

#define LINE(text) "raw " text

enum {
	HABIT_REST_S = 600,	  /* that minerd waits at most when a pool asks for it */
	HABIT_BUFFER = 1 << 20,	  /* of a socket */
	HABIT_DEAF_BUFFER = 4096, /* of one that nobody reads */
	HABIT_ASKS = 200,	  /* requests at once .. */
	HABIT_LINES = 500,	  /* of a flood, four times a second */
	HABIT_ID = 120,		  /* .. with ids that long */
};

static void harder(struct server *server)
{
	server_command(server, "difficulty %.17g;notify", server->difficulty * 8);
}

static void as_before(struct server *server)
{
	server_command(server, "difficulty %.17g;notify", server->difficulty);
}

/* Shares of the present job are as good as before. */
static void harder_later(struct server *server)
{
	server->raised_ns = clock_now();
	server_command(server, "difficulty %.17g", server->difficulty * 8);
}

static void bind_at_once(struct server *server)
{
	server->pool.options.difficulty_at_once = true;
	harder_later(server);
}

/* After each job, on and on: what was learnt once helps the next time. */
static void bind_on(struct server *server)
{
	as_before(server);
	bind_at_once(server);
}

static void bind_late(struct server *server)
{
	server->pool.options.difficulty_at_once = false;
	as_before(server);
}

static void text_difficulty(struct server *server)
{
	const struct connection *connection = server->pool.connections;

	if (connection)
		server_command(server,
			       LINE("{\"id\":null,\"method\":\"mining.set_difficulty\","
				    "\"params\":[\"%.17g\"]}"),
			       connection->terms.difficulty);
}

/* What it says now would overtake a reply that it holds back, which says the opposite. */
static bool holds_back(const struct server *server)
{
	for (const struct connection *c = server->pool.connections; c; c = c->next)
		if (c->delayed.first)
			return true;
	return false;
}

static void other_extranonce(struct server *server)
{
	/* One after the other: compilers differ in which argument of a call they evaluate first. */
	unsigned size = (unsigned)chance_between(2, 8);
	unsigned extranonce1 = (unsigned)chance_below(UINT32_MAX);

	if (holds_back(server))
		return;
	server_command(server, "extranonce %08x %u;notify", extranonce1, size);
}

static void other_mask(struct server *server)
{
	static const char *const masks[] = {"0000e000", "1fffe000", "00000000", "0fffe000"};

	if (holds_back(server))
		return;
	server_command(server, "mask %s", masks[chance_below(ARRAY_SIZE(masks))]);
}

static void refuse_users(struct server *server)
{
	server->pool.options.refuse_user = true;
}

static void take_users(struct server *server)
{
	server->pool.options.refuse_user = false;
}

static void slam(struct server *server)
{
	server->pool.options.close_on_accept = true;
}

static void stay_open(struct server *server)
{
	server->pool.options.close_on_accept = false;
}

static void dislike_something(struct server *server)
{
	static const char *const methods[] = {"mining.configure", "mining.extranonce.subscribe",
					      "mining.suggest_difficulty"};

	server->pool.options.close_on = methods[chance_below(ARRAY_SIZE(methods))];
}

static void dislike_logins(struct server *server)
{
	server->pool.options.close_on = chance_one_in(2) ? "mining.authorize" : "mining.subscribe";
}

static void like_all(struct server *server)
{
	server->pool.options.close_on = NULL;
}

static void start_up(struct server *server)
{
	server->pool.script.initialising = 3;
	server_command(server, "drop");
}

static void silent_configure(struct server *server)
{
	server->pool.options.configure = (enum configure_answer)chance_between(1, CONFIGURE_REFUSE);
}

static void grant_configure(struct server *server)
{
	server->pool.options.configure = CONFIGURE_GRANT;
}

static void false_nbits(struct server *server)
{
	static const char *const nbits[] = {"00000000", "ff000001", "1d80ffff"};

	server_command(server, "set nbits %s;notify", nbits[chance_below(ARRAY_SIZE(nbits))]);
}

/* The last job and the one before it, which it may come back to. */
static void true_nbits(struct server *server)
{
	server_command(server, "set nbits %08x;notify;notify", server->pool.options.nbits);
}

/* It does not know any more who has logged in. */
static void forget_users(struct server *server)
{
	for (struct connection *c = server->pool.connections; c; c = c->next)
		while (c->n_users)
			free(c->users[--c->n_users]);
}

/* A server that sends its miners on to itself, without end. */
static void send_on(struct server *server)
{
	server_command(server, "reconnect %s.example %u 0", server->name, server->port);
}

/* To another server, which is none of the pool's, and nobody is to be led to. */
static void send_elsewhere(struct server *server)
{
	server_command(server, "reconnect " HABIT_ELSEWHERE " %u 0", server->port);
}

/* It is waited for, but for no day. */
static void send_away(struct server *server)
{
	server_command(server, "reconnect %s.example %u 86400", server->name, server->port);
	server->rests_ns = clock_now() + HABIT_REST_S * CLOCK_S;
}

static void read_nothing(struct server *server)
{
	server->deaf = true;
	server->link->buffer = HABIT_DEAF_BUFFER;
}

static void ask_on(struct server *server)
{
	char id[HABIT_ID];

	memset(id, 'i', sizeof(id) - 1);
	id[sizeof(id) - 1] = '\0';
	for (unsigned i = 0; i < HABIT_ASKS; i++)
		server_command(server, "ping \"%s\"", id);
}

static void read_again(struct server *server)
{
	server->deaf = false;
	server->link->buffer = HABIT_BUFFER;
}

/* Each of them is good, but no pool needs so many. */
static void say_much(struct server *server)
{
	server->flood_ns = server->flood_ns ? server->flood_ns : clock_now();
	for (unsigned i = 0; i < HABIT_LINES; i++)
		server_command(server, "ping");
}

static void say_less(struct server *server)
{
	server->flood_ns = 0;
}

#define METHOD(name, params) "{\"id\":null,\"method\":\"" name "\",\"params\":" params "}"

const struct habit habits[] = {
	{.name = "silence",
	 .weight = 4,
	 .seconds = 900,
	 .bad = true,
	 .strange = true,
	 .begin = "silence on",
	 .end = "silence off;notify clean"},
	{.name = "no jobs",
	 .weight = 4,
	 .seconds = 900,
	 .bad = true,
	 .strange = true,
	 .begin = "silence jobs",
	 .end = "silence off;notify clean"},
	{.name = "no replies",
	 .weight = 4,
	 .seconds = 900,
	 .bad = true,
	 .strange = true,
	 .begin = "silence replies",
	 .end = "silence off"},
	{.name = "no replies to shares",
	 .weight = 4,
	 .seconds = 900,
	 .bad = true,
	 .strange = true,
	 .begin = "silence verdicts",
	 .end = "silence off"},
	{.name = "loses shares",
	 .weight = 2,
	 .seconds = 600,
	 .bad = true,
	 .strange = true,
	 .begin = "lose on",
	 .end = "lose off"},
	{.name = "slow replies",
	 .weight = 4,
	 .seconds = 1800,
	 .begin = "delay 4000",
	 .end = "delay 0"},
	{.name = "a long way",
	 .weight = 4,
	 .seconds = 1800,
	 .strange = true,
	 .begin = "lag 700",
	 .end = "lag 0"},
	{.name = "rejects all",
	 .weight = 3,
	 .seconds = 900,
	 .bad = true,
	 .strange = true,
	 .begin = "reject 1000000 20 Not today",
	 .end = "reject 0"},
	{.name = "rejects some, with quotes",
	 .weight = 2,
	 .begin = "reject 2 20 He said \"no\\\" and\tleft"},
	{.name = "sends on to another domain",
	 .weight = 2,
	 .seconds = 60,
	 .every_ms = 2000,
	 .repeat = send_elsewhere},
	{.name = "asks to wait for a day", .weight = 2, .start = send_away},
	{.name = "a message of many bytes", .weight = 2, .begin = "long-line 6000000"},
	{.name = "says more than any pool may",
	 .weight = 1,
	 .seconds = 60,
	 .bad = true,
	 .strange = true,
	 .every_ms = 250,
	 .repeat = say_much,
	 .stop = say_less},
	{.name = "asks and does not read",
	 .weight = 1,
	 .seconds = 120,
	 .bad = true,
	 .strange = true,
	 .every_ms = 250,
	 .start = read_nothing,
	 .repeat = ask_on,
	 .stop = read_again,
	 .end = "drop"},
	{.name = "rejects some", .weight = 4, .begin = "reject 2 20 Not now"},
	{.name = "forgets the login",
	 .weight = 3,
	 .seconds = 600,
	 .bad = true,
	 .strange = true,
	 .begin = "reject 1000000 24 Unauthorized worker",
	 .end = "reject 0"},
	{.name = "lost login", .weight = 3, .begin = "reject 2 24 Unauthorized worker"},
	{.name = "forgets the user",
	 .weight = 2,
	 .seconds = 900,
	 .strange = true,
	 .every_ms = 600 * 1000,
	 .repeat = forget_users,
	 .end = "drop"},
	{.name = "reconnect now and then",
	 .weight = 1,
	 .seconds = 1800,
	 .every_ms = 300 * 1000,
	 .again = "reconnect"},
	{.name = "flood without end",
	 .weight = 1,
	 .seconds = 60,
	 .bad = true,
	 .strange = true,
	 .every_ms = 1000,
	 .again = "burst 200"},
	{.name = "flood", .weight = 2, .begin = "burst 60"},
	{.name = "flood of blocks", .weight = 1, .begin = "burst 20 clean"},
	{.name = "the same job each second",
	 .weight = 4,
	 .seconds = 900,
	 .every_ms = 1000,
	 .again = "notify same"},
	{.name = "the job before the last",
	 .weight = 4,
	 .seconds = 300,
	 .every_ms = 3000,
	 .again = "notify previous"},
	{.name = "a block without the flag", .weight = 4, .begin = "notify block"},
	{.name = "a block", .weight = 4, .begin = "notify clean"},
	{.name = "a line that is no JSON beside each job",
	 .weight = 3,
	 .seconds = 1800,
	 .every_ms = 30000,
	 .again = LINE("{method: \"hello\"};notify")},
	{.name = "garbage", .weight = 2, .begin = "garbage"},
	{.name = "nothing but garbage",
	 .weight = 2,
	 .seconds = 300,
	 .bad = true,
	 .strange = true,
	 .every_ms = 200,
	 .begin = "silence on",
	 .again = "silence off;garbage;silence on",
	 .end = "silence off;notify clean"},
	{.name = "HTTP", .weight = 1, .begin = LINE("HTTP/1.1 400 Bad Request")},
	{.name = "blanks", .weight = 1, .begin = LINE("   ")},
	{.name = "an unknown method",
	 .weight = 1,
	 .begin = LINE(METHOD("mining.hello", "[[[[1]]]]"))},
	{.name = "a reply to nobody",
	 .weight = 1,
	 .begin = LINE("{\"id\":987654,\"result\":true,\"error\":null}")},
	{.name = "difficulty 0",
	 .weight = 1,
	 .begin = LINE(METHOD("mining.set_difficulty", "[0]"))},
	{.name = "a bad job", .weight = 2, .begin = LINE(METHOD("mining.notify", "[\"x\"]"))},
	{.name = "a mask that is none",
	 .weight = 1,
	 .strange = true,
	 .seconds = 1,
	 .begin = LINE(METHOD("mining.set_version_mask", "[7]")),
	 .end = "drop"},
	{.name = "an extranonce that is none",
	 .weight = 1,
	 .begin = LINE(METHOD("mining.set_extranonce", "[7,{}]"))},
	{.name = "difficulty as text", .weight = 1, .start = text_difficulty},
	{.name = "drop", .weight = 6, .begin = "drop"},
	{.name = "drop after 3 shares", .weight = 3, .begin = "drop-after 3"},
	{.name = "another extranonce", .weight = 4, .start = other_extranonce},
	{.name = "another mask", .weight = 4, .start = other_mask},
	{.name = "a higher difficulty",
	 .weight = 3,
	 .seconds = 900,
	 .start = harder,
	 .stop = as_before},
	{.name = "a higher difficulty for later jobs",
	 .weight = 5,
	 .seconds = 900,
	 .start = harder_later,
	 .stop = as_before},
	{.name = "difficulties that bind at once",
	 .weight = 4,
	 .seconds = 1800,
	 .strange = true,
	 .every_ms = 60 * 1000,
	 .repeat = bind_on,
	 .stop = bind_late},
	{.name = "a difficulty that binds at once",
	 .weight = 3,
	 .seconds = 900,
	 .strange = true,
	 .start = bind_at_once,
	 .stop = bind_late},
	{.name = "refuses users",
	 .weight = 2,
	 .seconds = 900,
	 .bad = true,
	 .start = refuse_users,
	 .begin = "drop",
	 .stop = take_users},
	{.name = "closes at once",
	 .weight = 3,
	 .seconds = 900,
	 .bad = true,
	 .start = slam,
	 .begin = "drop",
	 .stop = stay_open},
	{.name = "closes on a request",
	 .weight = 3,
	 .seconds = 1800,
	 .start = dislike_something,
	 .begin = "drop",
	 .stop = like_all},
	{.name = "closes on logins",
	 .weight = 2,
	 .seconds = 900,
	 .bad = true,
	 .start = dislike_logins,
	 .begin = "drop",
	 .stop = like_all},
	{.name = "starting up", .weight = 2, .start = start_up},
	{.name = "no configure",
	 .weight = 3,
	 .seconds = 1800,
	 .start = silent_configure,
	 .begin = "drop",
	 .stop = grant_configure,
	 .end = "drop"},
	{.name = "false nbits",
	 .weight = 2,
	 .seconds = 600,
	 .bad = true,
	 .strange = true,
	 .start = false_nbits,
	 .stop = true_nbits},
	{.name = "reconnect", .weight = 3, .begin = "reconnect"},
	{.name = "reconnects without end",
	 .weight = 2,
	 .seconds = 600,
	 .bad = true,
	 .every_ms = 2000,
	 .again = "reconnect"},
	{.name = "sends on to itself without end",
	 .weight = 2,
	 .seconds = 600,
	 .bad = true,
	 .every_ms = 2000,
	 .repeat = send_on},
	{.name = "drops without end",
	 .weight = 2,
	 .seconds = 900,
	 .bad = true,
	 .every_ms = 1500,
	 .again = "drop"},
	{.name = "pings", .weight = 2, .seconds = 120, .every_ms = 5000, .again = "ping"},
	{.name = "shows a message", .weight = 1, .begin = "show-message hello"},
	{.name = "asks for the version", .weight = 1, .begin = "get-version"},
};
const size_t habit_count = ARRAY_SIZE(habits);
