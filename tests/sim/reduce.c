/* SPDX-License-Identifier: MIT */
#include "reduce.h"

#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "arguments.h"

/* Whether the run breaks a rule, in a process of its own. */
static bool breaks(const struct run *run, bool quiet)
{
	struct run_result result;
	int status = 0;
	pid_t pid;

	fflush(NULL);
	pid = fork();
	if (pid < 0)
		exit(EXIT_FAILURE);
	if (pid == 0) {
		int nowhere = quiet ? open("/dev/null", O_WRONLY) : -1;

		if (quiet)
			dup2(nowhere, STDERR_FILENO);
		run_do(run, &result);
		_exit(0);
	}
	waitpid(pid, &status, 0);
	return status != 0;
}

/* Leaves out n things from `from` on, if the rule is broken without them, too. */
static void try_without(const struct run *run, bool *skip, unsigned from, unsigned n)
{
	bool kept[RUN_EVENTS_MAX];

	memcpy(kept, skip, sizeof(kept));
	memset(skip + from, true, n * sizeof(*skip));
	if (memcmp(kept, skip, sizeof(kept)) != 0 && !breaks(run, true))
		memcpy(skip, kept, sizeof(kept));
}

int reduce_run(const struct run *run)
{
	bool skip[RUN_EVENTS_MAX] = {};
	struct run shorter = *run;

	shorter.skip = skip;
	shorter.loud = false;
	if (!breaks(&shorter, true)) {
		printf("seed %" PRIu64 " breaks no rule\n", run->seed);
		return 0;
	}
	for (unsigned n = RUN_EVENTS_MAX / 2; n; n /= 2)
		for (unsigned from = 0; from < RUN_EVENTS_MAX; from += n)
			try_without(&shorter, skip, from, n);
	breaks(&shorter, false);
	fputs("again: ", stdout);
	arguments_print_again(stdout, &shorter);
	puts("");
	return 1;
}
