/* SPDX-License-Identifier: MIT */
/* Open addressing, at most half full; a hash is its own good hash value. */
#include "seen.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

enum { SEEN_FIRST_SIZE = 4096 };

void seen_deinit(struct seen *seen)
{
	free(seen->slots);
	*seen = SEEN_NULL;
}

void seen_clear(struct seen *seen)
{
	if (seen->slots)
		memset(seen->slots, 0, seen->size * sizeof(*seen->slots));
	seen->used = 0;
}

/* The slot of hash, or the empty one where it belongs. */
static struct number *seen_slot(struct number *slots, size_t size, const struct number *hash)
{
	static const struct number empty;
	size_t i = hash->limb[0] & (size - 1);

	while (memcmp(&slots[i], hash, sizeof(*hash)) && memcmp(&slots[i], &empty, sizeof(empty)))
		i = (i + 1) & (size - 1);
	return &slots[i];
}

static int seen_grow(struct seen *seen)
{
	static const struct number empty;
	size_t size = seen->size ? 2 * seen->size : SEEN_FIRST_SIZE;
	struct number *slots = calloc(size, sizeof(*slots));

	if (!slots)
		return -ENOMEM;
	for (size_t i = 0; i < seen->size; i++) {
		if (memcmp(&seen->slots[i], &empty, sizeof(empty)))
			*seen_slot(slots, size, &seen->slots[i]) = seen->slots[i];
	}
	free(seen->slots);
	seen->slots = slots;
	seen->size = size;
	return 0;
}

int seen_add(struct seen *seen, const struct number *hash)
{
	struct number *slot;

	if (2 * seen->used >= seen->size && seen_grow(seen) < 0)
		return -ENOMEM;
	slot = seen_slot(seen->slots, seen->size, hash);
	if (!memcmp(slot, hash, sizeof(*hash)))
		return 1;
	*slot = *hash;
	seen->used++;
	return 0;
}
