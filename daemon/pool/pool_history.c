/* SPDX-License-Identifier: MIT */
#include "pool/pool_history.h"

#include <stdio.h>

#include "common/clock.h"

void pool_history_state(struct pool_history *history, bool down)
{
	history->state_ns = clock_now();
	if (!down)
		history->down_ns = 0;
	else if (!history->down_ns)
		history->down_ns = history->state_ns;
}

void pool_history_left(struct pool_history *history, const char *reason, bool usable)
{
	history->losses += usable;
	history->last_loss_ns = clock_now();
	snprintf(history->last_loss, sizeof(history->last_loss), "%s", reason);
}

void pool_history_error(struct pool_history *history, const char *text)
{
	snprintf(history->last_error, sizeof(history->last_error), "%s", text);
}

void pool_history_inactive(struct pool_history *history, uint64_t since_ns, bool usable)
{
	uint64_t now = clock_now();

	history->active_ns += now - since_ns;
	if (usable)
		history->state_ns = now;
}
