/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * How long it takes until new work is hashed on, as histograms of ns: from the packet that brought
 * a job, and from the loss of a pool that another one takes over for. The workers leave their
 * stamps behind, and these are collected when the next work comes, or once in a while; so a job is
 * booked once, or not at all when it was replaced before a worker was there. Io thread.
 */
#include <stdbool.h>
#include <stdint.h>

#include "common/histogram.h"
#include "miner/workers.h"

struct stamps {
	/* From the packet to the first hash on its job, and each part of the way. */
	struct histogram packet_to_hash;
	struct histogram parse;
	struct histogram dispatch;
	struct histogram first_hash;
	struct histogram stale_work; /* from the packet to the last hash on older work */
	struct histogram failover;   /* from the loss seen to the first hash for another pool */

	/* Of the job dispatched last: what is not booked yet. */
	bool wants_hash;
	bool wants_stale;
	bool wants_failover;
	uint64_t packet_ns;
	uint64_t lost_ns;
};

/*
 * job has just been dispatched. turn_ns: when this turn of the loop began; only a job that was read
 * in it is measured, not one that comes onto the workers again. lost_ns: when the loss of the pool
 * before was seen; 0: none was lost.
 */
void stamps_dispatched(struct stamps *stamps, const struct workers *workers, const struct job *job,
		       uint64_t turn_ns, uint64_t lost_ns);

/* Books what the workers have stamped by now. */
void stamps_collect(struct stamps *stamps, const struct workers *workers);

/* The workers have been told to sleep. */
void stamps_forget(struct stamps *stamps);
