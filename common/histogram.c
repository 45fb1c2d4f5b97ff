/* SPDX-License-Identifier: MIT */
#include "common/histogram.h"

#include "common/assert.h"
#include "common/hot.h"

HOT static unsigned histogram_index(uint64_t ns)
{
	unsigned log2, index;

	if (ns < HISTOGRAM_STEPS)
		return (unsigned)ns;
	log2 = 63 - (unsigned)__builtin_clzll(ns);
	index = (log2 - 3) * HISTOGRAM_STEPS + (unsigned)(ns >> (log2 - 4) & (HISTOGRAM_STEPS - 1));
	return index < HISTOGRAM_BUCKETS ? index : HISTOGRAM_BUCKETS - 1;
}

/* The largest value that falls into a bucket. */
static uint64_t histogram_upper(unsigned index)
{
	unsigned log2 = index / HISTOGRAM_STEPS + 3;
	uint64_t step = index % HISTOGRAM_STEPS;

	if (index < HISTOGRAM_STEPS)
		return index;
	return ((HISTOGRAM_STEPS + step + 1) << (log2 - 4)) - 1;
}

HOT void histogram_record(struct histogram *histogram, uint64_t ns)
{
	histogram->count++;
	histogram->sum += ns;
	histogram->bucket[histogram_index(ns)]++;
	if (ns > histogram->max)
		histogram->max = ns;
}

void histogram_merge(struct histogram *histogram, const struct histogram *from)
{
	unsigned last = histogram_index(from->max);

	if (!from->count)
		return;
	histogram->count += from->count;
	histogram->sum += from->sum;
	for (unsigned i = 0; i <= last; i++)
		histogram->bucket[i] += from->bucket[i];
	if (from->max > histogram->max)
		histogram->max = from->max;
}

uint64_t histogram_quantile(const struct histogram *histogram, double fraction)
{
	double wanted = fraction * (double)histogram->count;
	uint64_t seen = 0;

	assert(fraction >= 0 && fraction <= 1);
	for (unsigned i = 0; i < HISTOGRAM_BUCKETS; i++) {
		seen += histogram->bucket[i];
		if (seen && (double)seen >= wanted) {
			uint64_t upper = histogram_upper(i);

			/* The last bucket has no upper bound. */
			return i + 1 < HISTOGRAM_BUCKETS && upper < histogram->max ? upper
										   : histogram->max;
		}
	}
	return histogram->max;
}
