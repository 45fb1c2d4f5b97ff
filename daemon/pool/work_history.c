/* SPDX-License-Identifier: MIT */
#include "pool/work_history.h"

#include "common/clock.h"
#include "common/container.h"
#include "common/hot.h"

/* The slot of a fingerprint; WORK_HISTORY_SIZE: there is none. */
HOT static unsigned history_find(const struct work_history *history, uint64_t fingerprint)
{
	unsigned i = 0;

	while (i < WORK_HISTORY_SIZE && history->fingerprint[i] != fingerprint)
		i++;
	return i;
}

/* No time above it was hashed so far: ntime follows the clock, and rises by a pass at a time. */
static uint32_t history_used(const struct work_rounds *rounds, uint64_t now)
{
	uint64_t by_clock = (now - rounds->packet_ns) / CLOCK_S;
	uint64_t by_floor = rounds->floor + (now - rounds->given_ns) / CLOCK_S;
	uint64_t used = rounds->ntime + MAX(by_clock, by_floor) + JOB_NTIME_STRIPES_MAX;

	return (uint32_t)MIN(MAX(used, (uint64_t)rounds->used), (uint64_t)UINT32_MAX);
}

HOT void work_history_place(const struct work_history *history, struct job *job)
{
	unsigned i;
	uint32_t used;

	job->fingerprint = job_fingerprint(job);
	i = history_find(history, job->fingerprint);
	if (i == WORK_HISTORY_SIZE)
		return;
	used = history_used(&history->rounds[i], clock_now());
	job->round = history->rounds[i].rounds;
	job->ntime_floor = used >= job->ntime ? used - job->ntime + 1 : 0;
}

HOT void work_history_given(struct work_history *history, const struct job *job)
{
	unsigned i = history_find(history, job->fingerprint);
	uint64_t now = clock_now();
	struct work_rounds *rounds;
	uint32_t used = 0;

	if (i == WORK_HISTORY_SIZE) {
		i = history->next++ % WORK_HISTORY_SIZE;
		history->fingerprint[i] = job->fingerprint;
	} else {
		used = history_used(&history->rounds[i], now);
	}
	rounds = &history->rounds[i];
	*rounds = (struct work_rounds){
		.rounds = job->round + 1,
		.used = used,
		.ntime = job->ntime,
		.floor = job->ntime_floor,
		.packet_ns = job->packet_ns,
		.given_ns = now,
	};
}
