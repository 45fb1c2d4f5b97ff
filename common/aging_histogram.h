/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * Durations since the start, and beside them those of the last hour: after a year of running the
 * former say little about today. The last hour is a ring of slices of five minutes, merged when it
 * is read; so it covers the last 55 to 60 minutes. Memory is fixed (27 KiB). One thread.
 */
#include "common/histogram.h"

enum {
	AGING_HISTOGRAM_SLICES = 12,
	AGING_HISTOGRAM_SLICE_S = 300,
};

/* All zeros is empty. */
struct aging_histogram {
	struct histogram all; /* since the start */
	struct histogram slice[AGING_HISTOGRAM_SLICES];
	uint64_t period[AGING_HISTOGRAM_SLICES]; /* of each slice: when it was, in slice lengths */
};

/* Records a duration that ended at now, clock_now(); it may lie somewhat before the last one. */
void aging_histogram_record(struct aging_histogram *histogram, uint64_t ns, uint64_t now);

/* The durations of the last hour before now. */
void aging_histogram_last_hour(const struct aging_histogram *histogram, uint64_t now,
			       struct histogram *ret);
