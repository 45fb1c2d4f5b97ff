/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * What pools and the ways to them do, good and bad: README.md says how to add one. A habit is a row
 * of a table; a server has at most one of each table at a time.
 */
#include <stdbool.h>
#include <stddef.h>

struct server;

/* The name of a host that no pool has, and is not to be looked up. */
#define HABIT_ELSEWHERE "elsewhere.test"

struct habit {
	const char *name;
	unsigned weight;   /* how often it is chosen */
	unsigned seconds;  /* it lasts at most; 0: an event */
	bool bad;	   /* the pool cannot be mined on meanwhile */
	bool strange;	   /* its verdicts say nothing about the daemon */
	unsigned every_ms; /* `again` follows so often; 0: never */
	/* Commands of tests/pool/script.h with ';' between; or NULL. */
	const char *begin, *again, *end;
	/* What no command does; or NULL. */
	void (*start)(struct server *server), (*repeat)(struct server *server),
		(*stop)(struct server *server);
};

extern const struct habit habits[];
extern const struct habit habit_faults[];
extern const size_t habit_count, habit_fault_count;

/* The same of nodes, bitcoind_habit.c: of functions alone. */
extern const struct habit node_habits[];
extern const struct habit node_faults[];
extern const size_t node_habit_count, node_fault_count;

/* By its name, of both tables for pools or for nodes. A violation if there is none. */
const struct habit *habit_find(const char *name);
const struct habit *habit_find_node(const char *name);

/* One of a table, by weight. */
const struct habit *habit_any(const struct habit *table, size_t n);

/* The name of a server's host can be looked up. */
void habit_name_works(struct server *server);
