/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * Placement: from the worker groups of the configuration and the topology of this machine to one
 * struct worker_spec for each worker: which CPU, which kernel. Any thread.
 */
#include "config/conf.h"
#include "miner/worker_spec.h"

/*
 * Replaces the default worker group of conf by one group for each class of core on each NUMA node.
 * Call it for every configuration that was read, before anything else is done with its groups.
 * -ENOMEM: conf is unchanged.
 */
int placement_split(struct conf *conf);

/*
 * Makes of a group one of exactly n workers, on n of its CPUs as placement_plan_first() says.
 * -ENOMEM.
 */
int placement_first(struct conf_workers *workers, unsigned n);

/*
 * Decides on all workers of conf; *ret_n is how many there are, 1 .. WORKER_SPEC_MAX. Runs the
 * self-test of the kernels, and measures which kernel is the fastest on each class of core and how
 * many threads of a core are worth a worker. That takes tens of milliseconds, on cores that should
 * be idle: after the start it runs in a thread of its own, see reload.c. 0, or with the reason
 * logged: EX_SOFTWARE: a kernel failed its self-test; EX_CONFIG: this CPU lacks what a kernel
 * needs; EX_OSERR.
 */
int placement_run(struct worker_spec specs[WORKER_SPEC_MAX], size_t *ret_n,
		  const struct conf *conf);
