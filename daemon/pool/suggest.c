/* SPDX-License-Identifier: MIT */
#include "pool/suggest.h"

#include "common/clock.h"

/* Hashes that it takes to find a share of difficulty 1, on average: 2^256 / (0xffff * 2^208). */
static const double suggest_hashes = 0x1p48 / 0xffff;

double suggest_next(struct suggest *suggest, double interval, double rate, uint64_t now)
{
	double wanted = rate * interval / suggest_hashes;

	if (!(wanted > 0))
		return 0;
	if (suggest->difficulty > 0 && (now - suggest->ns < SUGGEST_PAUSE * CLOCK_S ||
					(wanted <= suggest->difficulty * SUGGEST_FACTOR &&
					 wanted >= suggest->difficulty / SUGGEST_FACTOR)))
		return 0;
	*suggest = (struct suggest){wanted, now};
	return wanted;
}
