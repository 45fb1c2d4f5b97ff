/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * What the cores of one class reach: with which kernel, and with how many threads of a core. One
 * survey is one class and one question; those of different classes are made at once.
 */
#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "miner/calibrate.h"
#include "miner/smt.h"
#include "miner/topology.h"

struct survey {
	/* What is asked; begins as zeroes. */
	unsigned class_index;
	cpu_set_t cpus;				/* of that class; measured on any of them */
	const struct kernel *kernel;		/* NULL: the fastest is looked for */
	unsigned threads[TOPOLOGY_THREADS_MAX]; /* CPUs of one core */
	unsigned n_threads;			/* fewer than 2: there is nothing to measure */
	uint64_t slice_ns;			/* for calibrate_run(), and plain too */
	bool plain;

	/* What was found. */
	struct calibrate calibrate; /* n is 0 when a kernel was given */
	struct smt smt;
	int result; /* negative errno: smt is not measured */

	pthread_t thread;
};

/*
 * Adds those of cpus that are of the survey's class. smt: a core that has several of them is to be
 * measured (one is enough).
 */
void survey_add(struct survey *survey, const struct topology *topology, const cpu_set_t *cpus,
		bool smt);

/*
 * Makes n surveys at once, each in a thread of its own; they must not share a core. A kernel that
 * was looked for is in survey->kernel afterwards: NULL if one failed its self-test. Negative errno:
 * a thread could not be started.
 */
int survey_run(struct survey *const *surveys, size_t n);
