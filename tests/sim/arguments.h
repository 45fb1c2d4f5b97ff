/* SPDX-License-Identifier: MIT */
#pragma once

/* The command line of the simulator. */
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "run.h"

enum { JOBS_MAX = 256 };

struct arguments {
	uint64_t first, seeds;
	unsigned jobs;
	bool reduce;
	bool all; /* scenarios, one after the other */
	struct run run;
	bool skip[RUN_EVENTS_MAX];
};

enum arguments_result {
	ARGUMENTS_RUN,
	ARGUMENTS_DONE,	 /* --help or --list was printed */
	ARGUMENTS_USAGE, /* what is wrong was printed */
};

/* The run points to the list of what it leaves out: *ret must not move. */
enum arguments_result arguments_parse(struct arguments *ret, int argc, char **argv);

/* The command that repeats a run with its trace, as words of a shell without the newline. */
void arguments_print_again(FILE *out, const struct run *run);
