/* SPDX-License-Identifier: MIT */
#include "chance.h"

#include <math.h>

#include "common/assert.h"

static uint64_t state;

void chance_seed(uint64_t seed)
{
	state = seed;
}

/* SplitMix64: each seed is as good as another. */
static uint64_t next(void)
{
	uint64_t z = state += UINT64_C(0x9e3779b97f4a7c15);

	z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
	z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
	return z ^ (z >> 31);
}

uint64_t chance_below(uint64_t n)
{
	assert(n > 0);
	return next() % n;
}

uint64_t chance_between(uint64_t low, uint64_t high)
{
	assert(low <= high);
	return low + chance_below(high - low + 1);
}

bool chance_one_in(unsigned n)
{
	return chance_below(n) == 0;
}

uint64_t chance_pause(uint64_t mean_ns)
{
	double unit = (double)(next() >> 11) * 0x1p-53;

	return (uint64_t)(-log1p(-unit) * (double)mean_ns);
}
