/* SPDX-License-Identifier: MIT */
#include "violation.h"

#include <stdarg.h>
#include <stdio.h>
#include <unistd.h>

#include "trace.h"
#include "world.h"

static char *rule;

void violation_rule_to(char *ret)
{
	rule = ret;
}

void violation(const char *format, ...)
{
	char when[32];
	va_list arguments;

	if (rule)
		snprintf(rule, VIOLATION_RULE_MAX, "%s", format);
	trace_print();
	fprintf(stderr, "violation after %s: ", trace_time(when));
	va_start(arguments, format);
	vfprintf(stderr, format, arguments);
	va_end(arguments);
	fprintf(stderr, " (after %u things that happened)\n", world.n_events);
	fflush(stderr);
	_exit(VIOLATION_EXIT);
}
