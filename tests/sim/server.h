/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * A simulated pool, tests/pool on a port of the simulated network, or a node, bitcoind.h; what is
 * wrong with it at the moment (habit.h), and since when it can be mined on.
 */
#include "bitcoind.h"
#include "fake_events.h"
#include "fake_link.h"
#include "habit.h"
#include "tests/pool/testpool.h"

enum {
	SERVER_MAX = 4,
	SERVER_PORT = 3000, /* of the first */
	SERVER_NAME_MAX = 32,
};

struct server {
	struct testpool pool;
	struct bitcoind *node;	    /* in place of the pool; or NULL. Owned */
	char name[SERVER_NAME_MAX]; /* in the configuration */
	char host[SERVER_NAME_MAX];
	unsigned index, port;
	int listener; /* -1: its port is closed */
	struct fake_link *link;
	struct fake_event work; /* testpool_deadline() */
	struct fake_event look; /* a connection may be writable again */

	struct server_habit {
		struct server *server;
		const struct habit *now; /* NULL: all is as it should be */
		uint64_t until;
		struct fake_event event; /* its next step, or its end */
	} habit, fault;			 /* of the pool; of its link */
	uint64_t well_ns;    /* since when it can be mined on, clock_now(); UINT64_MAX: it cannot */
	uint64_t judged_ns;  /* when a habit or a fault began or ended last */
	uint64_t login_ns;   /* when it authorised a login last; 0: never */
	uint64_t strange_ns; /* until when its verdicts say nothing about the daemon */
	uint64_t rests_ns;   /* until when it asked to wait, clock_now() */
	uint64_t raised_ns;  /* when it raised the difficulty last */
	uint64_t flood_ns;   /* since when it says more than any pool may; 0: it does not */
	bool deaf;	     /* it reads nothing */
	double difficulty;
};

/* That of a node. */
struct server *server_of_node(const struct bitcoind *node);

/* Starts it with settings of its own at random. Its place in the array stays. */
void server_begin(struct server *server, unsigned index);

/* The same, of a node. */
void server_begin_node(struct server *server, unsigned index);

/* Ends all connections and frees it. */
void server_end(struct server *server);

/* A command of tests/pool/script.h; several with ';' between. */
void server_command(struct server *server, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

/* Its port is closed or open. Connections stay. Idempotent. */
void server_listen(struct server *server, bool on);

/* Any connection of it that is open, or -1. */
int server_connection(const struct server *server);

/* A habit of its own kind begins; one of before ends. */
void server_take_habit(struct server *server, const struct habit *habit, uint64_t ns);

/* The same with the link. */
void server_take_fault(struct server *server, const struct habit *fault, uint64_t ns);

/* Everything is well again. */
void server_heal(struct server *server);
