/* SPDX-License-Identifier: MIT */
#pragma once

/* The command line of minerd(8), taken apart. */
#include "cmd/benchmark.h"
#include "pool_options.h"

enum command_verb {
	COMMAND_RUN,
	COMMAND_CHECK_CONFIG,
	COMMAND_BENCHMARK,
	COMMAND_LIST_KERNELS,
};

struct command_line {
	enum command_verb verb;
	const char *file; /* borrowed of argv */
	bool verbose;
	struct benchmark_options benchmark;
	struct pool_options pool; /* in place of the file, if it has a url */
};

/*
 * ret is zeroed memory. Prints what is wrong, the usage or the version, and exits, where there is
 * nothing else to do. Overwrites passwords in argv.
 */
void command_line_parse(struct command_line *ret, int argc, char **argv);

void command_line_deinit(struct command_line *line);
