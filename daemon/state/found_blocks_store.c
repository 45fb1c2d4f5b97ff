/* SPDX-License-Identifier: MIT */
/*
 * Invariant: a block that is submitted and has a slot is whole in the file of the slot, on the
 * medium. A file is removed only when the list on the medium has what became of its block.
 */
#include "state/found_blocks_store.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "common/assert.h"
#include "common/cleanup.h"
#include "common/clock.h"
#include "common/container.h"
#include "state/found_blocks_file.h"
#include "state/found_blocks_log.h"

#define FOUND_BLOCKS_LIST_FILE "found-blocks.json"

static void found_blocks_store_name(struct found_blocks_store *self, int slot)
{
	char name[STORE_NAME_MAX];

	snprintf(name, sizeof(name), "found-block-%02d", slot);
	store_set_name(&self->store, slot < 0 ? FOUND_BLOCKS_LIST_FILE : name);
}

/* The text that is written, and the end of its line; false: out of memory. */
static bool found_blocks_store_text(struct found_blocks_store *self, struct store_piece ret[2])
{
	ret[0].bytes = json_writer_text(&self->text, &ret[0].size);
	ret[1] = (struct store_piece){"\n", 1};
	return ret[0].bytes;
}

/* The slot for one more block; there is one for each that is submitted. */
static int found_blocks_store_slot(struct found_blocks_store *self)
{
	int spare = -1;

	for (int i = 0; i < FOUND_BLOCKS_SLOTS; i++) {
		if (self->slots[i] == FOUND_BLOCKS_FREE)
			return i;
		if (self->slots[i] == FOUND_BLOCKS_SPARE)
			spare = i;
	}
	/* What is submitted matters more than what is watched. */
	for (size_t i = 0; spare < 0 && i < self->list->n; i++) {
		struct found_block *record = self->list->list[i];

		if (record->slot >= 0 && record->state != FOUND_BLOCK_SUBMITTING) {
			spare = record->slot;
			record->slot = -1;
		}
	}
	return spare;
}

static void found_blocks_store_saved(struct found_blocks_store *self, struct found_block *record,
				     int result)
{
	if (result < 0)
		record->save_ns = clock_now() + FOUND_BLOCKS_RETRY_MS * CLOCK_MS;
	self->saved(self, record, result);
}

static void found_blocks_store_save(struct found_blocks_store *self, struct found_block *record)
{
	struct store_piece pieces[STORE_PIECES_MAX];
	int slot;

	json_writer_reset(&self->text);
	found_blocks_file_head(&self->text, record, record->block->hex_size);
	slot = found_blocks_store_slot(self);
	if (slot < 0 || !found_blocks_store_text(self, pieces)) {
		found_blocks_store_saved(self, record, slot < 0 ? -ENOSPC : -ENOMEM);
		return;
	}
	pieces[2] = (struct store_piece){record->block->hex, record->block->hex_size};
	pieces[3] = pieces[1];
	self->slots[slot] = FOUND_BLOCKS_USED;
	self->slot = slot;
	self->block = block_ref(record->block);
	found_blocks_store_name(self, slot);
	store_write(&self->store, pieces, 4);
}

static void found_blocks_store_on_saved(struct found_blocks_store *self, int result)
{
	CLEANUP(block_unrefp) struct block *block = TAKE(self->block);
	struct found_block *record = found_block_list_find(self->list, &block->hash);

	if (result < 0 || !record)
		self->slots[self->slot] = FOUND_BLOCKS_SPARE;
	else
		record->slot = self->slot;
	if (record)
		found_blocks_store_saved(self, record, result);
}

static bool found_blocks_store_is_due(const struct found_blocks_store *self,
				      const struct found_block *record)
{
	return record->block && record->slot < 0 && clock_now() >= record->save_ns &&
	       !found_blocks_store_refusal(self, record->block);
}

/* The oldest block that is to be saved, if any. */
static void found_blocks_store_save_next(struct found_blocks_store *self)
{
	for (size_t i = 0; i < self->list->n && !store_busy(&self->store); i++)
		if (found_blocks_store_is_due(self, self->list->list[i]))
			found_blocks_store_save(self, self->list->list[i]);
}

static void found_blocks_store_write_list(struct found_blocks_store *self)
{
	uint64_t now = clock_now();
	struct store_piece pieces[2];

	if (store_busy(&self->store) || !self->changed || now < self->list_ns)
		return;
	json_writer_reset(&self->text);
	found_blocks_file_list(&self->text, self->list);
	self->list_ns = now + FOUND_BLOCKS_LIST_MS * CLOCK_MS;
	if (!found_blocks_store_text(self, pieces))
		return;
	/* 256 blocks, each at most 2.7 kB even if all of its texts have to be escaped. */
	assert(pieces[0].size < FOUND_BLOCKS_LIST_MAX);
	self->changed = false;
	self->slot = -1;
	found_blocks_store_name(self, -1);
	store_write(&self->store, pieces, 2);
}

static void found_blocks_store_on_list(struct found_blocks_store *self, int result)
{
	if (result < 0) {
		if (!self->failed)
			found_blocks_log_unwritable(self->directory, FOUND_BLOCKS_LIST_FILE,
						    result);
		self->changed = true;
		self->list_ns = clock_now() + FOUND_BLOCKS_RETRY_MS * CLOCK_MS;
	} else if (self->stopping) {
		self->list_ns = 0;
	}
	self->failed = result < 0;
}

static void found_blocks_store_remove_next(struct found_blocks_store *self)
{
	for (int i = 0; i < FOUND_BLOCKS_SLOTS; i++) {
		if (store_busy(&self->store) || self->changed)
			return;
		if (self->slots[i] != FOUND_BLOCKS_SPARE)
			continue;
		self->slot = i;
		found_blocks_store_name(self, i);
		store_remove(&self->store);
	}
}

static void found_blocks_store_on_done(struct store *store, int result)
{
	struct found_blocks_store *self = container_of(store, struct found_blocks_store, store);

	if (self->block)
		found_blocks_store_on_saved(self, result);
	else if (self->slot < 0)
		found_blocks_store_on_list(self, result);
	else
		/* A file that cannot be removed is replaced by the next one. */
		self->slots[self->slot] = FOUND_BLOCKS_FREE;
	found_blocks_store_update(self);
}

void found_blocks_store_init(struct found_blocks_store *self, struct ring *ring,
			     struct found_block_list *list,
			     void (*saved)(struct found_blocks_store *self,
					   struct found_block *record, int result))
{
	*self = FOUND_BLOCKS_STORE_NULL;
	self->list = list;
	self->saved = saved;
	store_init(&self->store, ring, FOUND_BLOCKS_LIST_FILE, found_blocks_store_on_done);
}

void found_blocks_store_open(struct found_blocks_store *self, const struct store *beside,
			     const char *directory)
{
	self->directory = directory;
	store_open_beside(&self->store, beside);
}

/* false: it stays where it is. */
static bool found_blocks_store_set_aside(struct found_blocks_store *self, const char *wrong)
{
	int r = store_set_aside(&self->store);

	found_blocks_log_bad_file(self->directory, self->store.name, wrong, r);
	return r == 0;
}

static void found_blocks_store_load_list(struct found_blocks_store *self, char *buffer)
{
	const char *wrong;
	int n;

	found_blocks_store_name(self, -1);
	n = store_read(&self->store, buffer, FOUND_BLOCKS_LIST_MAX);
	if (n == -ENOENT)
		return;
	wrong = n < 0 ? strerror(-n) : found_blocks_file_parse(self->list, buffer, (size_t)n);
	if (!wrong)
		return;
	found_block_list_deinit(self->list);
	found_blocks_store_set_aside(self, wrong);
}

/* The block is submitted, or for long. NULL, or what is wrong. */
static const char *found_blocks_store_restore(struct found_blocks_store *self, int slot,
					      const struct found_block *read, const char *hex,
					      size_t digits)
{
	CLEANUP(block_unrefp)
	struct block *block = block_from_hex(hex, digits, read->height, read->value);
	struct found_block *record = found_block_list_find(self->list, &read->hash);

	if (!block)
		return "its digits are not a block, or there is no memory for it";
	if (memcmp(&block->hash, &read->hash, sizeof(block->hash)) != 0)
		return "its digits are another block";
	if (!record && self->list->n == FOUND_BLOCK_LIST_MAX)
		found_block_list_remove(self->list, found_block_list_oldest(self->list));
	if (!record)
		record = found_block_list_add(self->list, read);
	if (!record)
		return "out of memory";
	record->state = FOUND_BLOCK_SUBMITTING;
	record->watched = false;
	record->block = TAKE(block);
	record->slot = slot;
	found_blocks_log_restored(record);
	return NULL;
}

static const char *found_blocks_store_take(struct found_blocks_store *self, int slot,
					   const char *text, size_t size)
{
	struct found_block read, *record;
	size_t digits = 0;
	const char *hex, *wrong;

	wrong = found_blocks_file_parse_block(&read, &hex, &digits, text, size);
	if (wrong)
		return wrong;
	record = found_block_list_find(self->list, &read.hash);
	if (record && record->slot >= 0) {
		self->slots[slot] = FOUND_BLOCKS_SPARE;
		return NULL;
	}
	if (!record || record->state == FOUND_BLOCK_SUBMITTING)
		return found_blocks_store_restore(self, slot, &read, hex, digits);
	record->slot = slot;
	return NULL;
}

static void found_blocks_store_load_slot(struct found_blocks_store *self, int slot, char *buffer,
					 size_t max)
{
	const char *wrong;
	int n;

	found_blocks_store_name(self, slot);
	n = store_read(&self->store, buffer, max);
	if (n == -ENOENT)
		return;
	self->slots[slot] = FOUND_BLOCKS_USED;
	wrong = n < 0 ? strerror(-n) : found_blocks_store_take(self, slot, buffer, (size_t)n);
	if (wrong && found_blocks_store_set_aside(self, wrong))
		self->slots[slot] = FOUND_BLOCKS_FREE;
}

int found_blocks_store_load(struct found_blocks_store *self)
{
	const size_t max = FOUND_BLOCKS_HEAD_MAX + FOUND_BLOCKS_HEX_MAX + 3;
	CLEANUP(cleanup_free) char *buffer = NULL;

	assert(!self->list->n && max > FOUND_BLOCKS_LIST_MAX);
	buffer = malloc(max);
	if (!buffer)
		return -ENOMEM;
	found_blocks_store_load_list(self, buffer);
	for (int i = 0; i < FOUND_BLOCKS_SLOTS; i++)
		found_blocks_store_load_slot(self, i, buffer, max);
	return 0;
}

void found_blocks_store_deinit(struct found_blocks_store *self)
{
	store_deinit(&self->store);
	block_unref(TAKE(self->block));
	json_writer_deinit(&self->text);
}

bool found_blocks_store_is_open(const struct found_blocks_store *self)
{
	return store_is_open(&self->store);
}

const char *found_blocks_store_refusal(const struct found_blocks_store *self,
				       const struct block *block)
{
	if (!store_is_open(&self->store))
		return "there is no state directory";
	return block->hex_size > FOUND_BLOCKS_HEX_MAX ? "it is larger than a block may be" : NULL;
}

void found_blocks_store_changed(struct found_blocks_store *self)
{
	self->changed = true;
}

void found_blocks_store_forget(struct found_blocks_store *self, struct found_block *record)
{
	if (record->slot >= 0)
		self->slots[record->slot] = FOUND_BLOCKS_SPARE;
	record->slot = -1;
}

/* Settled blocks need no file. */
static void found_blocks_store_forget_settled(struct found_blocks_store *self)
{
	for (size_t i = 0; i < self->list->n; i++) {
		struct found_block *record = self->list->list[i];

		if (record->state != FOUND_BLOCK_SUBMITTING && !record->watched)
			found_blocks_store_forget(self, record);
	}
}

void found_blocks_store_update(struct found_blocks_store *self)
{
	if (!store_is_open(&self->store) || store_busy(&self->store))
		return;
	found_blocks_store_forget_settled(self);
	found_blocks_store_save_next(self);
	found_blocks_store_write_list(self);
	found_blocks_store_remove_next(self);
}

void found_blocks_store_stop(struct found_blocks_store *self)
{
	self->stopping = true;
	self->list_ns = 0;
	found_blocks_store_update(self);
}

bool found_blocks_store_busy(const struct found_blocks_store *self)
{
	return store_busy(&self->store);
}
