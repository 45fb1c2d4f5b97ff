/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <getopt.h>
#include <locale.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "common/container.h"
#include "common/standard_fds.h"
#include "ctl/ctl.h"
#include "ctl/utf8.h"

static const struct verb {
	const char *name;
	const char *argument; /* what it is called in the help; NULL: it takes none */
	const char *help;     /* NULL: not in the help */
	int (*fn)(struct ctl *ctl, const char *argument);
} verbs[] = {
	{"status", NULL, "show state, hash rate, shares and pools (the default command)",
	 verb_status},
	{"pools", NULL, "show each pool: state, shares, errors, next attempt", verb_pools},
	{"workers", NULL, "show each worker: CPU, kernel, hash rate", verb_workers},
	{"latency", NULL, "show how fast new work is hashed and shares are answered", verb_latency},
	{"top", NULL, "show all of this, renewed each second; q quits", verb_top},
	{"pause", NULL, "stop hashing; the pools stay connected", verb_pause},
	{"resume", NULL, "hash again", verb_resume},
	{"switch", "POOL", "mine on the pool of this name", verb_switch},
	{"limit", "LIMIT", "limit the workers: cpu=PERCENT, hashrate=RATE, group=N", verb_limit},
	{"reload", NULL, "read the configuration again", verb_reload},
	{"metrics", NULL, "print all numbers in Prometheus's text format", verb_metrics},
	{"version", NULL, "show the versions of minerctl and of the daemon", verb_version},
	{"bridge", NULL, NULL, verb_bridge},
};

static void help(FILE *out)
{
	fputs("Usage: minerctl [-s SOCKET] [-H [USER@]HOST] [--json] [COMMAND]\n\nCommands:\n",
	      out);
	for (size_t i = 0; i < ARRAY_SIZE(verbs); i++)
		if (verbs[i].help)
			fprintf(out, "  %-7s %-5s %s\n", verbs[i].name,
				verbs[i].argument ? verbs[i].argument : "", verbs[i].help);
	fputs("\nOptions:\n"
	      "  -s, --socket SOCKET       the control socket of minerd (" CTL_DEFAULT_SOCKET ")\n"
	      "  -H, --host [USER@]HOST    minerd on another machine, over ssh\n"
	      "      --json                print JSON, for programs\n"
	      "  -h, --help                print this help and exit\n"
	      "      --version             print the version of minerctl and exit\n",
	      out);
}

static int usage(void)
{
	fputs("For help: minerctl --help\n", stderr);
	return CTL_USAGE;
}

static const struct verb *verb_find(const char *name)
{
	for (size_t i = 0; i < ARRAY_SIZE(verbs); i++)
		if (strcmp(verbs[i].name, name) == 0)
			return &verbs[i];
	return NULL;
}

/* The exit status, or CTL_REFUSED when not all output could be written. */
static int flush(const struct ctl *ctl, int status)
{
	errno = 0;
	if (fflush(stdout) == 0 && !ferror(stdout))
		return status;
	/* The error of an earlier write is lost. */
	ctl_error(ctl, "cannot write to stdout%s%s", errno ? ": " : "",
		  errno ? strerror(errno) : "");
	return status == CTL_OK ? CTL_REFUSED : status;
}

static int run(struct ctl *ctl, const struct verb *verb, const char *argument)
{
	int r;

	if (ctl_connect(ctl, CLIENT_TIMEOUT_MS, false) < 0) {
		if (verb->fn == verb_version && !ctl->json)
			puts("minerctl " MINERD_VERSION);
		r = ctl_unreachable(ctl);
	} else {
		r = verb->fn(ctl, argument);
	}
	client_close(&ctl->client);
	return flush(ctl, r);
}

/* CTL_OK: continue; -1: exit with success; else the exit status. */
static int options(struct ctl *ctl, int argc, char **argv)
{
	enum { OPTION_JSON = 256, OPTION_VERSION };
	static const struct option longs[] = {
		{"socket", required_argument, NULL, 's'},
		{"host", required_argument, NULL, 'H'},
		{"json", no_argument, NULL, OPTION_JSON},
		{"help", no_argument, NULL, 'h'},
		{"version", no_argument, NULL, OPTION_VERSION},
		{},
	};
	int option;

	while ((option = getopt_long(argc, argv, "s:H:h", longs, NULL)) != -1) {
		switch (option) {
		case 's':
			ctl->socket = optarg;
			break;
		case 'H':
			ctl->host = optarg;
			break;
		case OPTION_JSON:
			ctl->json = true;
			break;
		case 'h':
			help(stdout);
			return -1;
		case OPTION_VERSION:
			puts("minerctl " MINERD_VERSION);
			return -1;
		default:
			return usage();
		}
	}
	return CTL_OK;
}

/* Whether the command and its arguments are valid; if not, prints why. */
static bool check_arguments(const struct ctl *ctl, const struct verb *verb, int n, char **arguments)
{
	if (!verb)
		ctl_error(ctl, "unknown command \"%s\"", ctl->verb);
	else if (ctl->socket && !*ctl->socket)
		ctl_error(ctl, "-s needs the path of a socket");
	else if (ctl->host && (!*ctl->host || *ctl->host == '-'))
		ctl_error(ctl, "-H needs a host, and \"%s\" is none", ctl->host);
	else if (verb->argument && n == 0)
		ctl_error(ctl, "%s: argument %s is missing", verb->name, verb->argument);
	else if (n > (verb->argument != NULL))
		ctl_error(ctl, "%s: unexpected argument \"%s\"", verb->name,
			  arguments[verb->argument != NULL]);
	else if (n && !utf8_valid(arguments[0], strlen(arguments[0])))
		ctl_error(ctl, "%s: \"%s\" is not UTF-8", verb->name, arguments[0]);
	else
		return true;
	return false;
}

/* The reader of a pipe, such as head(1), has closed it: not a failure. */
static void on_broken_pipe(int number)
{
	_exit(CTL_OK);
}

int main(int argc, char **argv)
{
	struct ctl ctl = {.client = CLIENT_NULL, .verb = "status"};
	const struct sigaction broken_pipe = {.sa_handler = on_broken_pipe};
	const struct verb *verb;
	int r;

	if (standard_fds_open() < 0)
		return CTL_REFUSED;
	setlocale(LC_CTYPE, "");
	sigaction(SIGPIPE, &broken_pipe, NULL);
	terminal_init(&ctl.term, stdout);
	r = options(&ctl, argc, argv);
	if (r != CTL_OK)
		return r < 0 ? flush(&ctl, CTL_OK) : r;
	if (optind < argc)
		ctl.verb = argv[optind++];
	verb = verb_find(ctl.verb);
	if (!check_arguments(&ctl, verb, argc - optind, argv + optind))
		return usage();
	return run(&ctl, verb, verb->argument ? argv[optind] : NULL);
}
