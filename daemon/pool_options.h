/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * One pool or node from the command line in place of a file: the options of minerd(8) that go with
 * -o. Their letters and names are those of other miners for CPUs. Before other threads start.
 */
#include <stdbool.h>

#include "config/conf.h"

/* Texts are owned, NULL: not given. Zeroed memory has none. */
struct pool_options {
	char *url, *user, *password;
	char *cookie_file, *payout, *coinbase_text;
	char *socket;	  /* NULL: no control socket */
	unsigned threads; /* 0: as without the option */
	struct conf_stop_after stop_after;
	bool log_lines, quiet;
	bool given; /* an option other than -o and -t */
};

void pool_options_deinit(struct pool_options *options);

/* Values of the options without a letter, for getopt_long(3). */
enum {
	POOL_OPTION_COOKIE = 512,
	POOL_OPTION_PAYOUT,
	POOL_OPTION_TEXT,
	POOL_OPTION_STOP,
	POOL_OPTION_CONTROL,
};

/*
 * Takes an option by its letter or value. Overwrites a password in argument, which is of argv.
 * false: it is none that goes with -o alone. Exits with a message if the argument is wrong.
 */
bool pool_options_take(struct pool_options *options, int option, char *argument);

/* Exits with a message if an option is missing. Only with a url. */
void pool_options_check(const struct pool_options *options);

/*
 * As load_conf(), with the option in the place of FILE:LINE: "minerd: --payout: ..". The
 * configuration has no state directory.
 */
int pool_options_load(struct conf *ret, const struct pool_options *options,
		      struct conf_messages *messages);
