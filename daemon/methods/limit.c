/* SPDX-License-Identifier: MIT */
#include "methods/limit.h"

#include <stdio.h>

#include "common/log.h"
#include "common/units.h"
#include "config/conf.h"
#include "miner/workers.h"
#include "systemd/ids.h"

static void limit_apply_group(const struct conf *conf, struct workers *workers, size_t group)
{
	const struct conf_workers *limits = &conf->workers[group];
	double rate = limits->hashrate_limit;

	/* 0 is no limit: one below 1 H/s must not become it. */
	workers_limit(workers, (unsigned)group, rate > 0 && rate < 1 ? 1 : (uint64_t)rate,
		      limits->cpu_limit);
}

void limit_apply(const struct conf *conf, struct workers *workers)
{
	for (size_t i = 0; i < conf->n_workers; i++)
		limit_apply_group(conf, workers, i);
}

static bool limit_valid(const struct conf *conf, const struct limit *limit, char *reason,
			size_t size)
{
	size_t n = conf->n_workers;

	if (limit->has_group && (limit->group < 0 || (uint64_t)limit->group >= n))
		snprintf(reason, size, "there is no worker group %lld (0 to %zu)",
			 (long long)limit->group, n - 1);
	else if (limit->has_hashrate &&
		 !(limit->hashrate >= 0 && limit->hashrate <= CONF_HASHRATE_MAX))
		snprintf(reason, size, "hashrate: %g is not from 0 (no limit) to %g H/s",
			 limit->hashrate, CONF_HASHRATE_MAX);
	else if (limit->has_cpu && (limit->cpu < 1 || limit->cpu > CONF_CPU_LIMIT_MAX))
		snprintf(reason, size, "cpu: %lld is not from 1 to %d percent",
			 (long long)limit->cpu, CONF_CPU_LIMIT_MAX);
	else
		return true;
	return false;
}

static void limit_log(const struct conf_workers *limits, size_t group)
{
	char number[24], rate[32], cpu[16], text[UNITS_MAX];

	snprintf(number, sizeof(number), "%zu", group);
	snprintf(rate, sizeof(rate), "%.0f", limits->hashrate_limit);
	snprintf(cpu, sizeof(cpu), "%u", limits->cpu_limit);
	log_event(LOG_LEVEL_NOTICE,
		  LOG_FIELDS({"MESSAGE_ID", ID_LIMITED}, {"MINERD_WORKER_GROUP", number},
			     {"MINERD_HASHRATE", rate}, {"MINERD_CPU_PERCENT", cpu}),
		  "worker group %s: hash rate limit %s, CPU limit %s %%", number,
		  limits->hashrate_limit > 0 ? units_hashrate(text, limits->hashrate_limit)
					     : "none",
		  cpu);
}

bool limit_set(struct conf *conf, struct workers *workers, const struct limit *limit, char *reason,
	       size_t size)
{
	if (!limit_valid(conf, limit, reason, size))
		return false;
	for (size_t i = 0; i < conf->n_workers; i++) {
		struct conf_workers *limits = &conf->workers[i];

		if (limit->has_group && (uint64_t)limit->group != i)
			continue;
		if (limit->has_hashrate)
			limits->hashrate_limit = limit->hashrate;
		if (limit->has_cpu)
			limits->cpu_limit = (unsigned)limit->cpu;
		limit_apply_group(conf, workers, i);
		limit_log(limits, i);
	}
	return true;
}
