/* SPDX-License-Identifier: MIT */
#include "upstream/stratum/submit_ids.h"

#include <stddef.h>

#include "common/assert.h"
#include "common/hot.h"

static size_t submit_ids_index(uint32_t id)
{
	return id & (SUBMIT_IDS_MAX - 1);
}

void submit_ids_clear(struct submit_ids *ids)
{
	for (size_t i = 0; i < SUBMIT_IDS_MAX && ids->n; i++) {
		ids->n -= ids->place[i].id != 0;
		ids->place[i].id = 0;
	}
}

HOT_SHARE bool submit_ids_has_room(const struct submit_ids *ids, uint32_t id)
{
	return !ids->place[submit_ids_index(id)].id;
}

HOT_SHARE void submit_ids_add(struct submit_ids *ids, const struct submit *submit)
{
	assert(submit->id && submit_ids_has_room(ids, submit->id));
	ids->place[submit_ids_index(submit->id)] = *submit;
	ids->n++;
}

bool submit_ids_has(const struct submit_ids *ids, int64_t id)
{
	return id > 0 && id <= UINT32_MAX &&
	       ids->place[submit_ids_index((uint32_t)id)].id == (uint32_t)id;
}

bool submit_ids_take(struct submit_ids *ids, int64_t id, struct submit *ret)
{
	struct submit *place = &ids->place[submit_ids_index((uint32_t)id)];

	if (!submit_ids_has(ids, id))
		return false;
	*ret = *place;
	place->id = 0;
	ids->n--;
	return true;
}

uint64_t submit_ids_oldest(const struct submit_ids *ids)
{
	uint64_t oldest = UINT64_MAX;

	for (size_t i = 0; i < SUBMIT_IDS_MAX && ids->n; i++)
		if (ids->place[i].id && ids->place[i].sent_ns < oldest)
			oldest = ids->place[i].sent_ns;
	return oldest;
}
