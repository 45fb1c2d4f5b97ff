/* SPDX-License-Identifier: MIT */
#include "upstream/stratum/submits.h"

static size_t submits_index(uint32_t id)
{
	return id & (SUBMITS_MAX - 1);
}

void submits_clear(struct submits *submits)
{
	for (size_t i = 0; i < SUBMITS_MAX && submits->n; i++) {
		struct submit *place = &submits->place[i];

		if (!place->id)
			continue;
		job_unref(place->share.job);
		place->id = 0;
		submits->n--;
	}
}

bool submits_has_room(const struct submits *submits, uint32_t id)
{
	return !submits->place[submits_index(id)].id;
}

void submits_add(struct submits *submits, const struct submit *submit)
{
	submits->place[submits_index(submit->id)] = *submit;
	submits->n++;
}

bool submits_has(const struct submits *submits, int64_t id)
{
	return id > 0 && id <= UINT32_MAX &&
	       submits->place[submits_index((uint32_t)id)].id == (uint32_t)id;
}

bool submits_take(struct submits *submits, int64_t id, struct submit *ret)
{
	struct submit *place = &submits->place[submits_index((uint32_t)id)];

	if (!submits_has(submits, id))
		return false;
	*ret = *place;
	place->id = 0;
	submits->n--;
	return true;
}

uint64_t submits_oldest(const struct submits *submits)
{
	uint64_t oldest = UINT64_MAX;

	for (size_t i = 0; i < SUBMITS_MAX && submits->n; i++)
		if (submits->place[i].id && submits->place[i].sent_ns < oldest)
			oldest = submits->place[i].sent_ns;
	return oldest;
}
