/* SPDX-License-Identifier: MIT */
#include "state/found_block_list.h"

#include <stdlib.h>
#include <string.h>

#include "common/assert.h"

static void found_block_free(struct found_block *record)
{
	block_unref(record->block);
	free(record);
}

void found_block_list_deinit(struct found_block_list *list)
{
	while (list->n)
		found_block_free(list->list[--list->n]);
}

struct found_block *found_block_list_find(const struct found_block_list *list,
					  const struct target *hash)
{
	/* From the end: most often it is one of the newest. */
	for (size_t i = list->n; i-- > 0;)
		if (memcmp(&list->list[i]->hash, hash, sizeof(*hash)) == 0)
			return list->list[i];
	return NULL;
}

struct found_block *found_block_list_add(struct found_block_list *list,
					 const struct found_block *record)
{
	struct found_block *copy;

	assert(list->n < FOUND_BLOCK_LIST_MAX && !found_block_list_find(list, &record->hash));
	copy = malloc(sizeof(*copy));
	if (!copy)
		return NULL;
	*copy = *record;
	list->list[list->n++] = copy;
	return copy;
}

void found_block_list_remove(struct found_block_list *list, struct found_block *record)
{
	size_t i = 0;

	while (list->list[i] != record)
		i++;
	list->n--;
	memmove(list->list + i, list->list + i + 1, (list->n - i) * sizeof(list->list[0]));
	found_block_free(record);
}

struct found_block *found_block_list_oldest(const struct found_block_list *list)
{
	struct found_block *watched = NULL;

	for (size_t i = 0; i < list->n; i++) {
		struct found_block *record = list->list[i];

		if (record->state == FOUND_BLOCK_SUBMITTING)
			continue;
		if (!record->watched)
			return record;
		if (!watched)
			watched = record;
	}
	return watched;
}

struct found_block *found_block_list_pending(const struct found_block_list *list, size_t *ret_n)
{
	struct found_block *oldest = NULL;

	*ret_n = 0;
	for (size_t i = 0; i < list->n; i++) {
		if (list->list[i]->state != FOUND_BLOCK_SUBMITTING)
			continue;
		if (!oldest)
			oldest = list->list[i];
		++*ret_n;
	}
	return oldest;
}
