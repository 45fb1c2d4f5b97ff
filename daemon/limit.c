/* SPDX-License-Identifier: MIT */
#include "limit.h"

#include <stdio.h>

#include "common/log.h"
#include "common/units.h"
#include "minerd.h"
#include "systemd/ids.h"

static void limit_apply_one(struct minerd *minerd, size_t pool)
{
	const struct conf_workers *workers = &minerd->conf.workers[pool];
	double rate = workers->hashrate_limit;

	/* A limit below 1 H/s is one all the same, and 0 is none. */
	workers_limit(&minerd->workers, (unsigned)pool, rate > 0 && rate < 1 ? 1 : (uint64_t)rate,
		      workers->cpu_limit);
}

void limit_apply(struct minerd *minerd)
{
	for (size_t i = 0; i < minerd->conf.n_workers; i++)
		limit_apply_one(minerd, i);
}

static bool limit_valid(const struct minerd *minerd, const struct limit *limit, char *reason,
			size_t size)
{
	size_t n = minerd->conf.n_workers;

	if (limit->has_workers && (limit->workers < 0 || (uint64_t)limit->workers >= n))
		snprintf(reason, size,
			 "there is no worker pool %lld: %zu of them, "
			 "from 0 on",
			 (long long)limit->workers, n);
	else if (limit->has_hashrate && !(limit->hashrate >= 0 && limit->hashrate <= 1e15))
		snprintf(reason, size, "a limit of the hash rate is from 0 (none) to 1e15 H/s");
	else if (limit->has_cpu && (limit->cpu < 1 || limit->cpu > 100))
		snprintf(reason, size, "a limit of CPU time is from 1 to 100 percent");
	else
		return true;
	return false;
}

static void limit_tell(const struct conf_workers *workers, size_t pool)
{
	char number[24], rate[32], cpu[16], text[UNITS_MAX];

	snprintf(number, sizeof(number), "%zu", pool);
	snprintf(rate, sizeof(rate), "%.0f", workers->hashrate_limit);
	snprintf(cpu, sizeof(cpu), "%u", workers->cpu_limit);
	log_event(LOG_LEVEL_NOTICE,
		  LOG_FIELDS({"MESSAGE_ID", ID_LIMITED}, {"MINERD_WORKER_GROUP", number},
			     {"MINERD_HASHRATE", rate}, {"MINERD_CPU_PERCENT", cpu}),
		  "worker pool %s: hash rate limit %s, CPU limit %s %%", number,
		  workers->hashrate_limit > 0 ? units_hashrate(text, workers->hashrate_limit)
					      : "none",
		  cpu);
}

bool limit_set(struct minerd *minerd, const struct limit *limit, char *reason, size_t size)
{
	if (!limit_valid(minerd, limit, reason, size))
		return false;
	for (size_t i = 0; i < minerd->conf.n_workers; i++) {
		struct conf_workers *workers = &minerd->conf.workers[i];

		if (limit->has_workers && (uint64_t)limit->workers != i)
			continue;
		if (limit->has_hashrate)
			workers->hashrate_limit = limit->hashrate;
		if (limit->has_cpu)
			workers->cpu_limit = (unsigned)limit->cpu;
		limit_apply_one(minerd, i);
		limit_tell(workers, i);
	}
	return true;
}
