/* SPDX-License-Identifier: MIT */
/*
 * The samples of the ring are at least rate_step apart, so that the ring covers a known time. A
 * window ends at the last sample, even if that came too early for the ring.
 */
#include "miner/rate.h"

#include "common/clock.h"

/* Less than the second between two samples, so that a timer that is late or early drops none. */
static const uint64_t rate_step = CLOCK_S * 9 / 10;

static void rate_log_sample(struct rate_log *log, struct rate_sample *ring, unsigned size,
			    uint64_t now, uint64_t counter)
{
	struct rate_sample sample = {.ns = now, .total = log->base + counter};

	if (sample.total < log->last.total) {
		log->base = log->last.total;
		sample.total = log->base + counter;
	}
	if (log->n_stored == 0)
		log->begin = sample;
	if (log->n_stored == 0 || now - ring[(log->n_stored - 1) % size].ns >= rate_step)
		ring[log->n_stored++ % size] = sample;
	log->last = sample;
}

static double rate_between(const struct rate_sample *from, const struct rate_sample *to)
{
	if (to->ns <= from->ns)
		return 0;
	return (double)(to->total - from->total) * CLOCK_S / (double)(to->ns - from->ns);
}

/* Interpolates the counter at the time begin, between two samples. */
static struct rate_sample rate_at(const struct rate_sample *before, const struct rate_sample *after,
				  uint64_t begin)
{
	double part = (double)(begin - before->ns) / (double)(after->ns - before->ns);
	double counted = part * (double)(after->total - before->total);

	return (struct rate_sample){.ns = begin, .total = before->total + (uint64_t)counted};
}

static double rate_log_window(const struct rate_log *log, const struct rate_sample *ring,
			      unsigned size, uint64_t window)
{
	const struct rate_sample *after = &log->last;
	uint64_t begin = log->last.ns > window ? log->last.ns - window : 0;

	for (uint64_t back = 1; back <= log->n_stored && back <= size; back++) {
		const struct rate_sample *sample = &ring[(log->n_stored - back) % size];

		if (sample->ns <= begin && sample->ns < after->ns) {
			struct rate_sample from = rate_at(sample, after, begin);

			return rate_between(&from, &log->last);
		}
		after = sample;
	}
	return rate_between(after, &log->last);
}

void rate_sample(struct rate *rate, uint64_t now, uint64_t counter)
{
	rate_log_sample(&rate->log, rate->ring, RATE_SAMPLES, now, counter);
}

void rate_restart(struct rate *rate)
{
	rate->log.base = rate->log.last.total;
}

double rate_window(const struct rate *rate, unsigned seconds)
{
	return rate_log_window(&rate->log, rate->ring, RATE_SAMPLES, seconds * CLOCK_S);
}

double rate_session(const struct rate *rate)
{
	return rate_between(&rate->log.begin, &rate->log.last);
}

void rate_short_sample(struct rate_short *rate, uint64_t now, uint64_t counter)
{
	rate_log_sample(&rate->log, rate->ring, RATE_SHORT_SAMPLES, now, counter);
}

double rate_short_window(const struct rate_short *rate)
{
	return rate_log_window(&rate->log, rate->ring, RATE_SHORT_SAMPLES, RATE_10_S * CLOCK_S);
}
