/* SPDX-License-Identifier: MIT */
#include "state/found_blocks_log.h"

#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>

#include "common/log.h"
#include "systemd/ids.h"

/* The texts that most messages have. */
struct found_blocks_words {
	char hash[TARGET_TEXT_MAX];
	char height[16];
};

static struct found_blocks_words found_blocks_words(const struct found_block *record)
{
	struct found_blocks_words words;

	target_text(words.hash, &record->hash);
	snprintf(words.height, sizeof(words.height), "%" PRIu32, record->height);
	return words;
}

void found_blocks_log_unsaved(const struct found_block *record, const char *reason)
{
	const struct found_blocks_words words = found_blocks_words(record);

	log_event(LOG_LEVEL_WARNING,
		  LOG_FIELDS({"MESSAGE_ID", ID_SOLO_BLOCK_UNSAVED}, {"MINERD_POOL", record->pool},
			     {"MINERD_HASH", words.hash}, {"MINERD_HEIGHT", words.height},
			     {"MINERD_REASON", reason}),
		  "block %s, height %s: not saved on the disk: %s; minerd submits it nevertheless",
		  words.hash, words.height, reason);
}

void found_blocks_log_restored(const struct found_block *record)
{
	const struct found_blocks_words words = found_blocks_words(record);

	log_event(LOG_LEVEL_NOTICE,
		  LOG_FIELDS({"MESSAGE_ID", ID_SOLO_BLOCK_RESTORED}, {"MINERD_POOL", record->pool},
			     {"MINERD_HASH", words.hash}, {"MINERD_HEIGHT", words.height}),
		  "block %s, height %s: found before minerd was restarted, and no node answered; "
		  "minerd submits it once a node is ready",
		  words.hash, words.height);
}

void found_blocks_log_given_up(const struct found_block *record)
{
	const struct found_blocks_words words = found_blocks_words(record);

	log_event(LOG_LEVEL_ERROR,
		  LOG_FIELDS({"MESSAGE_ID", ID_SOLO_BLOCK_GIVEN_UP}, {"MINERD_POOL", record->pool},
			     {"MINERD_HASH", words.hash}, {"MINERD_HEIGHT", words.height}),
		  "block %s, height %s: minerd no longer submits it: no node answered, and newer "
		  "blocks wait",
		  words.hash, words.height);
}

static void found_blocks_log_accepted(const struct found_block *record, const char *pool)
{
	const struct found_blocks_words words = found_blocks_words(record);

	log_event(LOG_LEVEL_NOTICE,
		  LOG_FIELDS({"MESSAGE_ID", ID_SOLO_BLOCK_ACCEPTED}, {"MINERD_POOL", pool},
			     {"MINERD_HASH", words.hash}, {"MINERD_HEIGHT", words.height},
			     {"MINERD_REASON", record->answer}),
		  "pool %s: block %s, height %s: the node has it: %s", pool, words.hash,
		  words.height, record->answer);
}

static void found_blocks_log_inconclusive(const struct found_block *record, const char *pool)
{
	const struct found_blocks_words words = found_blocks_words(record);

	log_event(LOG_LEVEL_WARNING,
		  LOG_FIELDS({"MESSAGE_ID", ID_SOLO_BLOCK_INCONCLUSIVE}, {"MINERD_POOL", pool},
			     {"MINERD_HASH", words.hash}, {"MINERD_HEIGHT", words.height},
			     {"MINERD_REASON", record->answer}),
		  "pool %s: block %s, height %s: valid, but not in the best chain: %s", pool,
		  words.hash, words.height, record->answer);
}

static void found_blocks_log_stale(const struct found_block *record, const char *pool)
{
	const struct found_blocks_words words = found_blocks_words(record);

	log_event(LOG_LEVEL_WARNING,
		  LOG_FIELDS({"MESSAGE_ID", ID_SOLO_BLOCK_STALE}, {"MINERD_POOL", pool},
			     {"MINERD_HASH", words.hash}, {"MINERD_HEIGHT", words.height},
			     {"MINERD_REASON", record->answer}),
		  "pool %s: block %s, height %s: too late: %s", pool, words.hash, words.height,
		  record->answer);
}

static void found_blocks_log_invalid(const struct found_block *record, const char *pool)
{
	const struct found_blocks_words words = found_blocks_words(record);

	log_event(LOG_LEVEL_ERROR,
		  LOG_FIELDS({"MESSAGE_ID", ID_SOLO_BLOCK_INVALID}, {"MINERD_POOL", pool},
			     {"MINERD_HASH", words.hash}, {"MINERD_HEIGHT", words.height},
			     {"MINERD_REASON", record->answer}),
		  "pool %s: block %s, height %s: rejected as invalid: %s", pool, words.hash,
		  words.height, record->answer);
}

static void found_blocks_log_unanswered(const struct found_block *record, const char *pool)
{
	const struct found_blocks_words words = found_blocks_words(record);

	log_event(LOG_LEVEL_WARNING,
		  LOG_FIELDS({"MESSAGE_ID", ID_SOLO_BLOCK_UNANSWERED}, {"MINERD_POOL", pool},
			     {"MINERD_HASH", words.hash}, {"MINERD_HEIGHT", words.height},
			     {"MINERD_REASON", record->answer}),
		  "pool %s: block %s, height %s: not answered, minerd submits it again: %s", pool,
		  words.hash, words.height, record->answer);
}

void found_blocks_log_answer(const struct found_block *record, const char *pool,
			     enum block_verdict verdict)
{
	switch (verdict) {
	case BLOCK_ACCEPTED:
		found_blocks_log_accepted(record, pool);
		return;
	case BLOCK_INCONCLUSIVE:
		found_blocks_log_inconclusive(record, pool);
		return;
	case BLOCK_STALE:
		found_blocks_log_stale(record, pool);
		return;
	case BLOCK_INVALID:
		found_blocks_log_invalid(record, pool);
		return;
	case BLOCK_UNANSWERED:
		found_blocks_log_unanswered(record, pool);
	}
}

void found_blocks_log_confirmed(const struct found_block *record)
{
	const struct found_blocks_words words = found_blocks_words(record);

	log_event(LOG_LEVEL_NOTICE,
		  LOG_FIELDS({"MESSAGE_ID", ID_SOLO_BLOCK_CONFIRMED}, {"MINERD_POOL", record->pool},
			     {"MINERD_HASH", words.hash}, {"MINERD_HEIGHT", words.height}),
		  "block %s, height %s: confirmed by %" PRIu32 " blocks", words.hash, words.height,
		  record->confirmations);
}

void found_blocks_log_orphaned(const struct found_block *record, uint32_t tip)
{
	const struct found_blocks_words words = found_blocks_words(record);

	log_event(LOG_LEVEL_WARNING,
		  LOG_FIELDS({"MESSAGE_ID", ID_SOLO_BLOCK_ORPHANED}, {"MINERD_POOL", record->pool},
			     {"MINERD_HASH", words.hash}, {"MINERD_HEIGHT", words.height}),
		  "block %s, height %s: orphaned: the best chain, at height %" PRIu32
		  ", has another block in its place",
		  words.hash, words.height, tip);
}

void found_blocks_log_back(const struct found_block *record)
{
	const struct found_blocks_words words = found_blocks_words(record);

	log_event(LOG_LEVEL_NOTICE,
		  LOG_FIELDS({"MESSAGE_ID", ID_SOLO_BLOCK_BACK}, {"MINERD_POOL", record->pool},
			     {"MINERD_HASH", words.hash}, {"MINERD_HEIGHT", words.height}),
		  "block %s, height %s: in the best chain after all", words.hash, words.height);
}

void found_blocks_log_bad_file(const char *directory, const char *name, const char *wrong, int r)
{
	char path[PATH_MAX];

	snprintf(path, sizeof(path), "%s/%s", directory, name);
	log_event(LOG_LEVEL_WARNING,
		  LOG_FIELDS({"MESSAGE_ID", ID_STATE_UNREADABLE}, {"MINERD_FILE", path},
			     {"MINERD_REASON", wrong}),
		  "%s: cannot be used: %s; minerd renames it to %s.bad%s%s", path, wrong, path,
		  r < 0 ? ", which failed: " : "", r < 0 ? strerror(-r) : "");
}

void found_blocks_log_unwritable(const char *directory, const char *name, int error)
{
	char path[PATH_MAX];

	snprintf(path, sizeof(path), "%s/%s", directory, name);
	log_event(LOG_LEVEL_WARNING,
		  LOG_FIELDS({"MESSAGE_ID", ID_STATE_UNWRITABLE}, {"MINERD_FILE", path},
			     {"MINERD_REASON", strerror(-error)}),
		  "%s: cannot be written: %s; minerd retries periodically", path, strerror(-error));
}
