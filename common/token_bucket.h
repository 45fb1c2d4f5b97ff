/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * A limit of a rate that lets bursts through: so many tokens flow in each second, at most `burst`
 * of them are kept, and each thing that is done takes some. Pure; any one thread.
 */
#include <stdbool.h>
#include <stdint.h>

#include "common/clock.h"
#include "common/container.h"

struct token_bucket {
	uint64_t rate;	 /* tokens a second, above 0 */
	uint64_t burst;	 /* tokens at most, at least 1 */
	uint64_t tokens; /* in billionths */
	uint64_t ns;	 /* clock_now() up to which they have flowed in */
};

/* Full at the start. burst is at most 2^33, and rate too: so that no product overflows. */
static inline void token_bucket_init(struct token_bucket *bucket, uint64_t rate, uint64_t burst,
				     uint64_t now)
{
	*bucket = (struct token_bucket){rate, burst, burst * CLOCK_S, now};
}

/* Takes n tokens; false: there are not so many, and none was taken. now never falls. */
static inline bool token_bucket_take(struct token_bucket *bucket, uint64_t n, uint64_t now)
{
	uint64_t full = bucket->burst * CLOCK_S, missing = full - bucket->tokens;
	uint64_t elapsed = now - bucket->ns;

	bucket->ns = now;
	bucket->tokens =
		elapsed > missing / bucket->rate ? full : bucket->tokens + elapsed * bucket->rate;
	if (n > bucket->tokens / CLOCK_S)
		return false;
	bucket->tokens -= n * CLOCK_S;
	return true;
}
