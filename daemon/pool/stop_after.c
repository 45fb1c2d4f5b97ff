/* SPDX-License-Identifier: MIT */
#include "pool/stop_after.h"

#include <inttypes.h>
#include <stdio.h>

#include "common/clock.h"

/* Whether n of them are as many as wanted; limit 0: none are. */
static bool stop_after_count(char ret[STOP_AFTER_TEXT], unsigned limit, uint64_t n,
			     const char *what)
{
	if (!limit || n < limit)
		return false;
	snprintf(ret, STOP_AFTER_TEXT, "%" PRIu64 " %s%s accepted", n, what, n == 1 ? "" : "s");
	return true;
}

bool stop_after_reached(char ret[STOP_AFTER_TEXT], const struct conf_stop_after *limits,
			const struct share_stats *stats, uint64_t age_ns)
{
	if (stop_after_count(ret, limits->blocks, stats->blocks.accepted, "block") ||
	    stop_after_count(ret, limits->shares, stats->accepted, "share"))
		return true;
	if (!limits->seconds || age_ns < limits->seconds * CLOCK_S)
		return false;
	snprintf(ret, STOP_AFTER_TEXT, "%u s since the start", limits->seconds);
	return true;
}
