/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * The verb --benchmark of minerd(8): it hashes real headers with a real kernel, without a pool.
 * Prints to stdout and gives the exit status of the program: 0; EX_SOFTWARE: a kernel computed
 * wrongly; EX_USAGE: no such kernel, or not for this CPU, or more threads
 * than allowed CPUs; EX_OSERR.
 */
#include <stdbool.h>

struct benchmark_options {
	unsigned seconds;
	unsigned threads;   /* each on a CPU of its own; 0: one for each allowed CPU */
	const char *kernel; /* by name, or "auto" */
	bool json;	    /* one object instead of text for people */
	bool version_rolling;
};

#define BENCHMARK_OPTIONS_DEFAULT \
	((struct benchmark_options){.seconds = 5, .kernel = "auto", .version_rolling = true})

int benchmark_run(const struct benchmark_options *options);
