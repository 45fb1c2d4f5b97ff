/* SPDX-License-Identifier: MIT */
#include "status/latency_trace.h"

#include "bitcoin/job.h"
#include "common/assert.h"
#include "common/hot.h"

HOT void latency_trace_dispatched(struct latency_trace *trace, const struct workers *workers,
				  const struct job *job, uint64_t iteration_ns, uint64_t lost_ns)
{
	struct workers_timestamps now;

	assert(workers->sequence == job->sequence);
	trace->wants_failover = lost_ns != 0;
	trace->lost_ns = lost_ns;
	trace->wants_hash = trace->wants_stale = job->parsed_ns >= iteration_ns;
	if (!trace->wants_hash)
		return;
	workers_timestamps(workers, &now);
	trace->packet_ns = job->packet_ns;
	aging_histogram_record(&trace->parse, job->parsed_ns - job->packet_ns, now.dispatched_ns);
	aging_histogram_record(&trace->dispatch, now.dispatched_ns - job->parsed_ns,
			       now.dispatched_ns);
}

HOT void latency_trace_collect(struct latency_trace *trace, const struct workers *workers)
{
	struct workers_timestamps now;

	if (!trace->wants_hash && !trace->wants_stale && !trace->wants_failover)
		return;
	workers_timestamps(workers, &now);
	if (trace->wants_failover && now.first_hash_ns) {
		aging_histogram_record(&trace->failover, now.first_hash_ns - trace->lost_ns,
				       now.first_hash_ns);
		trace->wants_failover = false;
	}
	if (trace->wants_hash && now.first_hash_ns) {
		aging_histogram_record(&trace->packet_to_hash, now.first_hash_ns - trace->packet_ns,
				       now.first_hash_ns);
		aging_histogram_record(&trace->first_hash, now.first_hash_ns - now.dispatched_ns,
				       now.first_hash_ns);
		trace->wants_hash = false;
	}
	if (trace->wants_stale && now.last_taken_ns) {
		aging_histogram_record(&trace->stale_work, now.last_taken_ns - trace->packet_ns,
				       now.last_taken_ns);
		trace->wants_stale = false;
	}
}

void latency_trace_forget(struct latency_trace *trace)
{
	trace->wants_hash = trace->wants_stale = trace->wants_failover = false;
}
