/* SPDX-License-Identifier: MIT */
#include "crash.h"

#include <errno.h>
#include <execinfo.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <unistd.h>

#include "common/container.h"
#include "trace.h"

enum { CRASH_STACK = 256 * 1024 };

static const int signals[] = {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT};
static struct sigaction before[ARRAY_SIZE(signals)];

void crash_name_places(char ret[CRASH_TEXT_MAX], void *const *places, size_t n)
{
	extern const char begin[] __asm__("__executable_start"), end[] __asm__("etext");
	int used = snprintf(ret, CRASH_TEXT_MAX, "addr2line -fpe %.200s", program_invocation_name);

	for (size_t i = 0; i < n && used < CRASH_TEXT_MAX; i++) {
		const char *place = places[i];

		if (place < begin || place >= end)
			continue;
		/* The call is before the address to which it returns. */
		used += snprintf(ret + used, (size_t)(CRASH_TEXT_MAX - used), " %#tx",
				 place - 1 - begin);
	}
}

/* What is not safe here at worst ends the process in another way. */
static void on_crash(int signo, siginfo_t *info, void *context)
{
	void *places[CRASH_PLACES_MAX];
	char text[CRASH_TEXT_MAX];
	int n = backtrace(places, CRASH_PLACES_MAX);

	for (size_t i = 0; i < ARRAY_SIZE(signals); i++)
		sigaction(signals[i], &before[i], NULL);
	trace_print();
	crash_name_places(text, places, (size_t)n);
	dprintf(STDERR_FILENO, "crash, named by: %s\n", text);
	/* Else the instruction runs again. */
	if (info->si_code <= 0)
		raise(signo);
}

void crash_watch(void)
{
	/* The stack may be what is used up. */
	static char stack[CRASH_STACK];
	const stack_t own = {.ss_sp = stack, .ss_size = sizeof(stack)};
	const struct sigaction action = {.sa_sigaction = on_crash,
					 .sa_flags = SA_ONSTACK | SA_SIGINFO};

	sigaltstack(&own, NULL);
	for (size_t i = 0; i < ARRAY_SIZE(signals); i++)
		sigaction(signals[i], &action, &before[i]);
}
