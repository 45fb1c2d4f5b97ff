/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * The latency trace: how long it takes until the workers hash on new work, as histograms of ns. It
 * starts at the packet that brought the job, or at the loss of the pool that another pool takes
 * over for. The workers leave timestamps behind; the io thread collects them when the next work
 * comes and once a second. So it records a job once, or never if the job was replaced before a
 * worker reached it. Io thread.
 */
#include <stdbool.h>
#include <stdint.h>

#include "common/aging_histogram.h"
#include "miner/workers.h"

struct latency_trace {
	/* From the packet to the first hash on its job, and the steps in between. */
	struct aging_histogram packet_to_hash;
	struct aging_histogram parse;
	struct aging_histogram dispatch;
	struct aging_histogram first_hash;
	struct aging_histogram stale_work; /* from the packet until the last worker has it */
	struct aging_histogram failover;   /* from a loss to the first hash for another pool */

	/* Not recorded yet of the last dispatched job. */
	bool wants_hash;
	bool wants_stale;
	bool wants_failover;
	uint64_t packet_ns;
	uint64_t lost_ns;
};

/*
 * job has just been dispatched. iteration_ns: when this iteration of the loop began; only a job
 * that was read in it is measured, not one that is dispatched again. lost_ns: when the loss of the
 * previous pool was detected; 0: none was lost.
 */
void latency_trace_dispatched(struct latency_trace *trace, const struct workers *workers,
			      const struct job *job, uint64_t iteration_ns, uint64_t lost_ns);

/* Records what the timestamps of the workers show by now. */
void latency_trace_collect(struct latency_trace *trace, const struct workers *workers);

/* The workers lose their work: nothing more is recorded of the last job. */
void latency_trace_forget(struct latency_trace *trace);
