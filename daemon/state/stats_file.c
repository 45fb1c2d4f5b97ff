/* SPDX-License-Identifier: MIT */
#include "state/stats_file.h"

#include <json-c/json.h>
#include <math.h>
#include <string.h>

#include "common/assert.h"
#include "common/cleanup.h"
#include "common/hex.h"
#include "common/json_writer.h"

enum { STATS_FILE_VERSION = 1, STATS_FILE_DEPTH_MAX = 4 };

/* Largest relative error of the difficulty, which the file has in decimals. */
static const double stats_file_precision = 1e-9;

static void stats_file_putp(struct json_object **object)
{
	json_object_put(*object);
}

static void stats_file_tokener_freep(struct json_tokener **tokener)
{
	if (*tokener)
		json_tokener_free(*tokener);
}

static void stats_file_write_best(struct json_writer *object, const struct stats_file *stats)
{
	char hash[TARGET_TEXT_MAX];

	if (!stats->has_best) {
		json_writer_null(object, "best");
		return;
	}
	json_writer_open(object, "best");
	json_writer_number(object, "difficulty", target_difficulty(&stats->best));
	json_writer_string(object, "hash", target_text(hash, &stats->best));
	json_writer_count(object, "time", stats->best_s);
	json_writer_string(object, "pool", stats->best_pool[0] ? stats->best_pool : NULL);
	json_writer_close(object);
}

size_t stats_file_text(char ret[STATS_FILE_SIZE_MAX], const struct stats_file *stats)
{
	CLEANUP(json_writer_deinit) struct json_writer object = JSON_WRITER_NULL;
	const char *text;
	size_t n;

	json_writer_open(&object, NULL);
	json_writer_count(&object, "version", STATS_FILE_VERSION);
	json_writer_count(&object, "since", stats->since_s);
	json_writer_count(&object, "accepted", stats->accepted);
	json_writer_count(&object, "blocks_found", stats->blocks_found);
	json_writer_count(&object, "blocks_accepted", stats->blocks_accepted);
	stats_file_write_best(&object, stats);
	json_writer_close(&object);
	text = json_writer_text(&object, &n);
	if (!text)
		return 0;
	/* Only the name of the pool is long, and an escape has at most 6 characters. */
	assert(n < STATS_FILE_SIZE_MAX);
	memcpy(ret, text, n);
	ret[n] = '\n';
	return n + 1;
}

static bool stats_file_count(uint64_t *ret, struct json_object *object, const char *name)
{
	struct json_object *member;

	if (!json_object_object_get_ex(object, name, &member) ||
	    !json_object_is_type(member, json_type_int) || json_object_get_int64(member) < 0)
		return false;
	*ret = json_object_get_uint64(member);
	return true;
}

/* 64 digits, the most significant first, to a number above 0. */
static bool stats_file_hash(struct target *ret, struct json_object *text)
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

/* The difficulty is redundant: people read it, and it reveals a damaged hash. */
static const char *stats_file_parse_best(struct stats_file *stats, struct json_object *best)
{
	struct json_object *difficulty, *hash = NULL, *pool = NULL;
	double wanted;

	json_object_object_get_ex(best, "hash", &hash);
	if (!stats_file_hash(&stats->best, hash) ||
	    !stats_file_count(&stats->best_s, best, "time") ||
	    !json_object_object_get_ex(best, "difficulty", &difficulty) ||
	    !json_object_object_get_ex(best, "pool", &pool))
		return "its best share is incomplete";
	wanted = target_difficulty(&stats->best);
	if (!(fabs(json_object_get_double(difficulty) - wanted) <= stats_file_precision * wanted))
		return "the difficulty of its best share does not match the hash";
	if (pool && (!json_object_is_type(pool, json_type_string) ||
		     json_object_get_string_len(pool) >= STATS_FILE_POOL_MAX))
		return "the pool of its best share is not a name";
	if (pool)
		strcpy(stats->best_pool, json_object_get_string(pool));
	stats->has_best = true;
	return NULL;
}

static const char *stats_file_parse_object(struct stats_file *ret, struct json_object *object)
{
	struct stats_file stats = {};
	struct json_object *best, *accepted;
	const char *wrong = NULL;
	uint64_t version;

	if (!stats_file_count(&version, object, "version"))
		return "it has no version";
	if (version != STATS_FILE_VERSION)
		return "another version of minerd wrote it";
	if (!stats_file_count(&stats.since_s, object, "since") ||
	    !stats_file_count(&stats.accepted, object, "accepted") ||
	    !stats_file_count(&stats.blocks_found, object, "blocks_found") ||
	    !json_object_object_get_ex(object, "best", &best))
		return "a member is missing";
	/* minerd before blocks_accepted counted accepted blocks alone. */
	stats.blocks_accepted = stats.blocks_found;
	if (json_object_object_get_ex(object, "blocks_accepted", &accepted) &&
	    !stats_file_count(&stats.blocks_accepted, object, "blocks_accepted"))
		return "blocks_accepted is not a count";
	if (best)
		wrong = stats_file_parse_best(&stats, best);
	if (!wrong)
		*ret = stats;
	return wrong;
}

const char *stats_file_parse(struct stats_file *ret, const char *text, size_t size)
{
	CLEANUP(stats_file_tokener_freep)
	struct json_tokener *tokener = json_tokener_new_ex(STATS_FILE_DEPTH_MAX);
	CLEANUP(stats_file_putp) struct json_object *object = NULL;

	if (!tokener)
		return "out of memory while parsing it";
	if (!size || text[size - 1] != '\n' || memchr(text, '\0', size))
		return size ? "it is not one line of text" : "it is empty";
	json_tokener_set_flags(tokener, JSON_TOKENER_STRICT);
	object = json_tokener_parse_ex(tokener, text, (int)(size - 1));
	if (!json_object_is_type(object, json_type_object) ||
	    json_tokener_get_parse_end(tokener) != size - 1)
		return "it is not a JSON object";
	return stats_file_parse_object(ret, object);
}
