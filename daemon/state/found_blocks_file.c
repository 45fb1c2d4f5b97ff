/* SPDX-License-Identifier: MIT */
#include "state/found_blocks_file.h"

#include <json-c/json.h>
#include <string.h>

#include "common/assert.h"
#include "common/cleanup.h"
#include "common/hex.h"

enum { FOUND_BLOCKS_FILE_VERSION = 1, FOUND_BLOCKS_FILE_DEPTH_MAX = 5 };

static const char *const found_block_states[FOUND_BLOCK_STATES] = {
	[FOUND_BLOCK_SUBMITTING] = "submitting", [FOUND_BLOCK_ACCEPTED] = "accepted",
	[FOUND_BLOCK_CONFIRMED] = "confirmed",	 [FOUND_BLOCK_ORPHANED] = "orphaned",
	[FOUND_BLOCK_REJECTED] = "rejected",	 [FOUND_BLOCK_STALE] = "stale",
};

const char *found_block_state_name(enum found_block_state state)
{
	return found_block_states[state];
}

static void found_blocks_file_putp(struct json_object **object)
{
	json_object_put(*object);
}

static void found_blocks_file_tokener_freep(struct json_tokener **tokener)
{
	if (*tokener)
		json_tokener_free(*tokener);
}

static void found_blocks_file_record(struct json_writer *text, const char *name,
				     const struct found_block *record)
{
	char hash[TARGET_TEXT_MAX];

	json_writer_open(text, name);
	json_writer_count(text, "height", record->height);
	json_writer_string(text, "hash", target_text(hash, &record->hash));
	json_writer_string(text, "parent", target_text(hash, &record->parent));
	json_writer_count(text, "time", record->time);
	json_writer_count(text, "value", record->value);
	json_writer_string(text, "pool", record->pool);
	json_writer_string(text, "chain", record->chain);
	json_writer_string(text, "state", found_block_state_name(record->state));
	json_writer_boolean(text, "watched", record->watched);
	json_writer_count(text, "confirmations", record->confirmations);
	json_writer_string(text, "answer", record->answer);
	json_writer_close(text);
}

void found_blocks_file_list(struct json_writer *text, const struct found_block_list *list)
{
	json_writer_open(text, NULL);
	json_writer_count(text, "version", FOUND_BLOCKS_FILE_VERSION);
	json_writer_open_list(text, "blocks");
	for (size_t i = 0; i < list->n; i++)
		found_blocks_file_record(text, NULL, list->list[i]);
	json_writer_close_list(text);
	json_writer_close(text);
}

void found_blocks_file_head(struct json_writer *text, const struct found_block *record,
			    size_t digits)
{
	json_writer_open(text, NULL);
	json_writer_count(text, "version", FOUND_BLOCKS_FILE_VERSION);
	json_writer_count(text, "digits", digits);
	found_blocks_file_record(text, "block", record);
	json_writer_close(text);
}

void found_blocks_file_reply(struct json_writer *text, const struct found_block_list *list)
{
	json_writer_open(text, NULL);
	json_writer_open_list(text, "blocks");
	for (size_t i = list->n; i-- > 0;)
		found_blocks_file_record(text, NULL, list->list[i]);
	json_writer_close_list(text);
	json_writer_close(text);
}

static bool found_blocks_file_count(uint64_t *ret, struct json_object *object, const char *name,
				    uint64_t max)
{
	struct json_object *member;

	if (!json_object_object_get_ex(object, name, &member) ||
	    !json_object_is_type(member, json_type_int) || json_object_get_int64(member) < 0)
		return false;
	*ret = json_object_get_uint64(member);
	return *ret <= max;
}

static bool found_blocks_file_u32(uint32_t *ret, struct json_object *object, const char *name)
{
	uint64_t value;
	bool good = found_blocks_file_count(&value, object, name, UINT32_MAX);

	*ret = good ? (uint32_t)value : 0;
	return good;
}

static bool found_blocks_file_string(char *ret, size_t max, struct json_object *object,
				     const char *name)
{
	struct json_object *member;
	size_t n;

	if (!json_object_object_get_ex(object, name, &member) ||
	    !json_object_is_type(member, json_type_string))
		return false;
	n = (size_t)json_object_get_string_len(member);
	if (n >= max || memchr(json_object_get_string(member), '\0', n))
		return false;
	memcpy(ret, json_object_get_string(member), n + 1);
	return true;
}

/* 64 digits, the most significant first. */
static bool found_blocks_file_hash(struct target *ret, struct json_object *object, const char *name)
{
	char text[TARGET_TEXT_MAX];
	uint8_t digits[32], hash[32];

	if (!found_blocks_file_string(text, sizeof(text), object, name) ||
	    strlen(text) != TARGET_TEXT_MAX - 1 || !hex_decode(digits, sizeof(digits), text))
		return false;
	for (size_t i = 0; i < sizeof(hash); i++)
		hash[i] = digits[sizeof(digits) - 1 - i];
	target_from_hash(ret, hash);
	return true;
}

static bool found_blocks_file_state(enum found_block_state *ret, struct json_object *object)
{
	char name[16];

	if (!found_blocks_file_string(name, sizeof(name), object, "state"))
		return false;
	for (unsigned i = 0; i < FOUND_BLOCK_STATES; i++)
		if (strcmp(name, found_block_states[i]) == 0) {
			*ret = i;
			return true;
		}
	return false;
}

/* NULL, or the member that is missing or wrong. */
static const char *found_blocks_file_parse_record(struct found_block *ret,
						  struct json_object *object)
{
	struct json_object *watched;

	*ret = (struct found_block){.slot = -1};
	if (!json_object_is_type(object, json_type_object))
		return "a block in it is not an object";
	if (!found_blocks_file_u32(&ret->height, object, "height") ||
	    !found_blocks_file_hash(&ret->hash, object, "hash") ||
	    !found_blocks_file_hash(&ret->parent, object, "parent"))
		return "height, hash or parent of a block is missing or wrong";
	if (!found_blocks_file_u32(&ret->time, object, "time") ||
	    !found_blocks_file_count(&ret->value, object, "value", INT64_MAX) ||
	    !found_blocks_file_u32(&ret->confirmations, object, "confirmations"))
		return "time, value or confirmations of a block are missing or wrong";
	if (!found_blocks_file_string(ret->pool, sizeof(ret->pool), object, "pool") ||
	    !found_blocks_file_string(ret->chain, sizeof(ret->chain), object, "chain") ||
	    !found_blocks_file_string(ret->answer, sizeof(ret->answer), object, "answer"))
		return "pool, chain or answer of a block is missing or wrong";
	if (!found_blocks_file_state(&ret->state, object) ||
	    !json_object_object_get_ex(object, "watched", &watched) ||
	    !json_object_is_type(watched, json_type_boolean))
		return "the state of a block is missing or wrong";
	ret->watched = json_object_get_boolean(watched);
	if (ret->watched && ret->state != FOUND_BLOCK_ACCEPTED &&
	    ret->state != FOUND_BLOCK_ORPHANED)
		return "the state of a block is missing or wrong";
	return NULL;
}

/* The object that a line without its end is, to be put by the caller; or what is wrong. */
static const char *found_blocks_file_object(struct json_object **ret, const char *line, size_t size)
{
	CLEANUP(found_blocks_file_tokener_freep)
	struct json_tokener *tokener = json_tokener_new_ex(FOUND_BLOCKS_FILE_DEPTH_MAX);
	uint64_t version;

	*ret = NULL;
	if (!tokener)
		return "out of memory while parsing it";
	json_tokener_set_flags(tokener, JSON_TOKENER_STRICT);
	*ret = json_tokener_parse_ex(tokener, line, (int)size);
	if (!json_object_is_type(*ret, json_type_object) ||
	    json_tokener_get_parse_end(tokener) != size)
		return "it is not a JSON object";
	if (!found_blocks_file_count(&version, *ret, "version", UINT64_MAX))
		return "it has no version";
	return version == FOUND_BLOCKS_FILE_VERSION ? NULL : "another version of minerd wrote it";
}

static const char *found_blocks_file_parse_list(struct found_block_list *ret,
						struct json_object *object)
{
	struct json_object *blocks;
	struct found_block record;

	if (!json_object_object_get_ex(object, "blocks", &blocks) ||
	    !json_object_is_type(blocks, json_type_array))
		return "it has no list of blocks";
	if (json_object_array_length(blocks) > FOUND_BLOCK_LIST_MAX)
		return "it has more blocks than minerd keeps";
	for (size_t i = 0; i < json_object_array_length(blocks); i++) {
		const char *wrong = found_blocks_file_parse_record(
			&record, json_object_array_get_idx(blocks, i));

		if (wrong)
			return wrong;
		if (found_block_list_find(ret, &record.hash))
			return "it has a block twice";
		if (!found_block_list_add(ret, &record))
			return "out of memory while parsing it";
	}
	return NULL;
}

const char *found_blocks_file_parse(struct found_block_list *ret, const char *text, size_t size)
{
	CLEANUP(found_blocks_file_putp) struct json_object *object = NULL;
	const char *wrong;

	assert(!ret->n);
	if (!size || text[size - 1] != '\n' || memchr(text, '\0', size))
		return size ? "it is not one line of text" : "it is empty";
	wrong = found_blocks_file_object(&object, text, size - 1);
	return wrong ? wrong : found_blocks_file_parse_list(ret, object);
}

const char *found_blocks_file_parse_block(struct found_block *ret, const char **ret_hex,
					  size_t *ret_digits, const char *text, size_t size)
{
	CLEANUP(found_blocks_file_putp) struct json_object *object = NULL;
	const char *end = memchr(text, '\n', size), *wrong;
	struct json_object *block;
	uint64_t digits;
	size_t head;

	if (!end)
		return size ? "its first line has no end" : "it is empty";
	head = (size_t)(end - text);
	if (head > FOUND_BLOCKS_HEAD_MAX || memchr(text, '\0', head))
		return "its first line is not text, or too long";
	wrong = found_blocks_file_object(&object, text, head);
	if (wrong)
		return wrong;
	if (!found_blocks_file_count(&digits, object, "digits", FOUND_BLOCKS_HEX_MAX) ||
	    !json_object_object_get_ex(object, "block", &block))
		return "a member is missing";
	if (size - head - 1 != digits + 1 || text[size - 1] != '\n')
		return "it does not have as many digits as it says";
	*ret_hex = end + 1;
	*ret_digits = digits;
	return found_blocks_file_parse_record(ret, block);
}
