/* SPDX-License-Identifier: MIT */
#include "common/clock.h"

#include "common/hot.h"

HOT uint64_t clock_now(void)
{
	return clock_read(CLOCK_MONOTONIC);
}

uint64_t clock_wall(void)
{
	return clock_read(CLOCK_REALTIME);
}

uint64_t clock_thread(void)
{
	return clock_read(CLOCK_THREAD_CPUTIME_ID);
}
