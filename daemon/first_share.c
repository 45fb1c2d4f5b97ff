/* SPDX-License-Identifier: MIT */
#include "first_share.h"

#include "common/clock.h"
#include "common/container.h"
#include "minerd.h"

static const double first_share_due_ns = 10e3;
/* About what a wake-up takes across the CPUs of a virtual machine: more could not be won. */
static const uint64_t first_share_wait_ns = 40 * CLOCK_US;

void first_share_expect(struct minerd *minerd, const struct job *job)
{
	double hashes = job->difficulty * 0x1p32, rate = rate_window(&minerd->rate, RATE_10_S);

	if (hashes * (double)CLOCK_S <= rate * first_share_due_ns)
		ring_task_queue(&minerd->ring, &minerd->first_share);
}

void first_share_on_task(struct ring_task *task)
{
	struct minerd *minerd = container_of(task, struct minerd, first_share);
	uint64_t deadline = clock_now() + first_share_wait_ns;
	uint64_t submitted = minerd->pools.ledger.submitted;

	/* While the workers prepare the job: nothing else has to wait, and the share is alone. */
	ring_submit(&minerd->ring);
	/* What comes first may still be of older work, and stale. */
	while (minerd->pools.ledger.submitted == submitted && pools_has_room(&minerd->pools) &&
	       crew_await_share(&minerd->crew, deadline))
		minerd_drain_shares(minerd);
}
