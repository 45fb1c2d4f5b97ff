/* SPDX-License-Identifier: MIT */
/* The command line of minerd(8). */
#include <errno.h>
#include <getopt.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sysexits.h>

#include "cmd/benchmark.h"
#include "cmd/list_kernels.h"
#include "common/cleanup.h"
#include "common/log.h"
#include "common/standard_fds.h"
#include "config/conf.h"
#include "load.h"
#include "minerd.h"
#include "systemd/journal.h"

/* The user of the service (systemd/minerd.sysusers). */
#define MAIN_SERVICE_USER "minerd"

enum main_verb { MAIN_RUN, MAIN_CHECK_CONFIG, MAIN_BENCHMARK, MAIN_LIST_KERNELS };

struct main_options {
	enum main_verb verb;
	const char *file;
	bool verbose;
	bool benchmark_option; /* an option was given that only --benchmark takes */
	struct benchmark_options benchmark;
};

enum {
	MAIN_OPTION_CHECK = 256,
	MAIN_OPTION_BENCHMARK,
	MAIN_OPTION_SECONDS,
	MAIN_OPTION_THREADS,
	MAIN_OPTION_KERNEL,
	MAIN_OPTION_NO_ROLLING,
	MAIN_OPTION_JSON,
	MAIN_OPTION_LIST,
	MAIN_OPTION_VERSION,
};

static const struct option main_long_options[] = {
	{"config", required_argument, NULL, 'c'},
	{"verbose", no_argument, NULL, 'v'},
	{"check-config", no_argument, NULL, MAIN_OPTION_CHECK},
	{"benchmark", no_argument, NULL, MAIN_OPTION_BENCHMARK},
	{"seconds", required_argument, NULL, MAIN_OPTION_SECONDS},
	{"threads", required_argument, NULL, MAIN_OPTION_THREADS},
	{"kernel", required_argument, NULL, MAIN_OPTION_KERNEL},
	{"no-version-rolling", no_argument, NULL, MAIN_OPTION_NO_ROLLING},
	{"json", no_argument, NULL, MAIN_OPTION_JSON},
	{"list-kernels", no_argument, NULL, MAIN_OPTION_LIST},
	{"version", no_argument, NULL, MAIN_OPTION_VERSION},
	{"help", no_argument, NULL, 'h'},
	{},
};

static void main_help(void)
{
	puts("minerd mines SHA-256d on the pools of its configuration file.\n"
	     "\n"
	     "  minerd [-c FILE] [-v]            run in the foreground; -v also logs messages\n"
	     "                                   of level debug\n"
	     "  minerd [-c FILE] --check-config  print every error in the file\n"
	     "  minerd --benchmark [--seconds S] [--threads N] [--kernel NAME]\n"
	     "                     [--no-version-rolling] [--json]\n"
	     "                                   hash real headers; print the hash rate and\n"
	     "                                   the number of shares found\n"
	     "  minerd --list-kernels [--json]   print the kernels and their hash rates on\n"
	     "                                   this machine\n"
	     "  minerd --version | --help\n"
	     "\n"
	     "FILE is " CONF_DEFAULT_FILE " unless given. Exit status: 0 after SIGTERM or\n"
	     "SIGINT, 64 wrong use, 78 configuration, 77 permission, 71 system failure, 70 a\n"
	     "kernel computes wrongly. See minerd(8), minerd.conf(5) and minerctl(1).");
}

/* A whole number from 1 to max; exits with a message otherwise. */
static unsigned main_number(const char *option, const char *text, unsigned max)
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

static void main_verb(struct main_options *options, enum main_verb verb)
{
	if (options->verb != MAIN_RUN && options->verb != verb) {
		fputs("minerd: --check-config, --benchmark and --list-kernels exclude each other\n",
		      stderr);
		exit(EX_USAGE);
	}
	options->verb = verb;
}

static void main_option(struct main_options *options, int option)
{
	switch (option) {
	case 'c':
		options->file = optarg;
		return;
	case 'v':
		options->verbose = true;
		return;
	case MAIN_OPTION_CHECK:
		main_verb(options, MAIN_CHECK_CONFIG);
		return;
	case MAIN_OPTION_BENCHMARK:
		main_verb(options, MAIN_BENCHMARK);
		return;
	case MAIN_OPTION_LIST:
		main_verb(options, MAIN_LIST_KERNELS);
		return;
	case MAIN_OPTION_JSON:
		options->benchmark.json = true;
		return;
	case 'h':
		main_help();
		exit(EX_OK);
	case MAIN_OPTION_VERSION:
		puts("minerd " MINERD_VERSION);
		exit(EX_OK);
	case '?':
		fputs("Try `minerd --help'.\n", stderr);
		exit(EX_USAGE);
	default:
		break;
	}
	options->benchmark_option = true;
	if (option == MAIN_OPTION_SECONDS)
		options->benchmark.seconds = main_number("seconds", optarg, 86400);
	else if (option == MAIN_OPTION_THREADS)
		options->benchmark.threads = main_number("threads", optarg, WORKER_SPEC_MAX);
	else if (option == MAIN_OPTION_KERNEL)
		options->benchmark.kernel = optarg;
	else
		options->benchmark.version_rolling = false;
}

static void main_parse(struct main_options *options, int argc, char **argv)
{
	int option;

	while ((option = getopt_long(argc, argv, "c:vh", main_long_options, NULL)) != -1)
		main_option(options, option);
	if (optind < argc) {
		fprintf(stderr, "minerd: \"%s\" is no option; try `minerd --help'\n", argv[optind]);
		exit(EX_USAGE);
	}
	if (options->benchmark_option && options->verb != MAIN_BENCHMARK) {
		fputs("minerd: --seconds, --threads, --kernel and --no-version-rolling go with "
		      "--benchmark\n",
		      stderr);
		exit(EX_USAGE);
	}
	if (options->benchmark.json && options->verb != MAIN_BENCHMARK &&
	    options->verb != MAIN_LIST_KERNELS) {
		fputs("minerd: --json goes with --benchmark or --list-kernels\n", stderr);
		exit(EX_USAGE);
	}
}

/* For a user on a terminal: the bare line. */
static void main_print(enum log_level level, const char *text)
{
	fprintf(stderr, "%s\n", text);
}

/* For the service manager: a log line. */
static void main_log(enum log_level level, const char *text)
{
	log_unlimited(level, "%s", text);
}

/*
 * Reads the file and passes each error and warning to say(). Returns 0, EX_CONFIG or EX_OSERR.
 * service_user: as in struct conf_known.
 */
static int main_load(struct conf *conf, const char *file, const char *service_user,
		     void (*say)(enum log_level level, const char *text))
{
	char text[LOG_TEXT_MAX];
	CLEANUP(conf_messages_deinit) struct conf_messages messages = CONF_MESSAGES_NULL;
	int r = load_conf(conf, file, service_user, &messages);

	if (r < 0) {
		snprintf(text, sizeof(text), "%s: %s", file, strerror(-r));
		say(LOG_LEVEL_ERROR, text);
		return EX_OSERR;
	}
	for (size_t i = 0; i < messages.n; i++)
		say(messages.list[i].severity == CONF_ERROR ? LOG_LEVEL_ERROR : LOG_LEVEL_WARNING,
		    messages.list[i].text);
	if (messages.omitted) {
		snprintf(text, sizeof(text), "%s: %zu more messages are not shown", file,
			 messages.omitted);
		say(LOG_LEVEL_ERROR, text);
	}
	return r == CONF_OK ? 0 : EX_CONFIG;
}

static int main_check_config(const struct main_options *options)
{
	CLEANUP(conf_deinit) struct conf conf = CONF_NULL;
	int r = main_load(&conf, options->file, MAIN_SERVICE_USER, main_print);

	if (r == 0)
		printf("%s: ok\n", options->file);
	return r;
}

static int main_run(const struct main_options *options)
{
	CLEANUP(conf_deinit) struct conf conf = CONF_NULL;
	CLEANUP(cleanup_free) struct minerd *minerd = calloc(1, sizeof(*minerd));
	int r;

	/* The reader of the log may have exited. */
	signal(SIGPIPE, SIG_IGN);
	if (journal_wanted())
		log_set_sink(journal_sink);
	r = main_load(&conf, options->file, NULL, journal_wanted() ? main_log : main_print);
	if (r)
		return r;
	if (!minerd) {
		log_error("%s", strerror(ENOMEM));
		return EX_OSERR;
	}
	log_set_level(options->verbose ? LOG_LEVEL_DEBUG : (enum log_level)conf.log_level);
	minerd->verbose = options->verbose;
	log_start();
	r = minerd_init(minerd, &conf);
	if (r == 0)
		r = minerd_run(minerd);
	if (!minerd_deinit(minerd)) {
		log_flush();
		_exit(r);
	}
	log_stop();
	return r;
}

int main(int argc, char **argv)
{
	struct main_options options = {
		.file = CONF_DEFAULT_FILE,
		.benchmark = BENCHMARK_OPTIONS_DEFAULT,
	};

	if (standard_fds_open() < 0)
		return EX_OSERR;
	/* Memory holds passwords of pools: no core dump, and only root may trace the process. */
	prctl(PR_SET_DUMPABLE, 0);
	main_parse(&options, argc, argv);
	switch (options.verb) {
	case MAIN_CHECK_CONFIG:
		return main_check_config(&options);
	case MAIN_BENCHMARK:
		return benchmark_run(&options.benchmark);
	case MAIN_LIST_KERNELS:
		return list_kernels_run(options.benchmark.json);
	case MAIN_RUN:
		break;
	}
	return main_run(&options);
}
