/* SPDX-License-Identifier: MIT */
#include "stamps.h"

#include "bitcoin/job.h"

void stamps_dispatched(struct stamps *stamps, const struct workers *workers, const struct job *job,
		       uint64_t turn_ns, uint64_t lost_ns)
{
	struct workers_timestamps now;

	stamps->wants_failover = lost_ns != 0;
	stamps->lost_ns = lost_ns;
	stamps->wants_hash = stamps->wants_stale = job->parsed_ns >= turn_ns;
	if (!stamps->wants_hash)
		return;
	workers_timestamps(workers, &now);
	stamps->packet_ns = job->packet_ns;
	histogram_record(&stamps->parse, job->parsed_ns - job->packet_ns);
	histogram_record(&stamps->dispatch, now.dispatched_ns - job->parsed_ns);
}

void stamps_collect(struct stamps *stamps, const struct workers *workers)
{
	struct workers_timestamps now;

	if (!stamps->wants_hash && !stamps->wants_stale && !stamps->wants_failover)
		return;
	workers_timestamps(workers, &now);
	if (stamps->wants_failover && now.first_hash_ns) {
		histogram_record(&stamps->failover, now.first_hash_ns - stamps->lost_ns);
		stamps->wants_failover = false;
	}
	if (stamps->wants_hash && now.first_hash_ns) {
		histogram_record(&stamps->packet_to_hash, now.first_hash_ns - stamps->packet_ns);
		histogram_record(&stamps->first_hash, now.first_hash_ns - now.dispatched_ns);
		stamps->wants_hash = false;
	}
	if (stamps->wants_stale && now.last_taken_ns) {
		histogram_record(&stamps->stale_work, now.last_taken_ns - stamps->packet_ns);
		stamps->wants_stale = false;
	}
}

void stamps_forget(struct stamps *stamps)
{
	stamps->wants_hash = stamps->wants_stale = stamps->wants_failover = false;
}
