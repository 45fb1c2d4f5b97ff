/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * How much a peer may make the log say: so many lines a minute are told, the others only at level
 * debug, and are counted. All zeros is the start. One thread.
 */
#include <stdint.h>

#include "common/log.h"

enum {
	LOG_QUOTA_LINES = 10,
	LOG_QUOTA_S = 60,
	LOG_QUOTA_TEXT_MAX = 64,
};

struct log_quota {
	uint64_t begin_ns;    /* clock_now() with the first line of this minute; 0: none yet */
	unsigned told;	      /* in it */
	uint64_t passed_over; /* since the last one that was told */
};

/*
 * The level of the line that is to be logged now: level, or debug where that would be too much.
 * more is for the end of the line: how many were passed over before it, or empty.
 */
enum log_level log_quota_level(struct log_quota *quota, enum log_level level,
			       char more[LOG_QUOTA_TEXT_MAX]);
