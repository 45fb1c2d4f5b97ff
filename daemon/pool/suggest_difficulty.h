/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * Which difficulty to ask a pool for: the one of its settings, or one by which a share is found
 * every share_interval seconds at the present rate, and when to ask again. Io thread.
 */
#include <stdbool.h>
#include <stdint.h>

#include "config/conf.h"

enum {
	SUGGEST_DIFFICULTY_FACTOR = 2, /* by more than which the rate has to change */
	SUGGEST_DIFFICULTY_PAUSE = 60, /* s at least between two suggestions to one login */
};

struct suggest_difficulty {
	const struct conf_pool *conf; /* borrowed */
	double rate;		      /* hashes a second; 0: not known yet */
	double difficulty;	      /* suggested last; 0: none yet in this login */
	uint64_t ns;		      /* clock_now() then */
};

/* What to ask for in a new login, or with new settings; 0: nothing. */
double suggest_difficulty_begin(struct suggest_difficulty *suggest);

/* What to ask for at this rate, if the login is ready to be asked; 0: nothing new. */
double suggest_difficulty_set_rate(struct suggest_difficulty *suggest, double rate, bool ready);

/*
 * The difficulty to suggest now, 0 for none: interval in s, rate in hashes a second (0: not known
 * yet). What is given is taken as suggested.
 */
double suggest_difficulty_next(struct suggest_difficulty *suggest, double interval, double rate,
			       uint64_t now);
