/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * How long to wait before the next attempt: a random time up to a bound that doubles with every
 * failure in a row ("full jitter"), so that miners that lost a pool together do not come back
 * together. Io thread.
 */
#include <stdint.h>

struct backoff {
	unsigned failures; /* since the last real progress */
};

/* Counts a failure; ns to wait, at most max_s seconds. */
uint64_t backoff_next(struct backoff *backoff, unsigned max_s);

/* The same for one that only a person can mend: from half of max_s on. */
uint64_t backoff_long(struct backoff *backoff, unsigned max_s);
