/* SPDX-License-Identifier: MIT */
#include "config/conf_cpus.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/cleanup.h"
#include "common/cpus.h"
#include "config/conf_text.h"

enum { CONF_PRESENT_MAX = 4096 /* bytes of a list in /sys */ };

void conf_cpus_minus(cpu_set_t *ret, const cpu_set_t *a, const cpu_set_t *b)
{
	cpu_set_t both;

	CPU_AND(&both, a, b);
	CPU_XOR(ret, a, &both);
}

int conf_cpus_allowed(cpu_set_t *ret)
{
	cpu_set_t cpus;

	/* The first thread's: others may be pinned. */
	if (sched_getaffinity(getpid(), sizeof(cpus), &cpus) < 0)
		return -errno;
	*ret = cpus;
	return 0;
}

int conf_cpus_present(cpu_set_t *ret)
{
	CLEANUP(cleanup_free) char *text = NULL;
	size_t size;

	if (conf_read_whole(&text, &size, "/sys/devices/system/cpu/present", CONF_PRESENT_MAX) < 0)
		return conf_cpus_allowed(ret);
	text[strcspn(text, "\n")] = '\0';
	if (!cpus_parse(ret, text))
		return conf_cpus_allowed(ret);
	return 0;
}
