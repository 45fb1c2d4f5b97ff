/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * The decisions of placement, without its measurements: which worker groups there are by default,
 * which probes their kernels and CPUs need, and the workers that follow from the results. Pure; any
 * thread.
 */
#include "config/conf.h"
#include "miner/probe.h"
#include "miner/worker_spec.h"

enum {
	/* Each kernel by its name and "auto", on each class of core. */
	PLACEMENT_PROBES_MAX = (PROBE_KERNELS_MAX + 1) * TOPOLOGY_CLASSES_MAX,
};

/* What one kernel reaches on one class of core. */
struct placement_probe {
	const char *kernel; /* its name, or "auto"; the configuration's */
	unsigned class_index;
	struct probe probe;
};

struct placement_plan {
	struct topology topology; /* of all CPUs of the configuration */
	struct placement_probe list[PLACEMENT_PROBES_MAX];
	size_t n;
};

/*
 * Makes of the default worker group one for each class of core on each NUMA node, the fastest class
 * first. Leaves any other configuration as it is, and also the default if it would be more than
 * CONF_WORKERS_MAX groups. -ENOMEM: conf is unchanged.
 */
int placement_plan_split(struct conf *conf, const struct topology *topology);

/*
 * Leaves n of cpus, which are at least as many: one CPU of each core, the fastest classes first,
 * before any core has a second one.
 */
void placement_plan_first(cpu_set_t *cpus, const struct topology *topology, unsigned n);

/* Adds the probes that conf needs to a plan that is zeroes but for its topology. */
void placement_plan_probes(struct placement_plan *plan, const struct conf *conf);

/*
 * One spec for each worker, in the order of groups and CPUs: of each core as many CPUs as
 * threads_per_core of its group says, or else as the probe found worth a worker. Only once each
 * probe has its kernel. Returns how many there are.
 */
size_t placement_plan_specs(struct worker_spec specs[WORKER_SPEC_MAX],
			    const struct placement_plan *plan, const struct conf *conf);
