/* SPDX-License-Identifier: MIT */
/*
 * A slice is reused in place when its period comes round again; nothing has to be done meanwhile.
 */
#include "common/aging_histogram.h"

#include "common/clock.h"
#include "common/hot.h"

static uint64_t aging_histogram_period(uint64_t now)
{
	return now / (AGING_HISTOGRAM_SLICE_S * CLOCK_S);
}

HOT void aging_histogram_record(struct aging_histogram *histogram, uint64_t ns, uint64_t now)
{
	uint64_t period = aging_histogram_period(now);
	unsigned i = (unsigned)(period % AGING_HISTOGRAM_SLICES);

	histogram_record(&histogram->all, ns);
	if (histogram->period[i] != period) {
		histogram->slice[i] = (struct histogram){};
		histogram->period[i] = period;
	}
	histogram_record(&histogram->slice[i], ns);
}

void aging_histogram_last_hour(const struct aging_histogram *histogram, uint64_t now,
			       struct histogram *ret)
{
	uint64_t period = aging_histogram_period(now);

	*ret = (struct histogram){};
	for (unsigned i = 0; i < AGING_HISTOGRAM_SLICES; i++)
		if (histogram->period[i] + AGING_HISTOGRAM_SLICES > period)
			histogram_merge(ret, &histogram->slice[i]);
}
