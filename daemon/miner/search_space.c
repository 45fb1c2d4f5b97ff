/* SPDX-License-Identifier: MIT */
/*
 * Why no header comes twice: rounds of a job use different parts of extranonce2, or ntimes above
 * those of earlier rounds. A pass over the part visits each pair of extranonce2 and group of
 * versions once, whatever its ntime; ntime never falls, and a pass begins above the last ntime of
 * the previous pass. Workers differ in extranonce2; those that share a value differ in the
 * remainder of ntime divided by their number.
 */
#include "miner/search_space.h"

#include <string.h>

#include "common/assert.h"
#include "common/clock.h"
#include "common/container.h"
#include "common/hot.h"

/* Whether the last value of each round is kept for the head start. */
HOT_WORKER static bool search_space_has_head(const struct job *job)
{
	return job->extranonce2_size > 1;
}

/*
 * Sets first and end to the part of extranonce2 that belongs to the round, with the value for the
 * head start behind it. *ret_again: earlier rounds have used all parts.
 */
HOT_WORKER static void search_space_part(struct search_space *space, bool *ret_again)
{
	const struct job *job = space->job;
	uint64_t size =
		job->extranonce2_size < 8 ? UINT64_C(1) << 8 * job->extranonce2_size : UINT64_MAX;
	uint64_t parts = MAX(MIN(size / SEARCH_SPACE_PART_MIN, (uint64_t)SEARCH_SPACE_PARTS_MAX),
			     (uint64_t)1);
	uint64_t part = size / parts;

	space->first = job->round % parts * part;
	space->end = space->first + part - search_space_has_head(job);
	*ret_again = job->round >= parts;
}

HOT_WORKER void search_space_init(struct search_space *space, const struct job *job,
				  unsigned worker, unsigned n_workers)
{
	/* Pools disagree about a job whose version has bits of the mask set: roll none. */
	uint32_t mask = job->version & job->version_mask ? 0 : job->version_mask;
	uint64_t n_versions = UINT64_C(1) << __builtin_popcount(mask), size, place;
	bool again;

	assert(worker < n_workers && n_workers <= SEARCH_SPACE_PART_MIN);
	*space = (struct search_space){
		.job = job,
		.mask = mask,
		.n_versions = n_versions,
	};
	space->group_size = (unsigned)MIN(n_versions, (uint64_t)KERNEL_VERSIONS_MAX);
	search_space_part(space, &again);
	size = space->end - space->first;
	place = worker % size;
	space->first += place;
	space->extranonce2 = space->first;
	space->step = MIN((uint64_t)n_workers, size);
	space->stripe = (uint32_t)(worker / size);
	space->n_stripes = (uint32_t)((n_workers - 1 - place) / size) + 1;
	space->n_groups = (n_versions + space->group_size - 1) / space->group_size;
	space->floor = again ? job->ntime_floor : 0;
}

/* The lowest ntime offset of this worker's stripe that is at least `least`. */
HOT_WORKER static uint32_t search_space_stripe_up(const struct search_space *space, uint32_t least)
{
	uint32_t over = (least + space->n_stripes - space->stripe) % space->n_stripes;

	return over ? least + space->n_stripes - over : least;
}

/* Steps to the next group, extranonce2 or pass. */
HOT_WORKER static void search_space_advance(struct search_space *space)
{
	if (++space->group < space->n_groups)
		return;
	space->group = 0;
	if (space->end - space->extranonce2 > space->step) {
		space->extranonce2 += space->step;
		return;
	}
	space->extranonce2 = space->first;
	space->floor = space->offset + 1;
}

/* The ntime of the clock where that is allowed, else the lowest unused one. */
HOT_WORKER static bool search_space_roll_ntime(struct search_space *space, uint32_t elapsed)
{
	uint32_t max = space->job->ntime_roll;
	uint32_t least = search_space_stripe_up(space, MAX(space->floor, space->offset));
	uint32_t clock = search_space_stripe_up(space, MIN(elapsed, max));

	if (clock > max && clock >= space->n_stripes)
		clock -= space->n_stripes;
	space->offset = MAX(least, clock);
	return space->offset <= max;
}

HOT_WORKER bool search_space_is_empty(const struct search_space *space)
{
	return space->stripe > space->job->ntime_roll;
}

/* Deposits the bits of number, from the lowest on, at the set bits of mask. */
HOT_WORKER static uint32_t search_space_deposit(uint64_t number, uint32_t mask)
{
	uint32_t bits = 0;

	for (; number; number >>= 1, mask &= mask - 1)
		if (number & 1)
			bits |= mask & -mask;
	return bits;
}

/* The step with a value of extranonce2, and n versions from the one with that number on. */
HOT_WORKER static void search_space_fill(const struct search_space *space, uint64_t extranonce2,
					 uint64_t first, unsigned n, struct search_step *ret)
{
	const struct job *job = space->job;
	uint32_t bits = search_space_deposit(first, space->mask);

	memset(ret->extranonce2, 0, sizeof(ret->extranonce2));
	for (size_t i = job->extranonce2_size; i-- > 0 && extranonce2; extranonce2 >>= 8)
		ret->extranonce2[i] = (uint8_t)extranonce2;
	ret->ntime = job->ntime + space->offset;
	ret->n_versions = n;
	for (unsigned i = 0; i < n; i++) {
		ret->version[i] = job->version | bits;
		bits = (bits - space->mask) & space->mask; /* the next higher subset of the mask */
	}
}

HOT_WORKER bool search_space_next(struct search_space *space, uint32_t elapsed,
				  struct search_step *ret)
{
	uint64_t before = space->extranonce2, first;
	unsigned n;

	if (space->begun)
		search_space_advance(space);
	if (!search_space_roll_ntime(space, elapsed))
		return false;
	ret->new_extranonce2 = !space->begun || space->extranonce2 != before;
	space->begun = true;
	first = space->group * space->group_size;
	n = (unsigned)MIN(space->n_versions - first, (uint64_t)space->group_size);
	search_space_fill(space, space->extranonce2, first, n, ret);
	return true;
}

HOT_WORKER bool search_space_head(const struct job *job, uint64_t now, struct search_step *ret)
{
	uint64_t elapsed = now > job->packet_ns ? (now - job->packet_ns) / CLOCK_S : 0;
	struct search_space space;

	if (!search_space_has_head(job))
		return false;
	search_space_init(&space, job, 0, 1);
	if (!search_space_roll_ntime(&space, (uint32_t)MIN(elapsed, (uint64_t)UINT32_MAX)))
		return false;
	ret->new_extranonce2 = true;
	search_space_fill(&space, space.end, 0,
			  (unsigned)MIN(space.n_versions, (uint64_t)SEARCH_SPACE_HEAD_VERSIONS),
			  ret);
	return true;
}
