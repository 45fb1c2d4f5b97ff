/* SPDX-License-Identifier: MIT */
#include "reduce.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <sysexits.h>
#include <unistd.h>

#include "arguments.h"
#include "violation.h"

/* How a run ends: what wait(2) says of its process, and the rule that it breaks, without figures.
 */
struct ending {
	int status;
	char rule[VIOLATION_RULE_MAX];
};

static bool same(const struct ending *a, const struct ending *b)
{
	return a->status == b->status && strcmp(a->rule, b->rule) == 0;
}

/* Runs it in a process of its own. quiet: prints nothing. */
static void end_of(struct ending *ret, const struct run *run, bool quiet, char *shared)
{
	struct run_result result;
	pid_t pid;

	*shared = '\0';
	fflush(NULL);
	pid = fork();
	if (pid < 0) {
		perror("sim: fork");
		exit(EX_OSERR);
	}
	if (pid == 0) {
		violation_rule_to(shared);
		if (quiet && !freopen("/dev/null", "w", stderr))
			_exit(EX_OSERR);
		run_do(run, &result);
		fflush(NULL);
		_exit(0);
	}
	waitpid(pid, &ret->status, 0);
	memcpy(ret->rule, shared, sizeof(ret->rule));
}

/* Leaves out n events from `from` on, if the run ends in the same way without them. */
static void try_without(const struct run *run, const struct ending *end, bool *skip, unsigned from,
			unsigned n, char *shared)
{
	bool kept[RUN_EVENTS_MAX];
	struct ending now;

	memcpy(kept, skip, sizeof(kept));
	memset(skip + from, true, n * sizeof(*skip));
	if (memcmp(kept, skip, sizeof(kept)) == 0)
		return;
	end_of(&now, run, true, shared);
	if (!same(&now, end))
		memcpy(skip, kept, sizeof(kept));
}

int reduce_run(const struct run *run)
{
	bool skip[RUN_EVENTS_MAX] = {};
	struct run shorter = *run;
	struct ending end;
	char *shared = mmap(NULL, VIOLATION_RULE_MAX, PROT_READ | PROT_WRITE,
			    MAP_SHARED | MAP_ANONYMOUS, -1, 0);

	if (shared == MAP_FAILED) {
		perror("sim: mmap");
		return EX_OSERR;
	}
	if (run->skip)
		memcpy(skip, run->skip, sizeof(skip));
	shorter.skip = skip;
	shorter.loud = false;
	end_of(&end, &shorter, true, shared);
	if (!end.status) {
		printf("seed %" PRIu64 " breaks no rule\n", run->seed);
		return 0;
	}
	for (unsigned n = RUN_EVENTS_MAX / 2; n; n /= 2)
		for (unsigned from = 0; from < RUN_EVENTS_MAX; from += n)
			try_without(&shorter, &end, skip, from, n, shared);
	shorter.loud = run->loud;
	end_of(&end, &shorter, false, shared);
	fputs("again: ", stdout);
	arguments_print_again(stdout, &shorter);
	puts("");
	return 1;
}
