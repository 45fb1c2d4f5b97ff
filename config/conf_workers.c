/* SPDX-License-Identifier: MIT */
#include <stdlib.h>
#include <string.h>

#include "common/cpus.h"
#include "config/conf_cpus.h"
#include "config/conf_parts.h"

static const double conf_hashrate_max = 1e15; /* H/s */

static const char *const conf_workers_keys[] = {"cpus",	     "kernel",		 "hashrate_limit",
						"cpu_limit", "threads_per_core", NULL};

void conf_workers_deinit(struct conf_workers *workers)
{
	free(workers->kernel);
	*workers = (struct conf_workers){};
}

/* Says which CPUs of wanted cannot be had, and why. */
static void conf_check_cpus(struct conf_reader *reader, const config_setting_t *setting,
			    const cpu_set_t *wanted, const cpu_set_t *present,
			    const cpu_set_t *allowed)
{
	char some[CPUS_TEXT_MAX], all[CPUS_TEXT_MAX];
	cpu_set_t missing, refused;

	conf_cpus_minus(&missing, wanted, present);
	if (CPU_COUNT(&missing))
		conf_complain(reader, setting, "cpus: CPU %s does not exist; this machine has %s",
			      cpus_format(some, &missing), cpus_format(all, present));
	conf_cpus_minus(&refused, wanted, allowed);
	conf_cpus_minus(&refused, &refused, &missing);
	if (CPU_COUNT(&refused))
		conf_complain(
			reader, setting,
			"cpus: CPU %s is off or not allowed for this process, which may use %s "
			"(AllowedCPUs= and CPUAffinity= of the unit, or taskset, say so)",
			cpus_format(some, &refused), cpus_format(all, allowed));
}

static void conf_check_kernel(struct conf_reader *reader, const config_setting_t *setting,
			      const char *name)
{
	const char *const *known = reader->known->kernel_names;
	char list[256] = "auto";
	size_t used = strlen(list);

	if (strcmp(name, "auto") == 0)
		return;
	for (; *known && used < sizeof(list); known++) {
		if (strcmp(name, *known) == 0)
			return;
		used += (size_t)snprintf(list + used, sizeof(list) - used, ", %s", *known);
	}
	conf_complain(reader, setting, "kernel \"%s\" is not known; there are: %s", name, list);
}

/* Complains about CPUs that an earlier group has as well. */
static void conf_check_overlap(struct conf_reader *reader, const config_setting_t *group,
			       const struct conf *conf, const struct conf_workers *workers)
{
	for (const struct conf_workers *other = conf->workers; other < workers; other++) {
		char text[CPUS_TEXT_MAX];
		cpu_set_t both;

		CPU_AND(&both, &other->cpus, &workers->cpus);
		if (CPU_COUNT(&both))
			conf_complain(
				reader, group,
				"cpus: CPU %s belongs to the workers on line %u already; each "
				"CPU can be named once",
				cpus_format(text, &both), other->line);
	}
}

static void conf_read_one(struct conf_reader *reader, const config_setting_t *group,
			  struct conf_workers *workers, const cpu_set_t *present,
			  const cpu_set_t *allowed)
{
	char *cpus = NULL;
	const config_setting_t *setting;

	workers->line = conf_line(reader, group);
	workers->cpus = *allowed;
	workers->cpu_limit = 100;
	conf_set(reader, &workers->kernel, "auto");
	conf_read_keys(reader, group, conf_workers_keys);
	setting = conf_read_text(reader, group, "cpus", &cpus);
	if (setting && !cpus_parse(&workers->cpus, cpus))
		conf_complain(reader, setting,
			      "cpus = \"%s\" is not a list of CPUs below %d, as in \"0-7,16\"",
			      cpus, CPU_SETSIZE);
	else if (setting)
		conf_check_cpus(reader, setting, &workers->cpus, present, allowed);
	free(cpus);
	setting = conf_read_text(reader, group, "kernel", &workers->kernel);
	if (setting)
		conf_check_kernel(reader, setting, workers->kernel);
	conf_read_number(reader, group, "hashrate_limit", 0, conf_hashrate_max,
			 &workers->hashrate_limit);
	conf_read_count(reader, group, "cpu_limit", 1, 100, &workers->cpu_limit);
	conf_read_count(reader, group, "threads_per_core", 1, CONF_THREADS_MAX,
			&workers->threads_per_core);
}

void conf_read_workers(struct conf_reader *reader, const config_setting_t *root, struct conf *conf)
{
	const config_setting_t *list = conf_read_list(reader, root, "workers");
	int n = list ? config_setting_length(list) : 0;
	cpu_set_t present, allowed;
	int r;

	r = conf_cpus_allowed(&allowed);
	if (r >= 0)
		r = conf_cpus_present(&present);
	if (r < 0) {
		reader->failure = r;
		return;
	}
	if (n > CONF_WORKERS_MAX) {
		conf_complain(reader, list, "%d groups of workers are too many: at most %d", n,
			      CONF_WORKERS_MAX);
		n = CONF_WORKERS_MAX;
	}
	for (int i = 0; i < n; i++) {
		const config_setting_t *group = config_setting_get_elem(list, (unsigned)i);
		struct conf_workers *workers = &conf->workers[conf->n_workers++];

		conf_read_one(reader, group, workers, &present, &allowed);
		conf_check_overlap(reader, group, conf, workers);
	}
	if (n)
		return;
	conf->workers[0].cpus = allowed;
	conf->workers[0].cpu_limit = 100;
	conf_set(reader, &conf->workers[0].kernel, "auto");
	conf->n_workers = 1;
}
