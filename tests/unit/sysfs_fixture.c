/* SPDX-License-Identifier: MIT */
#include "tests/unit/sysfs_fixture.h"

#include <check.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "common/cpus.h"

char sysfs_fixture_root[64];

void sysfs_fixture_setup(void)
{
	strcpy(sysfs_fixture_root, "/tmp/test_sysfs.XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(sysfs_fixture_root));
}

void sysfs_fixture_teardown(void)
{
	char command[128];

	snprintf(command, sizeof(command), "rm -r %s", sysfs_fixture_root);
	ck_assert_int_eq(system(command), 0);
}

void sysfs_fixture_put(const char *text, const char *format, ...)
{
	char path[512];
	va_list arguments;
	size_t used = (size_t)snprintf(path, sizeof(path), "%s/devices/", sysfs_fixture_root);
	FILE *file;

	va_start(arguments, format);
	vsnprintf(path + used, sizeof(path) - used, format, arguments);
	va_end(arguments);
	for (char *slash = path + strlen(sysfs_fixture_root); (slash = strchr(slash + 1, '/'));) {
		*slash = '\0';
		mkdir(path, 0700);
		*slash = '/';
	}
	file = fopen(path, "w");
	ck_assert_ptr_nonnull(file);
	ck_assert_int_gt(fprintf(file, "%s\n", text), 0);
	ck_assert_int_eq(fclose(file), 0);
}

void sysfs_fixture_each(const char *cpus, const char *file, const char *value)
{
	cpu_set_t set = sysfs_fixture_cpus(cpus);

	for (unsigned cpu = 0; cpu < CPU_SETSIZE; cpu++)
		if (CPU_ISSET(cpu, &set))
			sysfs_fixture_put(value, "system/cpu/cpu%u/%s", cpu, file);
}

void sysfs_fixture_core(const char *cpus)
{
	sysfs_fixture_each(cpus, "topology/thread_siblings_list", cpus);
}

void sysfs_fixture_hybrid(void)
{
	char cpus[16];

	for (unsigned cpu = 0; cpu < 16; cpu += 2) {
		snprintf(cpus, sizeof(cpus), "%u-%u", cpu, cpu + 1);
		sysfs_fixture_core(cpus);
	}
	for (unsigned cpu = 16; cpu < 24; cpu++) {
		snprintf(cpus, sizeof(cpus), "%u", cpu);
		sysfs_fixture_core(cpus);
	}
	sysfs_fixture_put("0-15", "cpu_core/cpus");
	sysfs_fixture_put("16-23", "cpu_atom/cpus");
	/* Two of the performance cores are clocked higher, as such CPUs have it. */
	sysfs_fixture_each("0-11", "cpufreq/cpuinfo_max_freq", "5100000");
	sysfs_fixture_each("12-15", "cpufreq/cpuinfo_max_freq", "5300000");
	sysfs_fixture_each("16-23", "cpufreq/cpuinfo_max_freq", "3900000");
	sysfs_fixture_put("0", "system/node/online");
	sysfs_fixture_put("0-23", "system/node/node0/cpulist");
}

cpu_set_t sysfs_fixture_cpus(const char *text)
{
	cpu_set_t set;

	CPU_ZERO(&set);
	ck_assert_msg(cpus_parse(&set, text), "%s", text);
	return set;
}
