/* SPDX-License-Identifier: MIT */
#include "pool/backoff.h"

#include "common/clock.h"
#include "common/container.h"
#include "common/random.h"

enum {
	BACKOFF_FIRST_MS = 1000, /* the bound after the first failure */
	BACKOFF_LEAST_MS = 100,	 /* never sooner */
	BACKOFF_DOUBLINGS = 20,
};

static uint64_t backoff_random(uint64_t least, uint64_t bound)
{
	return bound > least ? least + random_u64() % (bound - least) : least;
}

uint64_t backoff_next(struct backoff *backoff, unsigned max_s)
{
	uint64_t bound = (uint64_t)BACKOFF_FIRST_MS * CLOCK_MS;
	unsigned doublings = MIN(backoff->failures, (unsigned)BACKOFF_DOUBLINGS);

	backoff->failures++;
	return backoff_random((uint64_t)BACKOFF_LEAST_MS * CLOCK_MS,
			      MIN(bound << doublings, max_s * CLOCK_S));
}

uint64_t backoff_long(struct backoff *backoff, unsigned max_s)
{
	backoff->failures++;
	return backoff_random(max_s * CLOCK_S / 2, max_s * CLOCK_S);
}
