/* SPDX-License-Identifier: MIT */
#include "pool/share_dedup.h"
#include "common/hot.h"

#include <string.h>

HOT_SHARE bool share_dedup_add(struct share_dedup *dedup, const struct target *hash)
{
	uint64_t key = (uint64_t)hash->word[1] << 32 | hash->word[0];
	uint64_t *set =
		&dedup->key[key & (SHARE_DEDUP_SIZE - 1) & ~(uint64_t)(SHARE_DEDUP_WAYS - 1)];

	for (int i = 0; i < SHARE_DEDUP_WAYS; i++)
		if (set[i] == key)
			return true;
	memmove(set + 1, set, (SHARE_DEDUP_WAYS - 1) * sizeof(*set));
	set[0] = key;
	return false;
}
