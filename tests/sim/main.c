/* SPDX-License-Identifier: MIT */
/*
 *	sim [--seeds N] [--first S | --fresh] [--days D] [--scenario NAME] [--jobs N] [--trace]
 *	sim --list
 *
 * Each seed runs in a process of its own, so that one that fails ends alone.
 */
#include <errno.h>
#include <getopt.h>
#include <inttypes.h>
#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <sysexits.h>
#include <time.h>
#include <unistd.h>

#include "reduce.h"
#include "run.h"
#include "scenario.h"

enum { JOBS_MAX = 256 };

struct job {
	struct run run;
	pid_t pid; /* 0: free */
	int pipe;
};

struct options {
	uint64_t first, seeds;
	unsigned jobs;
	bool reduce;
	bool all; /* scenarios, one after the other */
	struct run run;
	bool skip[RUN_EVENTS_MAX];
};

struct totals {
	uint64_t runs, faults, hashes, accepted, violations;
};

static void usage(FILE *out)
{
	fputs("usage: sim [OPTION..]\n"
	      "Runs the daemon in simulated worlds, each from a seed.\n\n"
	      "  --seeds N        so many seeds (300)\n"
	      "  --first S        from this one on (1)\n"
	      "  --fresh          from one that nobody chose\n"
	      "  --days D         simulated days of each (1)\n"
	      "  --scenario NAME  a world by name in place of one at random; all: each of them\n"
	      "  --list           the scenarios\n"
	      "  --jobs N         processes at once (one for each CPU)\n"
	      "  --reduce         makes the first seed, which fails, short: what it needs to fail\n"
	      "  --skip LIST      leaves out things that happen, as --reduce says\n"
	      "  --trace          all that happens, on stdout; with --seeds 1\n",
	      out);
}

static void list(void)
{
	const struct scenario *scenario;

	for (size_t i = 0; (scenario = scenario_at(i)); i++)
		printf("%-28s %s\n", scenario->name, scenario->what);
}

static void start(struct job *job, const struct run *run)
{
	struct run_result result;
	int fds[2];

	fflush(NULL);
	if (pipe(fds) < 0 || (job->pid = fork()) < 0) {
		perror("sim");
		exit(EX_OSERR);
	}
	job->run = *run;
	job->pipe = fds[0];
	if (job->pid) {
		close(fds[1]);
		return;
	}
	run_do(run, &result);
	fflush(NULL);
	exit(write(fds[1], &result, sizeof(result)) == sizeof(result) ? 0 : EX_OSERR);
}

static void count(struct totals *totals, struct job *job, int status)
{
	const struct scenario *scenario = job->run.scenario;
	struct run_result result = {};

	if (read(job->pipe, &result, sizeof(result)) != sizeof(result) || status) {
		totals->violations++;
		fprintf(stderr,
			"seed %" PRIu64 " failed (%s %d); again: sim --first %" PRIu64
			" --seeds 1 --days %g%s%s --trace\n",
			job->run.seed, WIFSIGNALED(status) ? "signal" : "status",
			WIFSIGNALED(status) ? WTERMSIG(status) : WEXITSTATUS(status), job->run.seed,
			job->run.days, scenario ? " --scenario " : "",
			scenario ? scenario->name : "");
	}
	close(job->pipe);
	job->pid = 0;
	totals->runs++;
	totals->faults += result.faults;
	totals->hashes += result.hashes;
	totals->accepted += result.accepted;
}

static void wait_for_one(struct job *jobs, unsigned n, struct totals *totals)
{
	int status;
	pid_t pid = wait(&status);

	for (unsigned i = 0; i < n; i++)
		if (pid > 0 && jobs[i].pid == pid)
			count(totals, &jobs[i], status);
}

static struct job *free_job(struct job *jobs, unsigned n)
{
	for (unsigned i = 0; i < n; i++)
		if (!jobs[i].pid)
			return &jobs[i];
	return NULL;
}

static bool parse_number(uint64_t *ret, const char *text)
{
	char *end;

	errno = 0;
	*ret = strtoull(text, &end, 10);
	return !errno && end != text && !*end && text[0] != '-';
}

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

/* 0: run; else the exit status, plus 1. */
static int parse(struct options *ret, int argc, char **argv)
{
	uint64_t jobs = (uint64_t)sysconf(_SC_NPROCESSORS_ONLN);
	bool good = true;
	int option;

	*ret = (struct options){.first = 1, .seeds = 300, .run.days = 1};
	while (good && (option = getopt_long(argc, argv, "", known, NULL)) != -1) {
		switch (option) {
		case OPTION_SEEDS:
			good = parse_number(&ret->seeds, optarg);
			break;
		case OPTION_FIRST:
			good = parse_number(&ret->first, optarg);
			break;
		case OPTION_FRESH:
			ret->first = (uint64_t)time(NULL) * 1000;
			printf("from seed %" PRIu64 " on\n", ret->first);
			break;
		case OPTION_DAYS:
			ret->run.days = strtod(optarg, NULL);
			good = ret->run.days > 0 && ret->run.days < 10000;
			break;
		case OPTION_SCENARIO:
			ret->all = strcmp(optarg, "all") == 0;
			ret->run.scenario = ret->all ? NULL : scenario_find(optarg);
			good = ret->all || ret->run.scenario;
			break;
		case OPTION_JOBS:
			good = parse_number(&jobs, optarg) && jobs > 0;
			break;
		case OPTION_SKIP:
			good = reduce_parse(ret->skip, optarg);
			ret->run.skip = ret->skip;
			break;
		case OPTION_REDUCE:
			ret->reduce = true;
			break;
		case OPTION_TRACE:
			ret->run.loud = true;
			break;
		case OPTION_LIST:
			list();
			return 1;
		case OPTION_HELP:
			usage(stdout);
			return 1;
		default:
			good = false;
			break;
		}
	}
	if (!good || optind < argc) {
		usage(stderr);
		return EX_USAGE + 1;
	}
	ret->jobs = (unsigned)(jobs < JOBS_MAX ? jobs : JOBS_MAX);
	return 0;
}

int main(int argc, char **argv)
{
	struct job jobs[JOBS_MAX] = {};
	struct totals totals = {};
	struct options options;
	uint64_t n;
	int r = parse(&options, argc, argv);

	if (r)
		return r - 1;
	if (options.reduce) {
		options.run.seed = options.first;
		return reduce_run(&options.run);
	}
	n = options.seeds;
	while (options.all && scenario_at(n / options.seeds))
		n += options.seeds;
	for (uint64_t i = 0; i < n; i++) {
		struct job *job;

		options.run.seed = options.first + i % options.seeds;
		if (options.all)
			options.run.scenario = scenario_at(i / options.seeds);
		while (!(job = free_job(jobs, options.jobs)))
			wait_for_one(jobs, options.jobs, &totals);
		start(job, &options.run);
	}
	while (totals.runs < n)
		wait_for_one(jobs, options.jobs, &totals);
	printf("%" PRIu64 " runs, %g simulated days, %" PRIu64 " hashes, %" PRIu64
	       " accepted shares, %" PRIu64 " faults injected, %" PRIu64 " violations\n",
	       totals.runs, (double)totals.runs * options.run.days, totals.hashes, totals.accepted,
	       totals.faults, totals.violations);
	return totals.violations ? 1 : 0;
}
