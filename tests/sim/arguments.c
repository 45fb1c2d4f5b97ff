/* SPDX-License-Identifier: MIT */
#include "arguments.h"

#include <errno.h>
#include <getopt.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "common/container.h"
#include "scenario.h"
#include "skip.h"

enum { SEEDS = 300 /* without --seeds */, SEEDS_MAX = 1000000000 };
#define DAYS_MAX 10000.0

enum {
	OPTION_SEEDS = 1,
	OPTION_FIRST,
	OPTION_FRESH,
	OPTION_DAYS,
	OPTION_SCENARIO,
	OPTION_LIST,
	OPTION_JOBS,
	OPTION_TRACE,
	OPTION_SKIP,
	OPTION_REDUCE,
	OPTION_HELP
};

static const struct option known[] = {
	{"seeds", required_argument, NULL, OPTION_SEEDS},
	{"first", required_argument, NULL, OPTION_FIRST},
	{"fresh", no_argument, NULL, OPTION_FRESH},
	{"days", required_argument, NULL, OPTION_DAYS},
	{"scenario", required_argument, NULL, OPTION_SCENARIO},
	{"skip", required_argument, NULL, OPTION_SKIP},
	{"reduce", no_argument, NULL, OPTION_REDUCE},
	{"list", no_argument, NULL, OPTION_LIST},
	{"jobs", required_argument, NULL, OPTION_JOBS},
	{"trace", no_argument, NULL, OPTION_TRACE},
	{"help", no_argument, NULL, OPTION_HELP},
	{},
};

/* Which options were given. */
struct given {
	bool first, fresh, seeds;
	const char *single; /* one that takes a single run; or NULL */
};

static void usage(void)
{
	puts("usage: sim [OPTION..]\n"
	     "Runs the daemon in simulated worlds, each from a seed. The exit status is 0 if no "
	     "run\n"
	     "breaks a rule, 1 if one does.\n\n"
	     "  --seeds N        number of seeds (300; 1 with --trace, --skip or --reduce)\n"
	     "  --first S        the first seed; the others follow it (1)\n"
	     "  --fresh          take the first seed from the time of day, and print it\n"
	     "  --days D         simulated days of each run, also parts of a day (1)\n"
	     "  --scenario NAME  run this world instead of a random one; all: each scenario\n"
	     "  --list           print the scenarios\n"
	     "  --jobs N         processes at a time, 1 to 256 (one for each CPU)\n"
	     "  --trace          print all that happens in one run\n"
	     "  --skip LIST      leave out these events of one run: numbers and ranges, "
	     "\"3,7-12\"\n"
	     "  --reduce         leave out what one failing run does not need to fail, and print\n"
	     "                   the command with the --skip that remains");
}

static enum arguments_result wrong(const char *format, ...) __attribute__((format(printf, 1, 2)));

static enum arguments_result wrong(const char *format, ...)
{
	va_list arguments;

	fputs("sim: ", stderr);
	va_start(arguments, format);
	vfprintf(stderr, format, arguments);
	va_end(arguments);
	fputs("; try `sim --help'\n", stderr);
	return ARGUMENTS_USAGE;
}

static enum arguments_result number(uint64_t *ret, const char *option, const char *text,
				    uint64_t min, uint64_t max)
{
	char *end;
	uint64_t value;

	errno = 0;
	value = strtoull(text, &end, 10);
	if (errno || *end || text[0] < '0' || text[0] > '9' || value < min || value > max)
		return wrong("--%s takes a whole number from %" PRIu64 " to %" PRIu64
			     ", not \"%s\"",
			     option, min, max, text);
	*ret = value;
	return ARGUMENTS_RUN;
}

static enum arguments_result parse_days(struct arguments *arguments, const char *text)
{
	char *end;
	double days = strtod(text, &end);

	if (end == text || *end || !(days > 0 && days <= DAYS_MAX))
		return wrong("--days takes a number above 0, at most %g, not \"%s\"", DAYS_MAX,
			     text);
	arguments->run.days = days;
	return ARGUMENTS_RUN;
}

static enum arguments_result parse_scenario(struct arguments *arguments, const char *name)
{
	arguments->all = strcmp(name, "all") == 0;
	arguments->run.scenario = arguments->all ? NULL : scenario_find(name);
	if (arguments->all || arguments->run.scenario)
		return ARGUMENTS_RUN;
	fprintf(stderr, "sim: there is no scenario \"%s\"; try `sim --list'\n", name);
	return ARGUMENTS_USAGE;
}

static enum arguments_result parse_skip(struct arguments *arguments, const char *text)
{
	arguments->run.skip = arguments->skip;
	if (skip_parse(arguments->skip, text))
		return ARGUMENTS_RUN;
	return wrong("--skip takes numbers and ranges from 0 to %u, as \"3,7-12\", not \"%s\"",
		     RUN_EVENTS_MAX - 1, text);
}

static void list(void)
{
	const struct scenario *scenario;

	for (size_t i = 0; (scenario = scenario_at(i)); i++)
		printf("%-30s %s\n", scenario->name, scenario->what);
}

static enum arguments_result parse_one(struct arguments *arguments, struct given *given, int option)
{
	uint64_t jobs = 0;
	enum arguments_result r = ARGUMENTS_RUN;

	switch (option) {
	case OPTION_SEEDS:
		given->seeds = true;
		return number(&arguments->seeds, "seeds", optarg, 1, SEEDS_MAX);
	case OPTION_FIRST:
		given->first = true;
		return number(&arguments->first, "first", optarg, 0, UINT64_MAX);
	case OPTION_FRESH:
		given->fresh = true;
		arguments->first = (uint64_t)time(NULL) * 1000;
		return r;
	case OPTION_DAYS:
		return parse_days(arguments, optarg);
	case OPTION_SCENARIO:
		return parse_scenario(arguments, optarg);
	case OPTION_SKIP:
		given->single = "skip";
		return parse_skip(arguments, optarg);
	case OPTION_REDUCE:
		given->single = "reduce";
		arguments->reduce = true;
		return r;
	case OPTION_LIST:
		list();
		return ARGUMENTS_DONE;
	case OPTION_JOBS:
		r = number(&jobs, "jobs", optarg, 1, JOBS_MAX);
		if (!r)
			arguments->jobs = (unsigned)jobs;
		return r;
	case OPTION_TRACE:
		given->single = "trace";
		arguments->run.loud = true;
		return r;
	case OPTION_HELP:
		usage();
		return ARGUMENTS_DONE;
	default:
		/* getopt_long() has printed what is wrong. */
		fputs("sim: try `sim --help'\n", stderr);
		return ARGUMENTS_USAGE;
	}
}

/* Which options go with each other. */
static enum arguments_result check(struct arguments *arguments, const struct given *given)
{
	if (given->first && given->fresh)
		return wrong("--first and --fresh both say which seed is the first: give one");
	if (given->single && arguments->all)
		return wrong("--%s takes one run: give --scenario one name instead of \"all\"",
			     given->single);
	if (given->single && !given->seeds)
		arguments->seeds = 1;
	if (given->single && arguments->seeds != 1)
		return wrong("--%s takes one run: give --first SEED without --seeds %" PRIu64,
			     given->single, arguments->seeds);
	if (arguments->seeds - 1 > UINT64_MAX - arguments->first)
		return wrong("--first %" PRIu64 " leaves no room for %" PRIu64 " seeds below 2^64",
			     arguments->first, arguments->seeds);
	if (given->fresh)
		printf("from seed %" PRIu64 " on\n", arguments->first);
	return ARGUMENTS_RUN;
}

enum arguments_result arguments_parse(struct arguments *ret, int argc, char **argv)
{
	long cpus = sysconf(_SC_NPROCESSORS_ONLN);
	struct given given = {};
	int option;

	*ret = (struct arguments){.first = 1, .seeds = SEEDS, .run.days = 1};
	ret->jobs = (unsigned)MIN(MAX(cpus, 1), JOBS_MAX);
	while ((option = getopt_long(argc, argv, "", known, NULL)) != -1) {
		enum arguments_result r = parse_one(ret, &given, option);

		if (r)
			return r;
	}
	if (optind < argc)
		return wrong("\"%s\" is no option", argv[optind]);
	return check(ret, &given);
}

void arguments_print_again(FILE *out, const struct run *run)
{
	char days[32];

	snprintf(days, sizeof(days), "%g", run->days);
	if (strtod(days, NULL) != run->days)
		snprintf(days, sizeof(days), "%.17g", run->days);
	fprintf(out, "%s --first %" PRIu64 " --days %s", program_invocation_name, run->seed, days);
	if (run->scenario)
		fprintf(out, " --scenario %s", run->scenario->name);
	if (run->skip)
		skip_print(out, run->skip);
	fputs(" --trace", out);
}
