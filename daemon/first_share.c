/* SPDX-License-Identifier: MIT */
#include "first_share.h"

#include <sched.h>

#include "common/clock.h"
#include "minerd.h"

static const double first_share_due_ns = 10e3;
/* About what a wake-up takes across the CPUs of a virtual machine: more could not be won. */
static const uint64_t first_share_awake_ns = 40 * CLOCK_US;

/* Whether this thread, while it is awake, has the only worker's CPU. */
static bool first_share_in_the_way(const struct crew *crew)
{
	return crew->n_workers == 1 && sched_getcpu() == (int)crew->workers[0].cpu;
}

void first_share_expect(struct minerd *minerd, const struct job *job)
{
	double hashes = job->difficulty * 0x1p32, rate = rate_window(&minerd->rate, RATE_10_S);

	if (hashes * (double)CLOCK_S <= rate * first_share_due_ns &&
	    !first_share_in_the_way(&minerd->crew))
		ring_stay_awake(&minerd->ring, clock_now() + first_share_awake_ns);
}
