/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * A rate limit that allows bursts: `rate` tokens are added each second, at most `burst` are kept,
 * and each action takes some. An action whose cost is known only afterwards may begin while there
 * is any token, and may leave a debt. Pure; any one thread.
 */
#include <stdbool.h>
#include <stdint.h>

#include "common/assert.h"
#include "common/clock.h"
#include "common/container.h"

#define TOKEN_BUCKET_MAX (UINT64_C(1) << 32)

struct token_bucket {
	uint64_t rate;	/* tokens a second, above 0 */
	uint64_t burst; /* tokens at most, at least 1 */
	int64_t tokens; /* in billionths; below 0: debt */
	uint64_t ns;	/* clock_now() up to which they were added */
};

/* Begins full. rate and burst are 1 .. 2^32, so that no product overflows. */
static inline void token_bucket_init(struct token_bucket *bucket, uint64_t rate, uint64_t burst,
				     uint64_t now)
{
	assert(rate && burst && rate <= TOKEN_BUCKET_MAX && burst <= TOKEN_BUCKET_MAX);
	*bucket = (struct token_bucket){rate, burst, (int64_t)(burst * CLOCK_S), now};
}

static inline void token_bucket_fill(struct token_bucket *bucket, uint64_t now)
{
	int64_t full = (int64_t)(bucket->burst * CLOCK_S);
	uint64_t missing = (uint64_t)(full - bucket->tokens), elapsed;

	if (now <= bucket->ns)
		return;
	elapsed = now - bucket->ns;
	bucket->ns = now;
	if (elapsed > missing / bucket->rate)
		bucket->tokens = full;
	else
		bucket->tokens += (int64_t)(elapsed * bucket->rate);
}

/* Takes n tokens; false: there are fewer, and none was taken. An older now adds none. */
static inline bool token_bucket_take(struct token_bucket *bucket, uint64_t n, uint64_t now)
{
	token_bucket_fill(bucket, now);
	if (bucket->tokens < 0 || n > (uint64_t)bucket->tokens / CLOCK_S)
		return false;
	bucket->tokens -= (int64_t)(n * CLOCK_S);
	return true;
}

/* ns until there is a token; 0: there is one. An older now adds none. */
static inline uint64_t token_bucket_wait(struct token_bucket *bucket, uint64_t now)
{
	token_bucket_fill(bucket, now);
	return bucket->tokens > 0 ? 0 : (uint64_t)-bucket->tokens / bucket->rate + 1;
}

/* Takes n tokens, at most 2^32, after token_bucket_wait() returned 0; may leave a debt. */
static inline void token_bucket_spend(struct token_bucket *bucket, uint64_t n)
{
	assert(n <= TOKEN_BUCKET_MAX);
	bucket->tokens -= (int64_t)(n * CLOCK_S);
}
