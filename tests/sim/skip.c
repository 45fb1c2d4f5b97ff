/* SPDX-License-Identifier: MIT */
#include "skip.h"

#include <ctype.h>
#include <stdlib.h>

#include "run.h"

/* Reads a number and moves *text behind it; RUN_EVENTS_MAX: there is none, or it is too large. */
static unsigned long parse_event(const char **text)
{
	char *end;
	unsigned long event;

	if (!isdigit((unsigned char)**text))
		return RUN_EVENTS_MAX;
	event = strtoul(*text, &end, 10);
	*text = end;
	return event < RUN_EVENTS_MAX ? event : RUN_EVENTS_MAX;
}

bool skip_parse(bool *ret, const char *text)
{
	for (;;) {
		unsigned long from = parse_event(&text), to = from;

		if (*text == '-') {
			text++;
			to = parse_event(&text);
		}
		if (to == RUN_EVENTS_MAX || from > to || (*text && *text != ','))
			return false;
		for (unsigned long i = from; i <= to; i++)
			ret[i] = true;
		if (!*text)
			return true;
		text++;
	}
}

void skip_print(FILE *out, const bool *skip)
{
	const char *before = " --skip ";

	for (unsigned i = 0, k; i < RUN_EVENTS_MAX; i = k + 1) {
		for (k = i; k < RUN_EVENTS_MAX && skip[k]; k++)
			;
		if (k == i)
			continue;
		if (k - 1 == i)
			fprintf(out, "%s%u", before, i);
		else
			fprintf(out, "%s%u-%u", before, i, k - 1);
		before = ",";
	}
}
