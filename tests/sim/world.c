/* SPDX-License-Identifier: MIT */
/* What happens to the daemon, one thing after the other, at random times. */
#include "world.h"

#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>

#include "chance.h"
#include "common/clock.h"
#include "common/container.h"
#include "fake_conf_file.h"
#include "fake_signals.h"
#include "faults.h"
#include "jump_clock.h"
#include "memory.h"
#include "run.h"
#include "trace.h"
#include "world_events.h"

enum { WORLD_LONG = 6 };

struct world world;

static struct server *any_server(void)
{
	return &world.servers[chance_below(world.n_servers)];
}

static uint64_t duration(const struct habit *habit)
{
	uint64_t most = habit->seconds;

	/* Now and then so long that the daemon must have left it. */
	if (habit->bad && chance_one_in(WORLD_LONG))
		most *= WORLD_LONG;
	return most ? chance_between(1, most) * CLOCK_S : 0;
}

static void do_habit(void)
{
	struct server *server = any_server();
	const struct habit *habit = server->node ? habit_any(node_habits, node_habit_count)
						 : habit_any(habits, habit_count);

	server_take_habit(server, habit, duration(habit));
}

static void do_fault(void)
{
	struct server *server = any_server();
	const struct habit *fault = server->node ? habit_any(node_faults, node_fault_count)
						 : habit_any(habit_faults, habit_fault_count);

	server_take_fault(server, fault, duration(fault));
}

static void changed(void)
{
	world.changed_ns = clock_now();
}

static void do_reload(void)
{
	bool good = !chance_one_in(5);

	trace_line("world", "SIGHUP%s", good ? "" : " with a file that is wrong");
	if (good && !chance_one_in(4))
		settings_change(&world.settings, world.n_servers);
	if (good)
		settings_write(&world.settings, world.servers);
	else
		fake_conf_file("pools = ( { url = 7; } ;");
	fake_signal(SIGHUP);
	changed();
}

/* Of a user who may not, or errs. */
static void do_wrong_call(void)
{
	static const struct {
		const char *method, *parameters, *error;
	} calls[] = {
		{"SwitchPool", "{\"name\":\"nobody\"}", "NoSuchPool"},
		{"SwitchPool", "", "InvalidParameter"},
		{"Mine", "{\"blocks\":0}", "InvalidParameter"},
		{"Limit", "{\"cpu\":101}", "Refused"},
		{"Limit", "{\"grup\":0,\"cpu\":50}", "InvalidParameter"},
		{"Stop", "", "MethodNotFound"},
	};
	static const char *const methods[] = {"Pause", "Resume", "Reload"};
	size_t i = chance_below(ARRAY_SIZE(calls));

	if (chance_one_in(2))
		clients_err(&world.clients, true, calls[i].method, calls[i].parameters,
			    calls[i].error);
	else
		clients_err(&world.clients, false, methods[chance_below(ARRAY_SIZE(methods))], "",
			    NULL);
}

static void do_call(void)
{
	bool may_mine = world.chain.kind && strcmp(world.chain.kind->name, "regtest") == 0;
	char parameters[64];

	if (may_mine && chance_one_in(2)) {
		clients_mine(&world.clients, (unsigned)chance_between(1, 3));
		return;
	}
	switch (chance_below(7)) {
	case 0:
		clients_call(&world.clients, "Pause", "");
		break;
	case 5:
		clients_mine(&world.clients, (unsigned)chance_between(1, 4));
		break;
	case 6:
		do_wrong_call();
		break;
	case 1:
		clients_call(&world.clients, "Resume", "");
		break;
	case 2:
		snprintf(parameters, sizeof(parameters), "{\"name\":\"%s\"}", any_server()->name);
		clients_call(&world.clients, "SwitchPool", parameters);
		break;
	case 3:
		snprintf(parameters, sizeof(parameters), "{\"cpu\":%u}",
			 (unsigned)chance_between(20, 100));
		clients_call(&world.clients, "Limit", parameters);
		break;
	default:
		clients_call(&world.clients, "Reload", "");
		changed();
		break;
	}
}

static void do_client(void)
{
	enum client_kind kind = (enum client_kind)chance_below(CLIENT_KINDS);
	unsigned n = (unsigned)(chance_one_in(12) ? chance_between(12, 40) : chance_between(1, 4));

	if (kind == CLIENT_METHOD)
		return;
	if (kind == CLIENT_STATUS || kind == CLIENT_BLOCKS || kind == CLIENT_MONITOR)
		n = MIN(n, 4U);
	trace_line("world", "%u clients of kind %d", n, kind);
	if (kind == CLIENT_SILENT && chance_one_in(3))
		clients_flood(&world.clients, n);
	for (; n; n--)
		clients_connect(&world.clients, kind);
	/* A crowd of strangers, or a few, and who may see all is not kept waiting by them. */
	clients_look(&world.clients);
}

void world_disturbed(void)
{
	for (unsigned i = 0; i < world.n_servers; i++)
		if (world.servers[i].well_ns != UINT64_MAX)
			world.servers[i].well_ns = clock_now();
	changed();
}

static void stop_for(uint64_t ns)
{
	jump_clock(ns);
	world.resumed_ns = clock_now();
	world_disturbed();
}

/* The process is stopped, and its world goes on. */
static void do_stop(void)
{
	uint64_t s = chance_between(1, 90);

	trace_line("world", "the process is stopped for %" PRIu64 " s", s);
	stop_for(s * CLOCK_S);
}

/* The machine is suspended: its clock stands still, and whoever it spoke with gives up. */
static void do_suspend(void)
{
	uint64_t s = chance_between(60, 20000);

	trace_line("world", "the machine is suspended for %" PRIu64 " s", s);
	jump_clock_wall((int64_t)(s * CLOCK_S));
	for (unsigned i = 0; i < world.n_servers; i++) {
		const char *name = chance_one_in(2) ? "cut" : "half open";

		server_take_fault(&world.servers[i],
				  world.servers[i].node ? habit_find_node(name) : habit_find(name),
				  CLOCK_S);
	}
	world_disturbed();
}

static void do_wall_jump(void)
{
	int64_t s = (int64_t)chance_below(100000) - 50000;

	trace_line("world", "the time of day jumps by %" PRId64 " s", s);
	jump_clock_wall(s * (int64_t)CLOCK_S);
}

static void do_errors(void)
{
	unsigned network = chance_one_in(2) ? (unsigned)chance_between(5, 200) : 0;

	trace_line("world", "1 of %u network operations fails", network);
	faults_network(network);
	faults_files(chance_one_in(2) ? (unsigned)chance_between(1, 10) : 0);
	faults_slow_disk(chance_one_in(3) ? (unsigned)chance_between(100, 60000) : 20);
	world_disturbed();
}

static void do_no_errors(void)
{
	memory_fail(0);
	faults_network(0);
	faults_files(0);
	faults_slow_disk(20);
	world_disturbed();
}

static void do_little_memory(void)
{
	unsigned one_in = (unsigned)chance_between(20, 2000);

	trace_line("world", "1 of %u allocations fails", one_in);
	memory_fail(one_in);
	world_disturbed();
}

void world_stop(void)
{
	world.stopped = true;
	fake_signal(SIGTERM);
	changed();
}

static void do_restart(void)
{
	trace_line("world", "SIGTERM");
	world_stop();
}

void world_kill(void)
{
	trace_line("world", "SIGKILL");
	world.killed = true;
	ring_stop(&world.daemon->ring);
}

static void do_kill(void)
{
	if (!world.daemon->stopping)
		world_kill();
}

static const struct world_event {
	unsigned weight;
	void (*fn)(void);
} events[] = {
	{30, do_habit}, {12, do_fault},	       {4, do_reload},	  {7, do_call},
	{4, do_client}, {1, do_stop},	       {1, do_suspend},	  {1, do_wall_jump},
	{3, do_errors}, {2, do_little_memory}, {6, do_no_errors}, {1, do_restart},
	{1, do_kill},
};

/* Everybody is well from now on. */
static void calm_down(void)
{
	trace_line("world", "all is well from now on");
	do_no_errors();
	for (unsigned i = 0; i < world.n_servers; i++)
		server_heal(&world.servers[i]);
	settings_write(&world.settings, world.servers);
	fake_signal(SIGHUP);
	clients_call(&world.clients, "Resume", "");
	changed();
}

/*
 * Each thing has dice of its own, so that it stays the same when one before it is left out. Returns
 * ns until the next one.
 */
static uint64_t happen(void)
{
	unsigned number = world.n_events++, sum = 0, chosen, i = 0;
	uint64_t pause;

	chance_seed(world.seed * UINT64_C(0x9e3779b97f4a7c15) + number);
	pause = chance_pause(world.mean_ns);
	for (size_t k = 0; k < ARRAY_SIZE(events); k++)
		sum += events[k].weight;
	for (chosen = (unsigned)chance_below(sum); chosen >= events[i].weight; i++)
		chosen -= events[i].weight;
	if (world.skip && number < RUN_EVENTS_MAX && world.skip[number])
		return pause;
	world.faults++;
	events[i].fn();
	return pause;
}

void world_resize(unsigned n)
{
	for (unsigned i = n; i < world.n_servers; i++)
		server_end(&world.servers[i]);
	for (unsigned i = world.n_servers; i < n; i++)
		server_begin(&world.servers[i], i);
	world.n_servers = world.settings.n = n;
	for (unsigned i = 0; i < n; i++)
		world.settings.order[i] = i;
	world.settings.standby = 1;
}

static void on_chain_moved(struct chain *chain)
{
	for (unsigned i = 0; i < world.n_servers; i++)
		if (world.servers[i].node)
			bitcoind_moved(world.servers[i].node);
}

void world_begin_chain(void)
{
	chain_begin(&world.chain);
	world.chain.moved = on_chain_moved;
	trace_line("world", "nodes of %s, bits %08x", world.chain.kind->name, world.chain.hard);
}

void world_make_node(unsigned server, const char *chain, uint32_t nbits)
{
	server_end(&world.servers[server]);
	server_begin_node(&world.servers[server], server);
	chain_restart(&world.chain, chain, nbits);
}

void world_call_after(uint64_t after_ns, void (*fn)(void))
{
	world.planned_call = fn;
	fake_event_set(&world.next, clock_now() + after_ns);
}

static void plan(unsigned server, uint64_t after_ns, const struct habit *habit, uint64_t ns)
{
	world.planned = habit;
	world.planned_server = server;
	world.planned_ns = ns;
	fake_event_set(&world.next, clock_now() + after_ns);
}

void world_after(uint64_t after_ns, const struct habit *habit, uint64_t ns)
{
	plan(0, after_ns, habit, ns);
}

void world_standby_after(uint64_t after_ns, const struct habit *habit, uint64_t ns)
{
	plan(1, after_ns, habit, ns);
}

void world_freeze_after(uint64_t after_ns, uint64_t ns)
{
	world.freeze_ns = ns;
	fake_event_set(&world.next, clock_now() + after_ns);
}

static bool awaits_reply(void)
{
	for (unsigned i = 0; i < POOLS_SLOTS; i++)
		if (world.daemon->pools.slots[i].used &&
		    share_tracker_waiting(&world.daemon->pools.slots[i].pool.shares))
			return true;
	return false;
}

/* The one thing that happens in a scenario. */
static void follow_plan(struct fake_event *event)
{
	if (world.planned_call)
		world.planned_call();
	if (world.planned)
		server_take_habit(&world.servers[world.planned_server], world.planned,
				  world.planned_ns);
	if (!world.freeze_ns)
		return;
	/* What is on its way to the server would arrive after the stop only, and its reply later.
	 */
	if (awaits_reply()) {
		fake_event_set(event, clock_now() + CLOCK_S);
		return;
	}
	trace_line("world", "the process is stopped");
	stop_for(world.freeze_ns);
	fake_event_set(event, clock_now() + 1200 * CLOCK_S);
}

void world_on_next(struct fake_event *event)
{
	uint64_t pause;

	if (world.scenario) {
		follow_plan(event);
		return;
	}
	if (clock_now() >= world.calm_ns) {
		calm_down();
		return;
	}
	pause = happen();
	fake_event_set(event, MIN(world.calm_ns, clock_now() + pause));
}
