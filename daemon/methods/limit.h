/* SPDX-License-Identifier: MIT */
#pragma once

/* The limits of the worker groups: of the configuration, and of minerctl limit. Io thread. */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct conf;
struct workers;

/* New limits; what is not given stays as it is. */
struct limit {
	bool has_group, has_hashrate, has_cpu;
	int64_t group;	 /* number of the worker group, from 0; not given: all groups */
	double hashrate; /* H/s of the whole group, 0: no limit */
	int64_t cpu;	 /* percent of each CPU */
};

/* Applies the limits of the configuration to the workers. */
void limit_apply(const struct conf *conf, struct workers *workers);

/*
 * Changes limits in conf and applies them; the next reload brings back those of the file. false:
 * refused for the reason, of size bytes, and nothing was changed.
 */
bool limit_set(struct conf *conf, struct workers *workers, const struct limit *limit, char *reason,
	       size_t size);
