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

extern const struct scenario scenarios[];
extern const size_t scenario_count;

/* NULL: there is none of that name. */
const struct scenario *scenario_find(const char *name);
