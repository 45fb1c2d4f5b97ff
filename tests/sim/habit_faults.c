/* SPDX-License-Identifier: MIT */
/* What happens to the way to a pool: its link, its name, its port. */
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>

#include "chance.h"
#include "common/clock.h"
#include "common/container.h"
#include "fake_resolve.h"
#include "fake_socket.h"
#include "habit.h"
#include "server.h"

static void refuse(struct server *server)
{
	server->link->connect = -ECONNREFUSED;
	server_command(server, "drop");
}

static void unreachable(struct server *server)
{
	static const int errors[] = {-EHOSTUNREACH, -ENETUNREACH, -ETIMEDOUT, -EACCES,
				     -EADDRNOTAVAIL};

	server->link->connect = errors[chance_below(ARRAY_SIZE(errors))];
	fake_socket_vanish(server_connection(server));
}

static void no_answer(struct server *server)
{
	server->link->connect = -EAGAIN;
	fake_socket_vanish(server_connection(server));
}

static void reachable(struct server *server)
{
	server->link->connect = 0;
	server_command(server, "drop");
}

static void cut(struct server *server)
{
	fake_socket_reset(server_connection(server));
}

static void vanish(struct server *server)
{
	fake_socket_vanish(server_connection(server));
}

static void stall(struct server *server)
{
	server->link->stalled_until = clock_now() + chance_between(1, 25) * CLOCK_S;
}

static void crumble(struct server *server)
{
	server->link->piece_max = (size_t)chance_between(1, 60);
}

static void join(struct server *server)
{
	server->link->piece_max = 0;
}

static void far(struct server *server)
{
	server->link->latency_min_us = 300 * 1000;
	server->link->latency_max_us = 2000 * 1000;
}

static void near(struct server *server)
{
	server->link->latency_min_us = FAKE_LATENCY_MIN_US;
	server->link->latency_max_us = FAKE_LATENCY_MAX_US;
}

static void narrow(struct server *server)
{
	server->link->buffer = (size_t)chance_between(40, 200);
}

static void wide(struct server *server)
{
	server->link->buffer = 1 << 20;
}

static void go_down(struct server *server)
{
	server_listen(server, false);
	server_command(server, "drop");
}

static void come_up(struct server *server)
{
	server_listen(server, true);
}

/* The name of the host has n addresses; none: it fails. */
static void name(struct server *server, size_t n)
{
	struct resolve_address address = {.size = sizeof(struct sockaddr_in)};
	struct sockaddr_in *in = (struct sockaddr_in *)&address.address;

	in->sin_family = AF_INET;
	in->sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	fake_resolve(server->host, &address, n);
}

static void name_fails(struct server *server)
{
	name(server, 0);
	server_command(server, "drop");
}

static void name_hangs(struct server *server)
{
	name(server, FAKE_RESOLVE_HANGS);
	server_command(server, "drop");
}

void habit_name_works(struct server *server)
{
	name(server, 1);
}

const struct habit habit_faults[] = {
	{.name = "its name fails",
	 .weight = 3,
	 .seconds = 900,
	 .bad = true,
	 .start = name_fails,
	 .stop = habit_name_works},
	{.name = "its name hangs",
	 .weight = 3,
	 .seconds = 900,
	 .bad = true,
	 .start = name_hangs,
	 .stop = habit_name_works},
	{.name = "connections are refused",
	 .weight = 4,
	 .seconds = 900,
	 .bad = true,
	 .start = refuse,
	 .stop = reachable},
	{.name = "unreachable",
	 .weight = 3,
	 .seconds = 900,
	 .bad = true,
	 .strange = true,
	 .start = unreachable,
	 .stop = reachable},
	{.name = "no answer to a connect",
	 .weight = 3,
	 .seconds = 900,
	 .bad = true,
	 .strange = true,
	 .start = no_answer,
	 .stop = reachable},
	{.name = "down",
	 .weight = 4,
	 .seconds = 1800,
	 .bad = true,
	 .start = go_down,
	 .stop = come_up},
	{.name = "cut", .weight = 8, .strange = true, .start = cut},
	{.name = "half open",
	 .weight = 4,
	 .seconds = 120,
	 .bad = true,
	 .strange = true,
	 .start = vanish,
	 .end = "drop"},
	{.name = "stalls", .weight = 5, .seconds = 30, .strange = true, .start = stall},
	{.name = "crumbles", .weight = 4, .seconds = 1800, .start = crumble, .stop = join},
	{.name = "far away",
	 .weight = 4,
	 .seconds = 900,
	 .strange = true,
	 .start = far,
	 .stop = near},
	{.name = "a narrow way",
	 .weight = 3,
	 .seconds = 600,
	 .strange = true,
	 .start = narrow,
	 .stop = wide},
};
const size_t habit_fault_count = ARRAY_SIZE(habit_faults);
