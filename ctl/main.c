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
#include "common/utf8.h"
#include "ctl/ctl.h"
#include "ctl/verb.h"

enum { OPTION_JSON = 256, OPTION_VERSION, OPTION_LEFT_MAX = 32 };

#define VERB(...)
#define OPTION(...) {__VA_ARGS__},
static const struct command_option {
	int id; /* the letter of the short option, or a constant above */
	const char *name;
	const char *argument; /* its name in the help; "": none */
	const char *help;
} command_options[] = {
#include "ctl/commands.inc"
};

static void help(FILE *out)
{
	fputs("Usage: minerctl [-s SOCKET] [-H [USER@]HOST] [--json] [COMMAND]\n\nCommands:\n",
	      out);
	verb_help(out);
	fputs("\nOptions:\n", out);
	for (size_t i = 0; i < ARRAY_SIZE(command_options); i++) {
		const struct command_option *option = &command_options[i];
		char letter[] = "-x, ", left[OPTION_LEFT_MAX];

		letter[1] = (char)option->id;
		snprintf(left, sizeof(left), "%s--%s %s",
			 option->id < OPTION_JSON ? letter : "    ", option->name,
			 option->argument);
		fprintf(out, "  %-25s %s\n", left, option->help);
	}
}

static int usage(void)
{
	fputs("For help: minerctl --help\n", stderr);
	return CTL_USAGE;
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

/* Of getopt_long(3): both of the table above. */
static void options_prepare(struct option *longs, char *letters)
{
	for (size_t i = 0; i < ARRAY_SIZE(command_options); i++) {
		const struct command_option *option = &command_options[i];
		bool argument = *option->argument;

		*longs++ = (struct option){option->name, argument ? required_argument : no_argument,
					   NULL, option->id};
		if (option->id >= OPTION_JSON)
			continue;
		*letters++ = (char)option->id;
		if (argument)
			*letters++ = ':';
	}
	*longs = (struct option){};
	*letters = '\0';
}

/* CTL_OK: continue; -1: exit with success; else the exit status. */
static int options(struct ctl *ctl, int argc, char **argv)
{
	struct option longs[ARRAY_SIZE(command_options) + 1];
	char letters[2 * ARRAY_SIZE(command_options) + 1];
	int option;

	options_prepare(longs, letters);
	while ((option = getopt_long(argc, argv, letters, longs, NULL)) != -1) {
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
		ctl_error(ctl, "-s: the path of the socket is empty");
	else if (ctl->host && (!*ctl->host || *ctl->host == '-'))
		ctl_error(ctl, "-H: \"%s\" is not a host", ctl->host);
	else if (*verb->argument && n == 0)
		ctl_error(ctl, "%s: argument %s is missing", verb->name, verb->argument);
	else if (n > (*verb->argument ? 1 : 0))
		ctl_error(ctl, "%s: unexpected argument \"%s\"", verb->name,
			  arguments[*verb->argument ? 1 : 0]);
	else if (n && utf8_prefix(arguments[0], strlen(arguments[0])) < strlen(arguments[0]))
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
	r = verb_run(&ctl, verb, *verb->argument ? argv[optind] : NULL);
	return flush(&ctl, r);
}
