/* SPDX-License-Identifier: MIT */
#include <stdlib.h>
#include <string.h>

#include "common/cpus.h"
#include "config/conf_cpus.h"
#include "config/conf_types.h"

/* Reports which CPUs of wanted cannot be used, and why. */
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
		conf_complain(reader, setting,
			      "cpus: CPU %s is offline or not allowed for this process, which may "
			      "use %s (see AllowedCPUs= and CPUAffinity= of the unit, or taskset)",
			      cpus_format(some, &refused), cpus_format(all, allowed));
}

static bool conf_cpus_read(struct conf_reader *reader, const struct conf_key *key,
			   const config_setting_t *setting, void *base)
{
	const char *text = conf_read_string(reader, key, setting);
	cpu_set_t *cpus = conf_keys_value(key, base), present, allowed;
	int r;

	if (!text || !cpus_parse(cpus, text))
		CPU_ZERO(cpus); /* no CPU that another group could have as well */
	if (!text)
		return false;
	if (!CPU_COUNT(cpus)) {
		conf_complain(reader, setting,
			      "%s: \"%s\" is not a list of CPUs below %d, as in \"0-7,16\"",
			      key->name, text, CPU_SETSIZE);
		return false;
	}
	r = conf_cpus_allowed(&allowed);
	if (r == 0)
		r = conf_cpus_present(&present);
	if (r < 0)
		reader->failure = r;
	else
		conf_check_cpus(reader, setting, cpus, &present, &allowed);
	return r == 0;
}

/* All that this process may use. */
static void conf_cpus_default(struct conf_reader *reader, const struct conf_key *key, void *base)
{
	int r = conf_cpus_allowed(conf_keys_value(key, base));

	if (r < 0)
		reader->failure = r;
}

static bool conf_cpus_equal(const struct conf_key *key, const void *a, const void *b)
{
	const cpu_set_t *first = conf_keys_value_const(key, a);
	const cpu_set_t *second = conf_keys_value_const(key, b);

	return CPU_EQUAL(first, second);
}

const struct conf_type conf_type_cpus = {
	.wanted = "a string in double quotes, as in \"0-7,16\"",
	.size = sizeof(cpu_set_t),
	.read = conf_cpus_read,
	.set_default = conf_cpus_default,
	.equal = conf_cpus_equal,
};

/* Reports CPUs that an earlier group has, too. */
static void conf_check_overlap(struct conf_reader *reader, const config_setting_t *group,
			       const struct conf *conf, const struct conf_workers *workers)
{
	for (const struct conf_workers *other = conf->workers; other < workers; other++) {
		char text[CPUS_TEXT_MAX];
		struct conf_place place;
		cpu_set_t both;

		CPU_AND(&both, &other->cpus, &workers->cpus);
		if (!CPU_COUNT(&both))
			continue;
		place = conf_place_of_element(reader, group, (size_t)(other - conf->workers));
		conf_complain(reader, group,
			      "cpus: CPU %s belongs to the workers at %s:%u already; name each CPU "
			      "once",
			      cpus_format(text, &both), place.file, place.line);
	}
}

static bool conf_workers_read(struct conf_reader *reader, const struct conf_key *key,
			      const config_setting_t *setting, void *base)
{
	int n = conf_read_list(reader, key, setting);
	struct conf *conf = base;

	for (int i = 0; i < n; i++) {
		const config_setting_t *group = conf_read_element(setting, (size_t)i);
		struct conf_workers *workers = &conf->workers[i];
		struct conf_found found;

		/* conf_workers_default() has set those of the first. */
		if (i > 0)
			conf_keys_set_defaults(reader, CONF_GROUP_WORKERS, workers);
		workers->line = conf_place(reader, group).line;
		conf_read_group(reader, group, CONF_GROUP_WORKERS, workers, &found);
		conf_check_overlap(reader, group, conf, workers);
		conf->n_workers = (size_t)i + 1;
	}
	return n >= 0;
}

/* A file without workers has one group of all CPUs. */
static void conf_workers_default(struct conf_reader *reader, const struct conf_key *key, void *base)
{
	struct conf *conf = base;

	conf_keys_set_defaults(reader, CONF_GROUP_WORKERS, &conf->workers[0]);
	conf->n_workers = 1;
}

static void conf_workers_release(const struct conf_key *key, void *base)
{
	struct conf *conf = base;

	for (size_t i = 0; i < CONF_WORKERS_MAX; i++)
		conf_keys_release(CONF_GROUP_WORKERS, &conf->workers[i]);
	conf->n_workers = 0;
}

const struct conf_type conf_type_workers = {
	.wanted = "a list of groups",
	.read = conf_workers_read,
	.set_default = conf_workers_default,
	.release = conf_workers_release,
};
