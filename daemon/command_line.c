/* SPDX-License-Identifier: MIT */
#include "command_line.h"

#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <sysexits.h>

#include "miner/worker_spec.h"

enum {
	COMMAND_OPTION_CHECK = 256,
	COMMAND_OPTION_BENCHMARK,
	COMMAND_OPTION_SECONDS,
	COMMAND_OPTION_KERNEL,
	COMMAND_OPTION_NO_ROLLING,
	COMMAND_OPTION_JSON,
	COMMAND_OPTION_LIST,
	COMMAND_OPTION_VERSION,
};

static const struct option command_options[] = {
	{"config", required_argument, NULL, 'c'},
	{"verbose", no_argument, NULL, 'v'},
	{"check-config", no_argument, NULL, COMMAND_OPTION_CHECK},
	{"benchmark", no_argument, NULL, COMMAND_OPTION_BENCHMARK},
	{"seconds", required_argument, NULL, COMMAND_OPTION_SECONDS},
	{"threads", required_argument, NULL, 't'},
	{"kernel", required_argument, NULL, COMMAND_OPTION_KERNEL},
	{"no-version-rolling", no_argument, NULL, COMMAND_OPTION_NO_ROLLING},
	{"json", no_argument, NULL, COMMAND_OPTION_JSON},
	{"list-kernels", no_argument, NULL, COMMAND_OPTION_LIST},
	{"url", required_argument, NULL, 'o'},
	{"user", required_argument, NULL, 'u'},
	{"pass", required_argument, NULL, 'p'},
	{"userpass", required_argument, NULL, 'O'},
	{"cookie-file", required_argument, NULL, POOL_OPTION_COOKIE},
	{"payout", required_argument, NULL, POOL_OPTION_PAYOUT},
	{"coinbase-addr", required_argument, NULL, POOL_OPTION_PAYOUT},
	{"coinbase-sig", required_argument, NULL, POOL_OPTION_TEXT},
	{"stop-after", required_argument, NULL, POOL_OPTION_STOP},
	{"control", required_argument, NULL, POOL_OPTION_CONTROL},
	{"algo", required_argument, NULL, 'a'},
	{"protocol-dump", no_argument, NULL, 'P'},
	{"quiet", no_argument, NULL, 'q'},
	{"debug", no_argument, NULL, 'D'},
	{"version", no_argument, NULL, COMMAND_OPTION_VERSION},
	{"help", no_argument, NULL, 'h'},
	{},
};

static void command_help(void)
{
	puts("minerd mines SHA-256d on the pools of its configuration file, or on one pool or\n"
	     "node of the command line.\n"
	     "\n"
	     "  minerd [-c FILE] [-v]            run in the foreground; -v also logs messages\n"
	     "                                   of level debug\n"
	     "  minerd [-c FILE] --check-config  print every error in the file\n"
	     "  minerd -o URL -u USER [-p PASSWORD] [OPTION]..\n"
	     "                                   mine on stratum+tcp://HOST:PORT\n"
	     "  minerd -o URL --cookie-file FILE --payout ADDRESS [OPTION]..\n"
	     "                                   mine on a node, http://HOST:PORT\n"
	     "  minerd --benchmark [--seconds S] [--threads N] [--kernel NAME]\n"
	     "                     [--no-version-rolling] [--json]\n"
	     "                                   hash real headers; print the hash rate and\n"
	     "                                   the number of shares found\n"
	     "  minerd --list-kernels [--json]   print the kernels and their hash rates on\n"
	     "                                   this machine\n"
	     "  minerd --version | --help\n"
	     "\n"
	     "Options that go with -o:\n"
	     "  -u, --user USER                  user name, of a pool most often ADDRESS.WORKER\n"
	     "  -p, --pass PASSWORD              default for a pool: x\n"
	     "  -O, --userpass USER:PASSWORD     both\n"
	     "      --cookie-file FILE           user and password of a node\n"
	     "      --payout ADDRESS             address that the coinbase pays; also\n"
	     "                                   --coinbase-addr\n"
	     "      --coinbase-sig TEXT          text in the coinbase of a node's blocks\n"
	     "  -t, --threads N                  number of workers\n"
	     "      --stop-after LIMIT           exit with 0 after blocks=N or shares=N that were\n"
	     "                                   accepted, or after seconds=S\n"
	     "      --control SOCKET             socket for minerctl; without it there is none\n"
	     "  -P, --protocol-dump              log every line sent and received\n"
	     "  -q, --quiet                      do not log accepted shares\n"
	     "  -D, --debug                      the same as -v\n"
	     "  -a, --algo sha256d               accepted for scripts of other miners\n"
	     "\n"
	     "FILE is " CONF_DEFAULT_FILE " unless given. Exit status: 0 after SIGTERM,\n"
	     "SIGINT or --stop-after, 64 wrong use, 78 configuration, 77 permission, 71 system\n"
	     "failure, 70 a kernel computes wrongly. See minerd(8), minerd.conf(5) and\n"
	     "minerctl(1).");
}

/* A whole number from 1 to max; exits with a message otherwise. */
static unsigned command_number(const char *option, const char *text, unsigned max)
{
	char *end;
	unsigned long value;

	errno = 0;
	value = strtoul(text, &end, 10);
	if (errno || end == text || *end || *text == '-' || value < 1 || value > max) {
		fprintf(stderr, "minerd: --%s takes a whole number from 1 to %u, not \"%s\"\n",
			option, max, text);
		exit(EX_USAGE);
	}
	return (unsigned)value;
}

static void command_set_verb(struct command_line *line, enum command_verb verb)
{
	if (line->verb != COMMAND_RUN && line->verb != verb) {
		fputs("minerd: --check-config, --benchmark and --list-kernels exclude each other\n",
		      stderr);
		exit(EX_USAGE);
	}
	line->verb = verb;
}

/* *ret_benchmark: the option goes with --benchmark alone. */
static void command_option(struct command_line *line, int option, bool *ret_benchmark)
{
	switch (option) {
	case 'c':
		line->file = optarg;
		return;
	case 'v':
	case 'D':
		line->verbose = true;
		return;
	case COMMAND_OPTION_CHECK:
		command_set_verb(line, COMMAND_CHECK_CONFIG);
		return;
	case COMMAND_OPTION_BENCHMARK:
		command_set_verb(line, COMMAND_BENCHMARK);
		return;
	case COMMAND_OPTION_LIST:
		command_set_verb(line, COMMAND_LIST_KERNELS);
		return;
	case COMMAND_OPTION_JSON:
		line->benchmark.json = true;
		return;
	case 't':
		line->pool.threads = command_number("threads", optarg, WORKER_SPEC_MAX);
		return;
	case 'h':
		command_help();
		exit(EX_OK);
	case COMMAND_OPTION_VERSION:
		puts("minerd " MINERD_VERSION);
		exit(EX_OK);
	case '?':
		fputs("Try `minerd --help'.\n", stderr);
		exit(EX_USAGE);
	default:
		break;
	}
	if (pool_options_take(&line->pool, option, optarg))
		return;
	*ret_benchmark = true;
	if (option == COMMAND_OPTION_SECONDS)
		line->benchmark.seconds = command_number("seconds", optarg, 86400);
	else if (option == COMMAND_OPTION_KERNEL)
		line->benchmark.kernel = optarg;
	else
		line->benchmark.version_rolling = false;
}

static void command_usage(const char *what)
{
	fprintf(stderr, "minerd: %s\n", what);
	exit(EX_USAGE);
}

/* Which options go with each other. */
static void command_check(const struct command_line *line, bool benchmark_option)
{
	const struct pool_options *pool = &line->pool;

	if (pool->url && (line->file || line->verb != COMMAND_RUN))
		command_usage("-o takes the place of a file, and excludes -c, --check-config, "
			      "--benchmark and --list-kernels");
	if (!pool->url && pool->given)
		command_usage("-u, -p, -O, -a, -P, -q, --cookie-file, --payout, --coinbase-sig, "
			      "--stop-after and --control go with -o URL");
	if (!pool->url && pool->threads && line->verb != COMMAND_BENCHMARK)
		command_usage("--threads goes with --benchmark or -o");
	if (benchmark_option && line->verb != COMMAND_BENCHMARK)
		command_usage("--seconds, --kernel and --no-version-rolling go with --benchmark");
	if (line->benchmark.json && line->verb != COMMAND_BENCHMARK &&
	    line->verb != COMMAND_LIST_KERNELS)
		command_usage("--json goes with --benchmark or --list-kernels");
	if (pool->url)
		pool_options_check(pool);
}

void command_line_parse(struct command_line *ret, int argc, char **argv)
{
	bool benchmark_option = false;
	int option;

	ret->benchmark = BENCHMARK_OPTIONS_DEFAULT;
	while ((option = getopt_long(argc, argv, "c:vho:u:p:O:t:a:PqD", command_options, NULL)) !=
	       -1)
		command_option(ret, option, &benchmark_option);
	if (optind < argc) {
		fprintf(stderr, "minerd: \"%s\" is no option; try `minerd --help'\n", argv[optind]);
		exit(EX_USAGE);
	}
	command_check(ret, benchmark_option);
	ret->benchmark.threads = ret->pool.threads;
	if (!ret->file)
		ret->file = CONF_DEFAULT_FILE;
}

void command_line_deinit(struct command_line *line)
{
	pool_options_deinit(&line->pool);
}
