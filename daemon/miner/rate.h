/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * Hash rates over sliding windows that end at the last sample, from samples of a counter that
 * rises. Sample about once a second; it need not be regular: where a window begins between two
 * samples the count is interpolated. A counter that begins anew at 0 (the workers were started
 * again) is seen by its fall, or told. All zeros is the start. One thread.
 */
#include <stdint.h>

enum {
	RATE_SAMPLES = 1024, /* enough for 15 minutes */
	RATE_SHORT_SAMPLES = 16,
};

/* The windows there are, in seconds; a short one has RATE_10_S alone. */
enum { RATE_10_S = 10, RATE_1_M = 60, RATE_15_M = 900 };

struct rate_sample {
	uint64_t ns; /* clock_now() */
	uint64_t total;
};

struct rate_log {
	struct rate_sample begin; /* the first of all */
	struct rate_sample last;
	uint64_t base;	   /* what earlier counters had reached */
	uint64_t n_stored; /* samples put into the ring, ever */
};

/* 16 KiB, for the whole workers. */
struct rate {
	struct rate_log log;
	struct rate_sample ring[RATE_SAMPLES];
};

/* For one worker. */
struct rate_short {
	struct rate_log log;
	struct rate_sample ring[RATE_SHORT_SAMPLES];
};

/* The counter at the time now (clock_now(), rising). The first sample begins the session. */
void rate_sample(struct rate *rate, uint64_t now, uint64_t counter);

/* From now on the counter is another one, which began at 0. */
void rate_restart(struct rate *rate);

/* Per second, over the last `seconds`, or since the first sample where that is later. */
double rate_window(const struct rate *rate, unsigned seconds);

/* Per second, since the first sample. */
double rate_session(const struct rate *rate);

void rate_short_sample(struct rate_short *rate, uint64_t now, uint64_t counter);
double rate_short_window(const struct rate_short *rate);
