/* SPDX-License-Identifier: MIT */
#include "jump_clock.h"

#include <stdatomic.h>
#include <stdbool.h>

#include "common/clock.h"

enum {
	JUMP_CLOCK_NOW_S = 100000,	/* of clock_now() when it was stopped */
	JUMP_CLOCK_WALL_S = 1767225600, /* of clock_wall() less clock_now() then: 2026 */
};

static _Atomic uint64_t jumped;
static _Atomic int64_t jumped_wall;
static atomic_bool stopped;

void jump_clock(uint64_t ns)
{
	atomic_fetch_add(&jumped, ns);
}

void jump_clock_wall(int64_t ns)
{
	atomic_fetch_add(&jumped_wall, ns);
}

void jump_clock_stop(void)
{
	atomic_store(&jumped_wall, 0);
	atomic_store(&jumped, JUMP_CLOCK_NOW_S * CLOCK_S);
	atomic_store(&stopped, true);
}

static uint64_t jump_clock_read(clockid_t id)
{
	return atomic_load(&stopped) ? 0 : clock_read(id);
}

uint64_t clock_now(void)
{
	return jump_clock_read(CLOCK_MONOTONIC) + atomic_load(&jumped);
}

uint64_t clock_wall(void)
{
	uint64_t real =
		atomic_load(&stopped) ? JUMP_CLOCK_WALL_S * CLOCK_S : clock_read(CLOCK_REALTIME);

	return real + atomic_load(&jumped) + (uint64_t)atomic_load(&jumped_wall);
}

uint64_t clock_thread(void)
{
	return jump_clock_read(CLOCK_THREAD_CPUTIME_ID);
}
