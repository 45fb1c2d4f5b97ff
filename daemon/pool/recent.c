/* SPDX-License-Identifier: MIT */
#include "pool/recent.h"

#include <string.h>

bool recent_add(struct recent *recent, uint64_t key)
{
	uint64_t *set = &recent->key[key & (RECENT_SIZE - 1) & ~(uint64_t)(RECENT_WAYS - 1)];

	for (int i = 0; i < RECENT_WAYS; i++)
		if (set[i] == key)
			return true;
	memmove(set + 1, set, (RECENT_WAYS - 1) * sizeof(*set));
	set[0] = key;
	return false;
}
