/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * Hash rates over sliding windows that end at the last sample, from samples of a rising counter.
 * Sample about once a second, regularly or not: where a window begins between two samples, the
 * count is interpolated. A counter that restarts at 0, because workers were replaced, is detected
 * by its fall or announced by rate_restart(). All zeros is the initial state. One thread.
 */
#include <stdint.h>

enum {
	RATE_SAMPLES = 1024, /* enough for 15 minutes */
	RATE_SHORT_SAMPLES = 16,
};

/* The windows, in seconds. struct rate_short has RATE_10_S alone. */
enum { RATE_10_S = 10, RATE_1_M = 60, RATE_15_M = 900 };

struct rate_sample {
	uint64_t ns; /* clock_now() */
	uint64_t total;
};

struct rate_log {
	struct rate_sample begin; /* the first sample */
	struct rate_sample last;
	uint64_t base;	   /* sum of the last values of earlier counters */
	uint64_t n_stored; /* samples ever put into the ring */
};

/* For all workers together; 16 KiB. */
struct rate {
	struct rate_log log;
	struct rate_sample ring[RATE_SAMPLES];
};

/* For one worker. */
struct rate_short {
	struct rate_log log;
	struct rate_sample ring[RATE_SHORT_SAMPLES];
};

/* Records the counter at the time now, clock_now(), which never falls. The first one begins the
 * session. */
void rate_sample(struct rate *rate, uint64_t now, uint64_t counter);

/* From now on another counter is sampled, which started at 0. */
void rate_restart(struct rate *rate);

/* Per second, over the last `seconds`, or since the first sample if that is later. */
double rate_window(const struct rate *rate, unsigned seconds);

/* Per second, since the first sample. */
double rate_session(const struct rate *rate);

void rate_short_sample(struct rate_short *rate, uint64_t now, uint64_t counter);
double rate_short_window(const struct rate_short *rate);
