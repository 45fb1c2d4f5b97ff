/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * The commands of minerctl(1): commands.inc lists them. One that shows the status, or that calls a
 * method without parameters, is a row of that file and nothing else.
 */
#include <stdbool.h>
#include <stdio.h>

#include "ctl/ctl.h"

struct verb {
	const char *name;
	const char *argument; /* its name in the help; "": the command takes none */
	const char *help;     /* "": not in the help */

	/* Shows the status; with --json prints it, or its member if that is not NULL. */
	void (*view)(const struct terminal *term, struct json_object *status, unsigned indent);
	const char *member;

	/* Calls the method without parameters, and prints what was done. */
	const char *method, *done;

	/* Any other command. argument is NULL if it takes none. Returns the exit status. */
	int (*fn)(struct ctl *ctl, const char *argument);
	bool connects; /* fn connects by itself */
};

/* NULL: there is no such command. */
const struct verb *verb_find(const char *name);

/* The lines of the help. */
void verb_help(FILE *out);

/* Connects, runs the command and closes the connection. Returns the exit status. */
int verb_run(struct ctl *ctl, const struct verb *verb, const char *argument);

int verb_blocks(struct ctl *ctl, const char *argument);
int verb_bridge(struct ctl *ctl, const char *argument);
int verb_limit(struct ctl *ctl, const char *argument);
int verb_metrics(struct ctl *ctl, const char *argument);
int verb_mine(struct ctl *ctl, const char *argument);
int verb_switch(struct ctl *ctl, const char *argument);
int verb_top(struct ctl *ctl, const char *argument);
int verb_version(struct ctl *ctl, const char *argument);
