/* SPDX-License-Identifier: MIT */
#include "record.h"

#include <json-c/json.h>
#include <math.h>
#include <string.h>

#include "common/cleanup.h"
#include "common/hex.h"
#include "common/json_writer.h"

enum { RECORD_VERSION = 1, RECORD_DEPTH_MAX = 4 };

/* How far the difficulty may be from that of the hash: it is written in decimals. */
static const double record_precision = 1e-9;

static void record_putp(struct json_object **object)
{
	json_object_put(*object);
}

static void record_tokener_freep(struct json_tokener **tokener)
{
	if (*tokener)
		json_tokener_free(*tokener);
}

static void record_write_best(struct json_writer *object, const struct record *record)
{
	char hash[TARGET_TEXT_MAX];

	if (!record->has_best) {
		json_writer_null(object, "best");
		return;
	}
	json_writer_open(object, "best");
	json_writer_number(object, "difficulty", target_difficulty(&record->best));
	json_writer_string(object, "hash", target_text(hash, &record->best));
	json_writer_count(object, "time", record->best_s);
	json_writer_string(object, "pool", record->best_pool[0] ? record->best_pool : NULL);
	json_writer_close(object);
}

size_t record_text(char ret[STORE_SIZE_MAX], const struct record *record)
{
	CLEANUP(json_writer_deinit) struct json_writer object = JSON_WRITER_NULL;
	const char *text;
	size_t n;

	json_writer_open(&object, NULL);
	json_writer_count(&object, "version", RECORD_VERSION);
	json_writer_count(&object, "since", record->since_s);
	json_writer_count(&object, "accepted", record->accepted);
	json_writer_count(&object, "blocks_found", record->blocks_found);
	json_writer_count(&object, "blocks_accepted", record->blocks_accepted);
	record_write_best(&object, record);
	json_writer_close(&object);
	text = json_writer_text(&object, &n);
	if (!text || n >= STORE_SIZE_MAX)
		return 0;
	memcpy(ret, text, n);
	ret[n] = '\n';
	return n + 1;
}

static bool record_count(uint64_t *ret, struct json_object *object, const char *name)
{
	struct json_object *member;

	if (!json_object_object_get_ex(object, name, &member) ||
	    !json_object_is_type(member, json_type_int) || json_object_get_int64(member) < 0)
		return false;
	*ret = json_object_get_uint64(member);
	return true;
}

/* 64 digits, the most significant first, to a number above 0. */
static bool record_hash(struct target *ret, struct json_object *text)
{
	uint8_t digits[32], hash[32];

	if (!json_object_is_type(text, json_type_string) ||
	    json_object_get_string_len(text) != 2 * sizeof(digits) ||
	    !hex_decode(digits, sizeof(digits), json_object_get_string(text)))
		return false;
	for (size_t i = 0; i < sizeof(hash); i++)
		hash[i] = digits[sizeof(digits) - 1 - i];
	target_from_hash(ret, hash);
	return isfinite(target_difficulty(ret));
}

/* The difficulty is there for people, and to show that neither it nor the hash has suffered. */
static const char *record_parse_best(struct record *record, struct json_object *best)
{
	struct json_object *difficulty, *hash = NULL, *pool = NULL;
	double wanted;

	json_object_object_get_ex(best, "hash", &hash);
	if (!record_hash(&record->best, hash) || !record_count(&record->best_s, best, "time") ||
	    !json_object_object_get_ex(best, "difficulty", &difficulty) ||
	    !json_object_object_get_ex(best, "pool", &pool))
		return "its best share is incomplete";
	wanted = target_difficulty(&record->best);
	if (!(fabs(json_object_get_double(difficulty) - wanted) <= record_precision * wanted))
		return "the difficulty of its best share is not that of the hash";
	if (pool && (!json_object_is_type(pool, json_type_string) ||
		     json_object_get_string_len(pool) >= RECORD_POOL_MAX))
		return "the pool of its best share is no name";
	if (pool)
		strcpy(record->best_pool, json_object_get_string(pool));
	record->has_best = true;
	return NULL;
}

static const char *record_parse_object(struct record *ret, struct json_object *object)
{
	struct record record = {};
	struct json_object *best, *accepted;
	const char *wrong = NULL;
	uint64_t version;

	if (!record_count(&version, object, "version"))
		return "it has no version";
	if (version != RECORD_VERSION)
		return "it is of another version of minerd";
	if (!record_count(&record.since_s, object, "since") ||
	    !record_count(&record.accepted, object, "accepted") ||
	    !record_count(&record.blocks_found, object, "blocks_found") ||
	    !json_object_object_get_ex(object, "best", &best))
		return "something is missing in it";
	/* An earlier minerd counted accepted ones alone. */
	record.blocks_accepted = record.blocks_found;
	if (json_object_object_get_ex(object, "blocks_accepted", &accepted) &&
	    !record_count(&record.blocks_accepted, object, "blocks_accepted"))
		return "blocks_accepted is no count";
	if (best)
		wrong = record_parse_best(&record, best);
	if (!wrong)
		*ret = record;
	return wrong;
}

const char *record_parse(struct record *ret, const char *text, size_t size)
{
	CLEANUP(record_tokener_freep)
	struct json_tokener *tokener = json_tokener_new_ex(RECORD_DEPTH_MAX);
	CLEANUP(record_putp) struct json_object *object = NULL;

	if (!tokener)
		return "no memory to read it";
	if (!size || text[size - 1] != '\n' || memchr(text, '\0', size))
		return size ? "it is not one line of text" : "it is empty";
	json_tokener_set_flags(tokener, JSON_TOKENER_STRICT);
	object = json_tokener_parse_ex(tokener, text, (int)(size - 1));
	if (!json_object_is_type(object, json_type_object) ||
	    json_tokener_get_parse_end(tokener) != size - 1)
		return "it is no JSON object";
	return record_parse_object(ret, object);
}
