/* SPDX-License-Identifier: MIT */
#include "pool/suggest_difficulty.h"

#include "common/clock.h"
#include "pool/pool_events.h"

/* Hashes that it takes to find a share of difficulty 1, on average: 2^256 / (0xffff * 2^208). */
static const double suggest_difficulty_hashes = 0x1p48 / 0xffff;

double suggest_difficulty_next(struct suggest_difficulty *suggest, double interval, double rate,
			       uint64_t now)
{
	double wanted = rate * interval / suggest_difficulty_hashes;

	if (!(wanted > 0))
		return 0;
	if (suggest->difficulty > 0 &&
	    (now - suggest->ns < SUGGEST_DIFFICULTY_PAUSE * CLOCK_S ||
	     (wanted <= suggest->difficulty * SUGGEST_DIFFICULTY_FACTOR &&
	      wanted >= suggest->difficulty / SUGGEST_DIFFICULTY_FACTOR)))
		return 0;
	suggest->difficulty = wanted;
	suggest->ns = now;
	return wanted;
}

/* By share_interval. */
static double suggest_by_rate(struct suggest_difficulty *suggest)
{
	double interval = suggest->conf->share_interval;
	double difficulty = suggest_difficulty_next(suggest, interval, suggest->rate, clock_now());

	/* Shares of a node's jobs are minerd's own affair: nobody is asked. */
	if (difficulty > 0 && !conf_is_node(suggest->conf->transport))
		pool_events_suggesting(suggest->conf, difficulty, interval);
	return difficulty;
}

double suggest_difficulty_begin(struct suggest_difficulty *suggest)
{
	suggest->difficulty = 0;
	suggest->ns = 0;
	if (suggest->conf->share_interval > 0)
		return suggest_by_rate(suggest);
	return suggest->conf->suggest_difficulty;
}

double suggest_difficulty_set_rate(struct suggest_difficulty *suggest, double rate, bool ready)
{
	suggest->rate = rate;
	return ready && suggest->conf->share_interval > 0 ? suggest_by_rate(suggest) : 0;
}
