/* SPDX-License-Identifier: MIT */
/*
 * state/found_blocks_file: any bytes are a list of blocks, or the file of one, that can be written
 * and are read back the same, or are refused with a reason.
 */
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "common/cleanup.h"
#include "fuzz.h"
#include "state/found_blocks_file.h"

static bool same(const struct found_block *a, const struct found_block *b)
{
	return memcmp(&a->hash, &b->hash, sizeof(a->hash)) == 0 &&
	       memcmp(&a->parent, &b->parent, sizeof(a->parent)) == 0 && a->height == b->height &&
	       a->time == b->time && a->value == b->value && a->state == b->state &&
	       a->watched == b->watched && a->confirmations == b->confirmations &&
	       strcmp(a->pool, b->pool) == 0 && strcmp(a->chain, b->chain) == 0 &&
	       strcmp(a->answer, b->answer) == 0;
}

/* What a daemon writes, the next one reads. */
static void check_list_again(const struct found_block_list *list)
{
	CLEANUP(json_writer_deinit) struct json_writer writer = JSON_WRITER_NULL;
	struct found_block_list again = {};
	CLEANUP(cleanup_free) char *text = NULL;
	const char *written;
	size_t size;

	found_blocks_file_list(&writer, list);
	written = json_writer_text(&writer, &size);
	assert(written && size < FOUND_BLOCKS_LIST_MAX);
	text = strdup(written);
	assert(text);
	text[size] = '\n';
	assert(!found_blocks_file_parse(&again, text, size + 1));
	assert(again.n == list->n);
	for (size_t i = 0; i < list->n; i++)
		assert(same(list->list[i], again.list[i]));
	found_block_list_deinit(&again);
}

static void check_list(const char *text, size_t size)
{
	struct found_block_list list = {};
	const char *wrong = found_blocks_file_parse(&list, text, size);

	if (wrong)
		assert(*wrong);
	else
		check_list_again(&list);
	found_block_list_deinit(&list);
}

static void check_block(const char *text, size_t size)
{
	struct found_block record;
	const char *hex, *wrong;
	size_t digits;

	wrong = found_blocks_file_parse_block(&record, &hex, &digits, text, size);
	if (wrong)
		assert(*wrong);
	else
		assert(hex > text && hex + digits + 1 == text + size && !record.block);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	/* In memory that ends with the last byte: the text has no NUL. */
	CLEANUP(cleanup_free) char *text = malloc(size ? size : 1);

	assert(text);
	if (size)
		memcpy(text, data, size);
	check_list(text, size);
	check_block(text, size);
	return 0;
}
