/* SPDX-License-Identifier: MIT */
#pragma once

/* What lies between all who connect to one port and who listens there: how fast, and how well. */
#include <stddef.h>
#include <stdint.h>

enum {
	FAKE_LATENCY_MIN_US = 200, /* of a piece of bytes, and of each half of a connect */
	FAKE_LATENCY_MAX_US = 80 * 1000,
};

/* May be changed at any time. */
struct fake_link {
	size_t piece_max;	/* bytes that arrive at once; 0: as they were sent */
	size_t buffer;		/* bytes that a socket takes and the peer has not read */
	uint64_t stalled_until; /* clock_now(): nothing arrives before */
	unsigned port;
	unsigned latency_min_us, latency_max_us;
	int connect; /* 0: it works; -EAGAIN: no answer; an errno that it ends with */
};

/* There is no link. */
void fake_link_begin(void);

/* The link of a port, which stays until the next fake_link_begin(). */
struct fake_link *fake_link_of(unsigned port);
