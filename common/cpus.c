/* SPDX-License-Identifier: MIT */
#include "common/cpus.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

/* Decimal digits below CPU_SETSIZE. */
static bool cpus_number(const char **text, unsigned *ret)
{
	unsigned value = 0;

	if (!isdigit((unsigned char)**text))
		return false;
	while (isdigit((unsigned char)**text)) {
		value = value * 10 + (unsigned)(*(*text)++ - '0');
		if (value >= CPU_SETSIZE)
			return false;
	}
	*ret = value;
	return true;
}

bool cpus_parse(cpu_set_t *ret, const char *text)
{
	cpu_set_t cpus;

	CPU_ZERO(&cpus);
	for (;;) {
		unsigned first, last;

		text += strspn(text, " ");
		if (!cpus_number(&text, &first))
			return false;
		last = first;
		if (*text == '-') {
			text++;
			if (!cpus_number(&text, &last) || last < first)
				return false;
		}
		for (unsigned cpu = first; cpu <= last; cpu++)
			CPU_SET(cpu, &cpus);
		text += strspn(text, " ");
		if (!*text)
			break;
		if (*text++ != ',')
			return false;
	}
	*ret = cpus;
	return true;
}

const char *cpus_format(char ret[CPUS_TEXT_MAX], const cpu_set_t *cpus)
{
	size_t used = 0;

	ret[0] = '\0';
	for (unsigned cpu = 0; cpu < CPU_SETSIZE; cpu++) {
		unsigned first = cpu;

		if (!CPU_ISSET(cpu, cpus))
			continue;
		while (cpu + 1 < CPU_SETSIZE && CPU_ISSET(cpu + 1, cpus))
			cpu++;
		if (used > CPUS_TEXT_MAX - 16) {
			strcpy(ret + used, "..");
			break;
		}
		used += (size_t)sprintf(ret + used, "%s%u", used ? "," : "", first);
		if (cpu > first)
			used += (size_t)sprintf(ret + used, "-%u", cpu);
	}
	return ret;
}
