/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * Where workers go: which pools there are if the configuration names none, what must be measured
 * to fill them, and the seats that come out of the answers. Reads and measures nothing itself.
 */
#include "config/conf.h"
#include "miner/survey.h"
#include "miner/workers.h"

enum {
	/* Each kernel by its name and "auto", on each class of core. */
	LAYOUT_QUESTIONS_MAX = (CALIBRATE_KERNELS_MAX + 1) * TOPOLOGY_CLASSES_MAX,
};

struct layout_question {
	const char *name; /* of the kernel, or "auto"; the configuration's */
	struct survey survey;
};

struct layout {
	struct topology topology; /* of all CPUs of the configuration; the caller's to fill */
	struct layout_question question[LAYOUT_QUESTIONS_MAX];
	size_t n_questions;
};

/*
 * Makes of the pool that a configuration has by default one for each class of core on each NUMA
 * node, the fastest class first; leaves any other configuration as it is, and the default as one
 * if it would be more than CONF_WORKERS_MAX. -ENOMEM: conf is unchanged.
 */
int layout_split(struct conf *conf, const struct topology *topology);

/* Puts the questions that conf raises: layout is zeroes but for its topology. */
void layout_ask(struct layout *layout, const struct conf *conf);

/*
 * One seat a worker, in the order of pools and CPUs: of each core as many CPUs as threads_per_core
 * of its pool says, or else as the survey found worth their while. Each survey must have its
 * kernel. seats has room for WORKER_SPEC_MAX; returns how many there are.
 */
size_t layout_seats(struct worker_spec *seats, const struct layout *layout,
		    const struct conf *conf);
