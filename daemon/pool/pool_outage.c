/* SPDX-License-Identifier: MIT */
#include "pool/pool_outage.h"

#include <stdio.h>
#include <string.h>

#include "common/clock.h"

bool pool_outage_warns(const struct pool_outage *outage, const char *reason)
{
	if (outage->warnings < POOL_OUTAGE_WARNINGS && strcmp(outage->reason, reason) != 0)
		return true;
	if (outage->suppressed + 1 >= POOL_OUTAGE_EVERY && !outage->summaries)
		return true;
	return clock_now() - outage->logged_ns >= POOL_OUTAGE_HOUR * CLOCK_S;
}

void pool_outage_warned(struct pool_outage *outage, const char *reason)
{
	outage->warnings++;
	outage->summaries += outage->suppressed + 1 >= POOL_OUTAGE_EVERY;
	outage->suppressed = 0;
	outage->logged_ns = clock_now();
	snprintf(outage->reason, sizeof(outage->reason), "%s", reason);
}

void pool_outage_suppressed(struct pool_outage *outage)
{
	outage->suppressed++;
}

bool pool_outage_logs_login(const struct pool_outage *outage)
{
	return outage->logins <= POOL_OUTAGE_LOGINS;
}
