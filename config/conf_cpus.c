/* SPDX-License-Identifier: MIT */
#include "config/conf_cpus.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/cleanup.h"
#include "common/cpus.h"
#include "config/conf_file.h"

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
	CLEANUP(conf_file_deinit) struct conf_file file = CONF_FILE_NULL;
	char reason[CONF_REASON_MAX];

	if (conf_file_read(&file, "/sys/devices/system/cpu/present", CONF_PRESENT_MAX, reason) !=
	    CONF_FILE_OK)
		return conf_cpus_allowed(ret);
	file.data[strcspn(file.data, "\n")] = '\0';
	if (!cpus_parse(ret, file.data))
		return conf_cpus_allowed(ret);
	return 0;
}
