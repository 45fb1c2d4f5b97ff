/* SPDX-License-Identifier: MIT */
#include "pool/block_count.h"

#include <string.h>

#include "common/container.h"

static struct block_parent *block_parent(struct block_count *count, const uint8_t hash[32])
{
	for (unsigned i = 0; i < MIN(count->next, (unsigned)BLOCK_COUNT_PARENTS); i++)
		if (memcmp(count->parent[i].hash, hash, sizeof(count->parent[i].hash)) == 0)
			return &count->parent[i];
	return NULL;
}

static struct block_parent *block_count_add(struct block_count *count, const uint8_t parent[32])
{
	struct block_parent *slot = &count->parent[count->next++ % BLOCK_COUNT_PARENTS];

	*slot = (struct block_parent){};
	memcpy(slot->hash, parent, sizeof(slot->hash));
	return slot;
}

bool block_count_found(struct block_count *count, const uint8_t parent[32])
{
	if (block_parent(count, parent))
		return false;
	block_count_add(count, parent);
	count->found++;
	return true;
}

bool block_count_accepted(struct block_count *count, const uint8_t parent[32])
{
	struct block_parent *slot = block_parent(count, parent);

	if (!slot)
		return false;
	slot->closed = true;
	slot->sent = false;
	if (slot->accepted)
		return false;
	slot->accepted = true;
	count->accepted++;
	return true;
}

static struct block_parent *block_count_take(struct block_count *count, const uint8_t parent[32])
{
	struct block_parent *slot = block_parent(count, parent);

	return slot ? slot : block_count_add(count, parent);
}

void block_count_closed(struct block_count *count, const uint8_t parent[32])
{
	struct block_parent *slot = block_count_take(count, parent);

	slot->closed = true;
	slot->sent = false;
}

void block_count_elsewhere(struct block_count *count, const uint8_t parent[32])
{
	block_count_take(count, parent)->elsewhere = true;
}

void block_count_login(struct block_count *count)
{
	for (unsigned i = 0; i < BLOCK_COUNT_PARENTS; i++)
		count->parent[i].sent = false;
}

void block_count_sent(struct block_count *count, const uint8_t parent[32])
{
	struct block_parent *slot = block_parent(count, parent);

	if (slot)
		slot->sent = true;
}

void block_count_failed(struct block_count *count, const uint8_t parent[32])
{
	struct block_parent *slot = block_parent(count, parent);

	if (slot)
		slot->sent = false;
}

void block_count_reopen(struct block_count *count, const uint8_t parent[32])
{
	struct block_parent *slot = block_parent(count, parent);

	if (slot)
		slot->closed = slot->elsewhere = false;
}

bool block_count_is_closed(struct block_count *count, const uint8_t parent[32])
{
	const struct block_parent *slot = block_parent(count, parent);

	return slot && slot->closed;
}

bool block_count_settled(struct block_count *count, const uint8_t parent[32])
{
	const struct block_parent *slot = block_parent(count, parent);

	return slot && (slot->closed || slot->elsewhere || slot->sent);
}
