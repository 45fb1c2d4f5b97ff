/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * Worlds by name, each for one thing that went wrong once or is looked at for itself: nothing else
 * happens in it. The rules of model.h hold, and `end` may have some of its own.
 */
#include <stddef.h>

struct scenario {
	const char *name;
	const char *what;    /* one line */
	void (*begin)(void); /* changes the world before the daemon starts */
	void (*end)(void);   /* checks it at the end; or NULL */
};

/* Those of nodes, scenario_node.c. */
extern const struct scenario node_scenarios[];
extern const size_t node_scenario_count;

/* All of them, from 0; NULL: there are no more. */
const struct scenario *scenario_at(size_t i);

/* NULL: there is none of that name. */
const struct scenario *scenario_find(const char *name);
