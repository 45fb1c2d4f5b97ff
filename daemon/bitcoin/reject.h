/* SPDX-License-Identifier: MIT */
#pragma once

/* Why pools reject shares, in one vocabulary: each server words and numbers it in its own way. */
enum reject {
	REJECT_STALE,
	REJECT_DUPLICATE,
	REJECT_LOW_DIFFICULTY,
	REJECT_UNAUTHORIZED,
	REJECT_NOT_SUBSCRIBED,
	REJECT_NTIME,
	REJECT_VERSION,
	REJECT_OTHER,
	REJECT_N,
};

/* "stale", "low-difficulty" ..: a key of reject_reasons in the status. */
const char *reject_name(enum reject reject);
