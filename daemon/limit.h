/* SPDX-License-Identifier: MIT */
#pragma once

/* The limits of the worker pools: those of the configuration, and those set by hand. Io thread. */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct minerd;

/* New limits; what is not given stays as it is. */
struct limit {
	bool has_workers, has_hashrate, has_cpu;
	int64_t workers; /* number of the worker pool, from 0 on; not given: all */
	double hashrate; /* H/s, 0: no limit */
	int64_t cpu;	 /* percent */
};

/* Puts the limits of the running configuration on the workers. */
void limit_apply(struct minerd *minerd);

/* New limits until the next reload. false: they are refused for the reason given. */
bool limit_set(struct minerd *minerd, const struct limit *limit, char *reason, size_t size);
