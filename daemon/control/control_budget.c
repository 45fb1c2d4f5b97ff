/* SPDX-License-Identifier: MIT */
#include "control/control_budget.h"

#include "common/clock.h"
#include "common/container.h"

void control_budget_init(struct control_budget *budget, uint64_t rate, uint64_t max, uint64_t now)
{
	*budget = (struct control_budget){
		.rate = rate, .max = max, .level_ns = (int64_t)max, .at_ns = now};
}

static void budget_earn(struct control_budget *budget, uint64_t now)
{
	/* Enough to save the maximum from the deepest debt; more would not fit the product. */
	const uint64_t enough = 1000 * CLOCK_S;
	uint64_t ns = MIN(now - budget->at_ns, enough);

	budget->level_ns += (int64_t)(ns / CLOCK_US * budget->rate / (CLOCK_S / CLOCK_US));
	budget->level_ns = MIN(budget->level_ns, (int64_t)budget->max);
	/* What is less than a microsecond is earned next time. */
	budget->at_ns = now - ns % CLOCK_US;
}

uint64_t control_budget_wait(struct control_budget *budget, uint64_t now)
{
	budget_earn(budget, now);
	if (budget->level_ns > 0)
		return 0;
	return (uint64_t)(1 - budget->level_ns) * CLOCK_S / budget->rate + CLOCK_US;
}

void control_budget_spend(struct control_budget *budget, uint64_t ns)
{
	budget->level_ns -= (int64_t)ns;
}
