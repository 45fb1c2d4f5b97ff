/* SPDX-License-Identifier: MIT */
#include "miner/worker_health.h"

#include "common/assert.h"
#include "common/clock.h"

bool worker_health_update(struct worker_health *health, uint64_t errors, uint64_t now)
{
	uint64_t *oldest;

	assert(errors >= health->seen);
	if (errors == health->seen)
		return false;
	health->seen = errors;
	health->error_ns[health->n++ % WORKER_HEALTH_ERRORS] = now;
	oldest = &health->error_ns[health->n % WORKER_HEALTH_ERRORS];
	return health->n >= WORKER_HEALTH_ERRORS &&
	       now - *oldest <= WORKER_HEALTH_WINDOW_S * CLOCK_S;
}
