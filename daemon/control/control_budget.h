/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * A share of one CPU's time, kept by counting what was spent: so much time is earned each second,
 * saved up to a maximum, and whoever has none left waits. What a piece of work costs is known only
 * afterwards, so the last one may go into debt. Pure; times are clock_now().
 */
#include <stdint.h>

struct control_budget {
	uint64_t rate;	  /* ns earned a second */
	uint64_t max;	  /* ns saved at most */
	int64_t level_ns; /* what there is to spend; below 0: debt */
	uint64_t at_ns;	  /* when that was so */
};

/* With all that can be saved. */
void control_budget_init(struct control_budget *budget, uint64_t rate, uint64_t max, uint64_t now);

/* ns until there is something to spend; 0: there is. */
uint64_t control_budget_wait(struct control_budget *budget, uint64_t now);

void control_budget_spend(struct control_budget *budget, uint64_t ns);
