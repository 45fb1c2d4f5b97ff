/* SPDX-License-Identifier: MIT */
#pragma once

/* Why pools reject shares, in one vocabulary: each server words and numbers it in its own way. */
#include <stdint.h>

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

/* From an error's code (0: none) and text. Pure. */
enum reject reject_from_error(int64_t code, const char *text);

/* "stale", "low-difficulty" ..: a key of reject_reasons in the status. */
const char *reject_name(enum reject reject);
