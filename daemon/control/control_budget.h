/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * CPU time of the io thread that untrusted clients may use: so many nanoseconds a second. What a
 * step takes is measured, and known only afterwards: it may leave a debt. Io thread.
 *
 *	if (control_budget_wait(budget, now) == 0) { begin = control_budget_begin(); ..
 *		control_budget_spend(budget, begin, extra); }
 */
#include "common/clock.h"
#include "common/container.h"
#include "common/token_bucket.h"

struct control_budget {
	struct token_bucket ns;
};

/* rate: ns earned a second; max: ns saved at most. */
static inline void control_budget_init(struct control_budget *budget, uint64_t rate, uint64_t max,
				       uint64_t now)
{
	token_bucket_init(&budget->ns, rate, max, now);
}

/* ns until there is CPU time to spend; 0: there is. */
static inline uint64_t control_budget_wait(struct control_budget *budget, uint64_t now)
{
	return token_bucket_wait(&budget->ns, now);
}

static inline uint64_t control_budget_begin(void)
{
	return clock_thread();
}

/*
 * begin: when the step began; extra: ns of CPU time that it costs elsewhere, in the kernel. A step
 * counts as TOKEN_BUCKET_MAX ns, 4.3 s, at most: the clock of a thread also runs while a virtual
 * machine is paused.
 */
static inline void control_budget_spend(struct control_budget *budget, uint64_t begin,
					uint64_t extra)
{
	uint64_t spent = control_budget_begin() - begin + extra;

	token_bucket_spend(&budget->ns, MIN(spent, TOKEN_BUCKET_MAX));
}
