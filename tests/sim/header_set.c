/* SPDX-License-Identifier: MIT */
#include "header_set.h"

#include <stdlib.h>
#include <string.h>

#include "common/assert.h"
#include "common/container.h"

enum { HEADER_SET_ROOM = 4096 };

static uint64_t mix(const uint8_t header[HEADER_SIZE])
{
	uint64_t value = 0, word;

	for (size_t i = 0; i < HEADER_SIZE; i += sizeof(word)) {
		memcpy(&word, header + i, sizeof(word));
		value = (value ^ word) * UINT64_C(0xbf58476d1ce4e5b9);
		value ^= value >> 29;
	}
	return MAX(value, UINT64_C(1));
}

/* false: it is there. */
static bool put(struct header_set *set, uint64_t value)
{
	size_t i = value & (set->room - 1);

	while (set->slots[i]) {
		if (set->slots[i] == value)
			return false;
		i = (i + 1) & (set->room - 1);
	}
	set->slots[i] = value;
	set->n++;
	return true;
}

static void grow(struct header_set *set)
{
	struct header_set old = *set;

	set->room = MAX(2 * old.room, (size_t)HEADER_SET_ROOM);
	set->slots = calloc(set->room, sizeof(set->slots[0]));
	assert(set->slots);
	set->n = 0;
	for (size_t i = 0; i < old.room; i++)
		if (old.slots[i])
			put(set, old.slots[i]);
	free(old.slots);
}

bool header_set_add(struct header_set *set, const uint8_t header[HEADER_SIZE])
{
	if (2 * set->n >= set->room)
		grow(set);
	return put(set, mix(header));
}

void header_set_clear(struct header_set *set)
{
	free(set->slots);
	*set = (struct header_set){};
}
