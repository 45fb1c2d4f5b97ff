/* SPDX-License-Identifier: MIT */
#include "common/log_quota.h"

#include <inttypes.h>
#include <stdio.h>

#include "common/clock.h"

enum log_level log_quota_level(struct log_quota *quota, enum log_level level,
			       char more[LOG_QUOTA_TEXT_MAX])
{
	uint64_t now = clock_now();

	*more = '\0';
	if (!quota->begin_ns || now - quota->begin_ns >= LOG_QUOTA_S * CLOCK_S) {
		quota->begin_ns = now;
		quota->told = 0;
	}
	if (quota->told == LOG_QUOTA_LINES) {
		quota->passed_over++;
		return LOG_LEVEL_DEBUG;
	}
	quota->told++;
	if (quota->passed_over)
		snprintf(more, LOG_QUOTA_TEXT_MAX, " (and %" PRIu64 " more before, not told)",
			 quota->passed_over);
	quota->passed_over = 0;
	return level;
}
