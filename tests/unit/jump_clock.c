/* SPDX-License-Identifier: MIT */
#include "jump_clock.h"

#include <stdatomic.h>

#include "common/clock.h"

static _Atomic uint64_t jumped;

void jump_clock(uint64_t ns)
{
	atomic_fetch_add(&jumped, ns);
}

uint64_t clock_now(void)
{
	return clock_read(CLOCK_MONOTONIC) + atomic_load(&jumped);
}

uint64_t clock_wall(void)
{
	return clock_read(CLOCK_REALTIME) + atomic_load(&jumped);
}

uint64_t clock_thread(void)
{
	return clock_read(CLOCK_THREAD_CPUTIME_ID);
}
