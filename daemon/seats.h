/* SPDX-License-Identifier: MIT */
#pragma once

/* From the worker pools of the configuration to one seat a worker: which CPU, which kernel. */
#include "config/conf.h"
#include "miner/workers.h"

/*
 * Makes the default worker pool one for each class of core and NUMA node; with every configuration
 * that was read, before anything is done with its pools. -ENOMEM: conf is unchanged.
 */
int seats_split(struct conf *conf);

/*
 * seats has room for WORKER_SPEC_MAX; *ret_n is how many there are, at least 1. Kernels are put to
 * their self-test; which is the fastest of each class of core, and how many threads of a core are
 * worth their while, is settled by measuring on cores that should have nothing else to do.
 * EX_SOFTWARE: a kernel failed its self-test; EX_CONFIG: one is not for this CPU; EX_OSERR; the
 * reason is logged. 0: done.
 */
int seats_from_conf(struct worker_spec *seats, size_t *ret_n, const struct conf *conf);
