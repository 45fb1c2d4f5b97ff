/* SPDX-License-Identifier: MIT */
#include "server.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "chance.h"
#include "common/cleanup.h"
#include "common/clock.h"
#include "common/container.h"
#include "fake_socket.h"
#include "io/socket.h"
#include "listener.h"
#include "model.h"
#include "tests/pool/connection.h"
#include "tests/pool/wire.h"
#include "trace.h"
#include "violation.h"
#include "world.h"

enum {
	SERVER_LOOK_MS = 50,
	SERVER_STRANGE_S = 90, /* after a strange habit, until its shares are answered */
};

static struct server *of(const struct testpool *pool)
{
	return (struct server *)container_of(pool, const struct server, pool);
}

ssize_t wire_read(int fd, void *space, size_t n)
{
	return fake_socket_receive(fd, space, n);
}

ssize_t wire_write(int fd, const void *bytes, size_t n, bool more)
{
	return socket_send(fd, bytes, n);
}

void wire_close(int fd)
{
	socket_close(fd);
}

/* After everything that may have given the pool something to do. */
static void schedule(struct server *server)
{
	uint64_t deadline = testpool_deadline(&server->pool);

	if (deadline == UINT64_MAX)
		fake_event_clear(&server->work);
	else
		fake_event_set(&server->work, MAX(deadline, clock_now()));
	for (const struct connection *c = server->pool.connections; c; c = c->next)
		if (connection_wants_write(c) && !server->look.place)
			fake_event_set(&server->look, clock_now() + SERVER_LOOK_MS * CLOCK_MS);
}

static void work(struct server *server)
{
	if (server->node)
		return;
	testpool_work(&server->pool);
	schedule(server);
}

static void on_work(struct fake_event *event)
{
	work(container_of(event, struct server, work));
}

static void on_look(struct fake_event *event)
{
	work(container_of(event, struct server, look));
}

static void on_input(void *context, int fd)
{
	struct connection *connection = context;

	while (!of(connection->pool)->deaf && !connection->closing && fake_socket_readable(fd))
		connection_receive(connection);
	work(of(connection->pool));
}

static void on_connect(void *context, int fd)
{
	struct server *server = context;
	int client;

	while ((client = socket_accept(server->listener)) >= 0) {
		struct connection *connection = testpool_accept(&server->pool, client, "daemon");

		fake_socket_watch(client, on_input, connection);
	}
	work(server);
}

struct server *server_of_node(const struct bitcoind *node)
{
	for (unsigned i = 0; i < world.n_servers; i++)
		if (world.servers[i].node == node)
			return &world.servers[i];
	violation("%s is of no server", node->url);
}

void server_listen(struct server *server, bool on)
{
	if (on == (server->listener >= 0))
		return;
	if (on) {
		server->listener = listener_open(&server->port);
		fake_socket_watch(server->listener, on_connect, server);
	} else {
		listener_close(server->listener);
		server->listener = -1;
	}
}

int server_connection(const struct server *server)
{
	return server->pool.connections ? server->pool.connections->fd : -1;
}

/* Habits and the link decide together. */
static void judge(struct server *server)
{
	bool bad = (server->habit.now && server->habit.now->bad) ||
		   (server->fault.now && server->fault.now->bad);

	server->judged_ns = clock_now();
	server->well_ns = bad ? UINT64_MAX : clock_now();
}

static void run_commands(struct server *server, const char *commands)
{
	CLEANUP(cleanup_free) char *copy = strdup(commands);
	char *rest = copy, *command;

	VIOLATION_IF(server->node, "%s: nodes have no commands: \"%s\"", server->name, commands);
	while ((command = strsep(&rest, ";")))
		VIOLATION_IF(*command && !script_command(&server->pool, command, strlen(command)),
			     "%s: the pool cannot do the command \"%s\" of \"%s\"", server->name,
			     command, commands);
	work(server);
}

void server_command(struct server *server, const char *format, ...)
{
	char text[512];
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(text, sizeof(text), format, arguments);
	va_end(arguments);
	run_commands(server, text);
}

static void do_step(struct server *server, const char *commands, void (*fn)(struct server *))
{
	if (commands)
		run_commands(server, commands);
	if (fn)
		fn(server);
	work(server);
}

static bool is_strange(const struct server *server)
{
	return (server->habit.now && server->habit.now->strange) ||
	       (server->fault.now && server->fault.now->strange);
}

static void leave(struct server_habit *habit)
{
	struct server *server = habit->server;
	const struct habit *old = habit->now;

	fake_event_clear(&habit->event);
	habit->now = NULL;
	if (!old)
		return;
	do_step(server, old->end, old->stop);
	if (old->seconds)
		trace_line("world", "%s: %s is over", server->name, old->name);
	if (old->strange)
		server->strange_ns =
			is_strange(server) ? UINT64_MAX : clock_now() + SERVER_STRANGE_S * CLOCK_S;
	judge(server);
}

static void set_event(struct server_habit *habit)
{
	uint64_t next = clock_now() + habit->now->every_ms * CLOCK_MS;

	fake_event_set(&habit->event,
		       habit->now->every_ms ? MIN(habit->until, next) : habit->until);
}

static void on_event(struct fake_event *event)
{
	struct server_habit *habit = container_of(event, struct server_habit, event);

	if (clock_now() >= habit->until) {
		leave(habit);
		return;
	}
	do_step(habit->server, habit->now->again, habit->now->repeat);
	set_event(habit);
}

static void take(struct server_habit *habit, const struct habit *next, uint64_t ns)
{
	struct server *server = habit->server;

	leave(habit);
	trace_line("world", "%s: %s%s", server->name, next->name, next->bad ? " (bad)" : "");
	habit->now = next;
	habit->until = clock_now() + ns;
	if (next->strange)
		server->strange_ns = UINT64_MAX;
	judge(server);
	do_step(server, next->begin, next->start);
	if (next->seconds)
		set_event(habit);
	else
		leave(habit);
}

void server_take_habit(struct server *server, const struct habit *habit, uint64_t ns)
{
	take(&server->habit, habit, ns);
}

void server_take_fault(struct server *server, const struct habit *fault, uint64_t ns)
{
	take(&server->fault, fault, ns);
}

void server_heal(struct server *server)
{
	leave(&server->habit);
	leave(&server->fault);
}

/* What pools differ in, without any being odd. */
static void choose_options(struct options *ret, struct server *server)
{
	static const double difficulties[] = {2e-10, 5e-10, 1e-9, 2e-9};
	static const unsigned extranonce2[] = {1, 2, 4, 4, 4, 8, 16};

	options_default(ret);
	ret->no_events = true;
	ret->difficulty = difficulties[chance_below(ARRAY_SIZE(difficulties))];
	ret->version_mask = chance_one_in(4) ? 0 : 0x1fffe000;
	ret->extranonce1_size = (unsigned)chance_between(1, 8);
	ret->extranonce2_size = extranonce2[chance_below(ARRAY_SIZE(extranonce2))];
	ret->branches = (unsigned)chance_below(4);
	ret->coinbase_size = 200;
	ret->job_interval = (double)chance_between(40, 110);
	ret->block_interval = (double)chance_between(300, 1200);
	ret->resume = chance_one_in(2);
	ret->first_job = (enum first_job)chance_below(FIRST_BEFORE_SUBSCRIBE_REPLY + 1);
	ret->error_form = (enum error_form)chance_below(ERROR_FORMS);
	ret->suggest = (enum suggest_answer)chance_below(SUGGEST_IGNORE + 1);
	ret->crlf = chance_one_in(4);
	ret->odd = chance_one_in(4);
	ret->authorize_null = chance_one_in(8);
	ret->empty_error = chance_one_in(8);
	ret->no_extranonce_reply = chance_one_in(4);
	ret->unpadded = chance_one_in(8);
	ret->nbits = chance_one_in(8) ? 0x207fffff : ret->nbits;
	server->difficulty = ret->difficulty;
}

static void begin(struct server *server, const char *kind, unsigned index)
{
	*server = (struct server){
		.index = index,
		.port = SERVER_PORT + index,
		.listener = -1,
		.work.fn = on_work,
		.look.fn = on_look,
		.habit = {.server = server, .event.fn = on_event},
		.fault = {.server = server, .event.fn = on_event},
		.well_ns = clock_now(),
	};
	snprintf(server->name, sizeof(server->name), "%s%u", kind, index);
	snprintf(server->host, sizeof(server->host), "%s%u.example", kind, index);
}

void server_begin(struct server *server, unsigned index)
{
	struct options options;

	begin(server, "pool", index);
	habit_name_works(server);
	server->link = fake_link_of(server->port);
	choose_options(&options, server);
	if (testpool_init(&server->pool, &options) < 0)
		abort();
	server->pool.observer = &model_observer;
	server_listen(server, true);
	schedule(server);
}

void server_begin_node(struct server *server, unsigned index)
{
	begin(server, "node", index);
	if (!world.chain.kind)
		world_begin_chain();
	server->node = calloc(1, sizeof(*server->node));
	if (!server->node)
		abort();
	bitcoind_begin(server->node, &world.chain, index);
}

void server_end(struct server *server)
{
	fake_event_clear(&server->work);
	fake_event_clear(&server->look);
	fake_event_clear(&server->habit.event);
	fake_event_clear(&server->fault.event);
	server_listen(server, false);
	if (server->node) {
		bitcoind_end(server->node);
		free(server->node);
		server->node = NULL;
	} else {
		testpool_deinit(&server->pool);
	}
}
