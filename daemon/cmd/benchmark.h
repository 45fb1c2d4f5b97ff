/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * The command --benchmark of minerd(8): hashes real headers with a real kernel, without a pool.
 * Prints to stdout. Returns the exit status of the program: 0; EX_SOFTWARE: a kernel computed
 * wrongly; EX_USAGE: there is no such kernel, this CPU lacks what it needs, or there are more
 * threads than allowed CPUs; EX_OSERR.
 */
#include <stdbool.h>

struct benchmark_options {
	unsigned seconds;   /* above 0 */
	unsigned threads;   /* each on a CPU of its own; 0: one for each allowed CPU */
	const char *kernel; /* by name, or "auto" */
	bool json;	    /* print one JSON object instead of text */
	bool version_rolling;
};

#define BENCHMARK_OPTIONS_DEFAULT \
	((struct benchmark_options){.seconds = 5, .kernel = "auto", .version_rolling = true})

int benchmark_run(const struct benchmark_options *options);
