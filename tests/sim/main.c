/* SPDX-License-Identifier: MIT */
/* The simulator. Each seed runs in a process of its own, so that one that fails ends alone. */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <sysexits.h>
#include <unistd.h>

#include "arguments.h"
#include "reduce.h"
#include "run.h"
#include "scenario.h"
#include "violation.h"

struct job {
	struct run run;
	pid_t pid; /* 0: free */
	int pipe;
};

struct totals {
	uint64_t runs, faults, hashes, accepted, violations;
};

/* Ends the process if what it printed could not be written. */
static void finish(void)
{
	/* Of what could not be written before there is no reason any more. */
	const char *reason = fflush(stdout) == 0 ? "a write failed" : strerror(errno);

	if (!ferror(stdout))
		return;
	fprintf(stderr, "sim: cannot write to the standard output: %s\n", reason);
	exit(EX_IOERR);
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
	finish();
	exit(write(fds[1], &result, sizeof(result)) == sizeof(result) ? 0 : EX_OSERR);
}

static void failed(const struct run *run, int status)
{
	/* The reader of the trace has seen enough. */
	if (WIFSIGNALED(status) && WTERMSIG(status) == SIGPIPE)
		raise(SIGPIPE);
	if (WIFEXITED(status) && WEXITSTATUS(status) == EX_IOERR)
		exit(EX_IOERR);
	fprintf(stderr, "seed %" PRIu64, run->seed);
	if (WIFSIGNALED(status))
		fprintf(stderr, " ended by signal %d (%s)", WTERMSIG(status),
			strsignal(WTERMSIG(status)));
	else if (WEXITSTATUS(status) == VIOLATION_EXIT)
		fputs(" broke a rule", stderr);
	else
		fprintf(stderr, " ended with exit status %d", WEXITSTATUS(status));
	fputs("; again, or shorter with --reduce: ", stderr);
	arguments_print_again(stderr, run);
	fputc('\n', stderr);
}

static void count(struct totals *totals, struct job *job, int status)
{
	struct run_result result = {};

	if (read(job->pipe, &result, sizeof(result)) != sizeof(result) || status) {
		totals->violations++;
		failed(&job->run, status);
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

int main(int argc, char **argv)
{
	struct job jobs[JOBS_MAX] = {};
	struct totals totals = {};
	struct arguments arguments;
	enum arguments_result parsed;
	uint64_t n;

	/* A pipe of a run would take its place. */
	if (fcntl(STDOUT_FILENO, F_GETFL) < 0) {
		fputs("sim: the standard output is closed\n", stderr);
		return EX_IOERR;
	}
	parsed = arguments_parse(&arguments, argc, argv);
	if (parsed == ARGUMENTS_USAGE)
		return EX_USAGE;
	if (parsed == ARGUMENTS_DONE) {
		finish();
		return 0;
	}
	if (arguments.reduce) {
		int r;

		arguments.run.seed = arguments.first;
		r = reduce_run(&arguments.run);
		finish();
		return r;
	}
	n = arguments.seeds;
	while (arguments.all && scenario_at(n / arguments.seeds))
		n += arguments.seeds;
	for (uint64_t i = 0; i < n; i++) {
		struct job *job;

		arguments.run.seed = arguments.first + i % arguments.seeds;
		if (arguments.all)
			arguments.run.scenario = scenario_at(i / arguments.seeds);
		while (!(job = free_job(jobs, arguments.jobs)))
			wait_for_one(jobs, arguments.jobs, &totals);
		start(job, &arguments.run);
	}
	while (totals.runs < n)
		wait_for_one(jobs, arguments.jobs, &totals);
	printf("%" PRIu64 " runs, %g simulated days, %" PRIu64 " hashes, %" PRIu64
	       " accepted shares, %" PRIu64 " faults injected, %" PRIu64 " violations\n",
	       totals.runs, (double)totals.runs * arguments.run.days, totals.hashes,
	       totals.accepted, totals.faults, totals.violations);
	finish();
	return totals.violations ? 1 : 0;
}
