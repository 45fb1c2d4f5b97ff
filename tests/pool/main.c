/* SPDX-License-Identifier: MIT */
/*
 * testpool - a Stratum pool to test miners with. It offers made-up work, verifies each share with
 * OpenSSL, and takes commands on stdin, so that a test can play any server, good or bad. The text
 * of `testpool --help` (options.c) is its manual.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "loop.h"
#include "options.h"

int main(int argc, char **argv)
{
	struct options options;
	struct loop loop;
	int r;

	switch (options_parse(&options, argc, argv)) {
	case OPTIONS_HELP:
		options_help();
		return EXIT_SUCCESS;
	case OPTIONS_USAGE:
		return 2;
	case OPTIONS_RUN:
	default:
		break;
	}
	r = loop_init(&loop, &options);
	if (r >= 0)
		r = loop_run(&loop);
	if (r < 0)
		fprintf(stderr, "testpool: %s\n", strerror(-r));
	loop_deinit(&loop);
	return r < 0 ? EXIT_FAILURE : EXIT_SUCCESS;
}
