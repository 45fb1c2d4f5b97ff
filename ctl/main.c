/* SPDX-License-Identifier: MIT */
#include <getopt.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "common/container.h"
#include "common/standard_fds.h"
#include "ctl/ctl.h"

static const struct verb {
	const char *name;
	const char *argument; /* what it is called in the help; NULL: it takes none */
	const char *help;     /* NULL: not for people */
	int (*fn)(struct ctl *ctl, const char *argument);
} verbs[] = {
	{"status", NULL, "what the daemon does, its pools and shares (without a verb: this)",
	 verb_status},
	{"pools", NULL, "the pools: state, shares, difficulty, errors", verb_pools},
	{"workers", NULL, "the workers: CPU, kernel, hash rate", verb_workers},
	{"latency", NULL, "how fast new work is hashed on and shares are answered", verb_latency},
	{"top", NULL, "all of it, renewed every second; q quits", verb_top},
	{"pause", NULL, "stop hashing; the pools stay connected", verb_pause},
	{"resume", NULL, "hash again", verb_resume},
	{"switch", "POOL", "mine for the pool of this name", verb_switch},
	{"limit", "LIMIT", "slow the workers down: cpu=PERCENT, hashrate=RATE (0: no limit)",
	 verb_limit},
	{"reload", NULL, "read the configuration again", verb_reload},
	{"metrics", NULL, "all numbers in Prometheus's text format", verb_metrics},
	{"version", NULL, "the versions of minerctl and of the daemon", verb_version},
	{"bridge", NULL, NULL, verb_bridge},
};

static void help(FILE *out)
{
	fputs("Usage: minerctl [-s SOCKET] [-H [USER@]HOST] [--json] VERB\n\nVerbs:\n", out);
	for (size_t i = 0; i < ARRAY_SIZE(verbs); i++)
		if (verbs[i].help)
			fprintf(out, "  %-7s %-5s %s\n", verbs[i].name,
				verbs[i].argument ? verbs[i].argument : "", verbs[i].help);
	fputs("\nOptions:\n"
	      "  -s, --socket SOCKET       the daemon's socket (" CTL_DEFAULT_SOCKET ")\n"
	      "  -H, --host [USER@]HOST    the daemon on another machine, over ssh\n"
	      "      --json                for programs\n"
	      "  -h, --help\n"
	      "      --version\n",
	      out);
}

static int __attribute__((format(printf, 1, 2))) usage(const char *format, ...)
{
	va_list args;

	fputs("minerctl: ", stderr);
	va_start(args, format);
	vfprintf(stderr, format, args);
	va_end(args);
	fputs("; minerctl --help lists all\n", stderr);
	return CTL_USAGE;
}

static const struct verb *verb_find(const char *name)
{
	for (size_t i = 0; i < ARRAY_SIZE(verbs); i++)
		if (strcmp(verbs[i].name, name) == 0)
			return &verbs[i];
	return NULL;
}

static int run(struct ctl *ctl, const struct verb *verb, const char *argument)
{
	int r;

	if (ctl->host)
		r = client_open_ssh(&ctl->client, ctl->host, ctl->socket);
	else
		r = client_open(&ctl->client, ctl->socket ? ctl->socket : CTL_DEFAULT_SOCKET);
	if (r < 0) {
		if (verb->fn == verb_version && !ctl->json)
			puts("minerctl " MINERD_VERSION);
		r = ctl_unreachable(ctl);
	} else {
		r = verb->fn(ctl, argument);
	}
	client_close(&ctl->client);
	if (fflush(stdout) != 0) {
		perror("minerctl: output");
		return r == CTL_OK ? CTL_REFUSED : r;
	}
	return r;
}

/* CTL_OK: go on; -1: all was said, end well. */
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
			fputs("minerctl --help lists all options\n", stderr);
			return CTL_USAGE;
		}
	}
	return CTL_OK;
}

int main(int argc, char **argv)
{
	struct ctl ctl = {.client = CLIENT_NULL};
	const struct verb *verb;
	const char *name = "status";
	int r;

	if (standard_fds_open() < 0)
		return CTL_REFUSED;
	r = options(&ctl, argc, argv);
	if (r != CTL_OK)
		return r < 0 ? CTL_OK : r;
	if (ctl.host && (!*ctl.host || *ctl.host == '-'))
		return usage("\"%s\" is not a host", ctl.host);
	if (optind < argc)
		name = argv[optind++];
	verb = verb_find(name);
	if (!verb)
		return usage("there is no verb \"%s\"", name);
	if (verb->argument && optind == argc)
		return usage("%s needs a %s", verb->name, verb->argument);
	if (optind + (verb->argument != NULL) < argc)
		return usage("too much after %s", verb->name);
	terminal_init(&ctl.term, stdout);
	return run(&ctl, verb, verb->argument ? argv[optind] : NULL);
}
