/* SPDX-License-Identifier: MIT */
#include "common/random.h"

#include <sys/random.h>

#include "common/clock.h"

uint64_t random_u64(void)
{
	uint64_t value;

	/*
	 * Fails only before the kernel has collected entropy, early at boot: then the time has to
	 * do.
	 */
	if (getrandom(&value, sizeof(value), GRND_NONBLOCK) != sizeof(value))
		value = clock_now();
	return value;
}
