/* SPDX-License-Identifier: MIT */
#include "miner/busy_poll.h"

#include <sched.h>

#include "common/clock.h"

/* About what a wake-up across the CPUs of a virtual machine takes: more cannot be gained. */
const uint64_t busy_poll_ns = 40 * CLOCK_US;

static const double busy_poll_due_ns = 10e3;

/* Whether this thread runs on the CPU of the only worker, which polling would take from it. */
static bool busy_poll_hinders(const struct workers *workers)
{
	return workers->n == 1 && sched_getcpu() == (int)workers->list[0].cpu;
}

bool busy_poll_pays(const struct workers *workers, const struct job *job, double hashrate)
{
	double hashes = job->difficulty * 0x1p32;

	return hashes * (double)CLOCK_S <= hashrate * busy_poll_due_ns &&
	       !busy_poll_hinders(workers);
}
