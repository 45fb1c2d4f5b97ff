/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * Durations in nanoseconds, counted in buckets of at most 1/16 relative width: 16 linear steps for
 * each power of two up to 2^HISTOGRAM_BITS (68 s), and one bucket for everything above. A quantile
 * is at most 6.25 % above the recorded value. Any one thread.
 */
#include <stdint.h>

enum {
	HISTOGRAM_BITS = 36,
	HISTOGRAM_STEPS = 16,
	HISTOGRAM_BUCKETS = (HISTOGRAM_BITS - 3) * HISTOGRAM_STEPS,
};

struct histogram {
	uint64_t count;
	uint64_t max; /* ns, exact */
	uint64_t sum; /* ns, exact */
	uint32_t bucket[HISTOGRAM_BUCKETS];
};

void histogram_record(struct histogram *histogram, uint64_t ns);

/* Adds all records of from to histogram. */
void histogram_merge(struct histogram *histogram, const struct histogram *from);

/* The value (ns) that a fraction, 0 to 1, of all records does not exceed; 0 without records. */
uint64_t histogram_quantile(const struct histogram *histogram, double fraction);
