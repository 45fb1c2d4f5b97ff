/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * Measures what the cores of one class reach: with which kernel, and with how many threads of a
 * core. Values alone tell a probe what to measure. Probes of different classes run at once.
 */
#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "miner/probe_kernels.h"
#include "miner/probe_smt.h"
#include "miner/topology.h"

struct probe {
	/* What to measure; starts as zeroes. */
	cpu_set_t cpus;				/* the probe may run on any of them; not empty */
	const struct kernel *kernel;		/* NULL: find the fastest */
	unsigned threads[TOPOLOGY_THREADS_MAX]; /* CPUs of one core */
	unsigned n_threads;			/* fewer than 2: threads are not measured */
	uint64_t slice_ns;			/* of probe_kernels_run(), as is plain */
	bool plain;

	/* Results. */
	struct probe_kernels kernels; /* n is 0 if the kernel was given */
	struct probe_smt smt;
	int result; /* negative errno: smt could not be measured */

	pthread_t thread;
};

/*
 * Adds the CPUs among cpus that are of the class. smt: also measure the threads of a core that has
 * several of these CPUs; the first such core is enough. Any thread.
 */
void probe_add(struct probe *probe, const struct topology *topology, unsigned class_index,
	       const cpu_set_t *cpus, bool smt);

/*
 * Runs n probes at once, each in a thread of its own, and waits for them; so never on the io thread
 * once it serves pools. No two probes may share a core. Afterwards probe->kernel is the fastest
 * kernel where none was given, or NULL: a kernel failed its self-test. Negative errno: a thread
 * could not be started, and no result counts.
 */
int probe_run(struct probe *const *probes, size_t n);
