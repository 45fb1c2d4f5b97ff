/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * Which difficulty to ask a pool for, so that a share is found every so many seconds, and when to
 * ask again. Pure; any one thread.
 */
#include <stdint.h>

enum {
	SUGGEST_FACTOR = 2, /* by more than which the rate has to change */
	SUGGEST_PAUSE = 60, /* s at least between two suggestions to one login */
};

struct suggest {
	double difficulty; /* suggested last; 0: none yet in this login */
	uint64_t ns;	   /* clock_now() then */
};

/*
 * The difficulty to suggest now, 0 for none: interval in s, rate in hashes a second (0: not known
 * yet). What is given is taken as suggested.
 */
double suggest_next(struct suggest *suggest, double interval, double rate, uint64_t now);
