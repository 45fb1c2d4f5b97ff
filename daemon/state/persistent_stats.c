/* SPDX-License-Identifier: MIT */
/*
 * Invariant: the file lacks only changes made since written_ns. A write that fails is retried at
 * the next tick that the interval allows; it is logged once until one succeeds.
 */
#include "state/persistent_stats.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/assert.h"
#include "common/cleanup.h"
#include "common/clock.h"
#include "common/container.h"
#include "common/hot.h"
#include "common/log.h"
#include "common/units.h"
#include "systemd/ids.h"

#define PERSISTENT_STATS_FILE "state.json"

struct stats_file persistent_stats_total(const struct persistent_stats *stats)
{
	struct stats_file total = stats->kept;

	total.accepted += stats->run->accepted;
	total.blocks_found += stats->run->blocks.found;
	total.blocks_accepted += stats->run->blocks.accepted;
	return total;
}

static bool persistent_stats_same_hash(const struct target *a, const struct target *b)
{
	return memcmp(a, b, sizeof(*a)) == 0;
}

static bool persistent_stats_new_best(const struct persistent_stats *stats)
{
	return stats->kept.has_best &&
	       !persistent_stats_same_hash(&stats->kept.best, &stats->written.best);
}

static bool persistent_stats_dirty(const struct persistent_stats *stats)
{
	const struct stats_file now = persistent_stats_total(stats);

	return persistent_stats_new_best(stats) || now.accepted != stats->written.accepted ||
	       now.blocks_found != stats->written.blocks_found ||
	       now.blocks_accepted != stats->written.blocks_accepted;
}

static void persistent_stats_write(struct persistent_stats *stats)
{
	struct stats_file now = persistent_stats_total(stats);
	struct store_piece text = {.bytes = stats->text};

	text.size = stats_file_text(stats->text, &now);
	if (!text.size)
		return; /* out of memory: the next tick tries again */
	stats->written = now;
	stats->written_ns = clock_now();
	store_write(&stats->store, &text, 1);
}

static void persistent_stats_write_if_due(struct persistent_stats *stats)
{
	unsigned wait = stats->conf->state_interval;

	if (!stats->path || store_busy(&stats->store) || !persistent_stats_dirty(stats))
		return;
	if (persistent_stats_new_best(stats))
		wait = MIN(wait, (unsigned)PERSISTENT_STATS_BEST_S);
	if (stats->stopping || !stats->written_ns ||
	    clock_now() - stats->written_ns >= wait * CLOCK_S)
		persistent_stats_write(stats);
}

static void persistent_stats_on_done(struct store *store, int result)
{
	struct persistent_stats *stats = container_of(store, struct persistent_stats, store);

	if (result < 0) {
		if (!stats->failed)
			log_event(LOG_LEVEL_WARNING,
				  LOG_FIELDS({"MESSAGE_ID", ID_STATE_UNWRITABLE},
					     {"MINERD_FILE", stats->path},
					     {"MINERD_REASON", strerror(-result)}),
				  "%s: cannot be written: %s; minerd retries periodically",
				  stats->path, strerror(-result));
		stats->failed = true;
		stats->written = (struct stats_file){};
		return; /* the tick retries: at once would be a busy loop */
	}
	if (stats->failed)
		log_info("%s: writing works again", stats->path);
	stats->failed = false;
	persistent_stats_write_if_due(stats);
}

/*
 * The state directory, to be freed by the caller; NULL: there is none, or no memory. *ret_asked:
 * the configuration or the service manager names it, so a missing directory is worth a warning.
 */
static char *persistent_stats_directory(const struct conf *conf, bool *ret_asked)
{
	/* systemd.exec(5), StateDirectory=: a list separated by colons. */
	const char *given = getenv("STATE_DIRECTORY");

	*ret_asked = conf->state_directory || given;
	if (conf->state_directory && !conf->state_directory[0])
		return NULL;
	if (conf->state_directory)
		return strdup(conf->state_directory);
	if (!given)
		return strdup(CONF_DEFAULT_STATE);
	return *given ? strndup(given, strcspn(given, ":")) : NULL;
}

/* -EWOULDBLOCK: another daemon uses the directory. 0 also without a usable directory. */
static int persistent_stats_open(struct persistent_stats *stats, const struct conf *conf)
{
	bool asked;
	CLEANUP(cleanup_free) char *directory = persistent_stats_directory(conf, &asked);
	int r = directory ? store_open(&stats->store, directory) : -ENOENT;

	if (r == 0 && asprintf(&stats->path, "%s/%s", directory, PERSISTENT_STATS_FILE) < 0) {
		stats->path = NULL;
		r = -ENOMEM;
	}
	if (r == 0)
		stats->directory = TAKE(directory);
	if (r == -EWOULDBLOCK)
		log_error("state directory %s: another minerd uses it; stop that one, or give this "
			  "one a directory of its own (state.directory)",
			  directory);
	else if (r < 0 && directory && asked)
		log_warning(
			"state directory %s: %s; neither the best share nor blocks that wait for "
			"a node survive a restart",
			directory, strerror(-r));
	else if (r < 0)
		log_info("no state directory: neither the best share nor blocks that wait for a "
			 "node survive a restart");
	return r == -EWOULDBLOCK ? r : 0;
}

/* A foreign or damaged file must neither stop the daemon nor be lost. */
static void persistent_stats_set_aside(struct persistent_stats *stats, const char *wrong)
{
	int r = store_set_aside(&stats->store);

	log_event(LOG_LEVEL_WARNING,
		  LOG_FIELDS({"MESSAGE_ID", ID_STATE_UNREADABLE}, {"MINERD_FILE", stats->path},
			     {"MINERD_REASON", wrong}),
		  "%s: cannot be used: %s; minerd renames it to %s.bad and starts a new one%s%s",
		  stats->path, wrong, stats->path, r < 0 ? ", which failed: " : "",
		  r < 0 ? strerror(-r) : "");
	if (r < 0)
		free(TAKE(stats->path));
}

static void persistent_stats_load(struct persistent_stats *stats)
{
	char text[STATS_FILE_SIZE_MAX], best[UNITS_MAX];
	int n = store_read(&stats->store, text, sizeof(text));
	const char *wrong;

	if (n == -ENOENT)
		return;
	wrong = n < 0 ? strerror(-n) : stats_file_parse(&stats->kept, text, (size_t)n);
	if (wrong) {
		persistent_stats_set_aside(stats, wrong);
		return;
	}
	stats->written = stats->kept;
	stats->logged = stats->kept.best;
	if (stats->kept.has_best)
		log_info("%s: the best share so far has difficulty %s", stats->path,
			 units_difficulty(best, target_difficulty(&stats->kept.best)));
}

int persistent_stats_init(struct persistent_stats *stats, struct ring *ring,
			  const struct conf *conf, const struct share_stats *run)
{
	int r;

	*stats = (struct persistent_stats){
		.conf = conf, .run = run, .kept.since_s = clock_wall() / CLOCK_S};
	store_init(&stats->store, ring, PERSISTENT_STATS_FILE, persistent_stats_on_done);
	r = persistent_stats_open(stats, conf);
	if (r == 0 && stats->path)
		persistent_stats_load(stats);
	return r;
}

void persistent_stats_deinit(struct persistent_stats *stats)
{
	store_deinit(&stats->store);
	free(TAKE(stats->path));
	free(TAKE(stats->directory));
}

static void persistent_stats_log_best(const struct persistent_stats *stats)
{
	const struct stats_file *kept = &stats->kept;
	double difficulty = target_difficulty(&kept->best);
	const char *pool = kept->best_pool[0] ? kept->best_pool : "(removed)";
	char hash[TARGET_TEXT_MAX], text[UNITS_MAX], old[UNITS_MAX];

	log_event(LOG_LEVEL_INFO,
		  LOG_FIELDS({"MESSAGE_ID", ID_BEST_SHARE}, {"MINERD_POOL", pool},
			     {"MINERD_HASH", target_text(hash, &kept->best)},
			     {"MINERD_DIFFICULTY", units_difficulty(text, difficulty)}),
		  "best share ever: difficulty %s, found for pool %s; the previous best had %s",
		  text, pool, units_difficulty(old, target_difficulty(&stats->logged)));
}

/* Most of the first shares are new bests: one line covers all of PERSISTENT_STATS_LOG_S. */
static void persistent_stats_log_new_best(struct persistent_stats *stats)
{
	uint64_t now = clock_now();

	if (!stats->kept.has_best ||
	    persistent_stats_same_hash(&stats->kept.best, &stats->logged) ||
	    (!stats->stopping && now - stats->logged_ns < PERSISTENT_STATS_LOG_S * CLOCK_S))
		return;
	persistent_stats_log_best(stats);
	stats->logged = stats->kept.best;
	stats->logged_ns = now;
}

HOT_SHARE void persistent_stats_found(struct persistent_stats *stats, const struct share *share,
				      const char *pool)
{
	struct stats_file *kept = &stats->kept;
	bool first = !kept->has_best;

	if (!first && (!target_met(&kept->best, &share->hash) ||
		       persistent_stats_same_hash(&kept->best, &share->hash)))
		return;
	/* A hash of zero has no difficulty. */
	if (!isfinite(target_difficulty(&share->hash)))
		return;
	kept->has_best = true;
	kept->best = share->hash;
	kept->best_s = clock_wall() / CLOCK_S;
	snprintf(kept->best_pool, sizeof(kept->best_pool), "%s", pool ? pool : "");
	/* The first share ever is the best one by definition: it is not logged. */
	if (first) {
		stats->logged = kept->best;
		stats->logged_ns = clock_now();
	}
	persistent_stats_log_new_best(stats);
}

void persistent_stats_tick(struct persistent_stats *stats)
{
	persistent_stats_log_new_best(stats);
	persistent_stats_write_if_due(stats);
}

void persistent_stats_stop(struct persistent_stats *stats)
{
	stats->stopping = true;
	persistent_stats_log_new_best(stats);
	persistent_stats_write_if_due(stats);
}

bool persistent_stats_busy(const struct persistent_stats *stats)
{
	return store_busy(&stats->store);
}

bool persistent_stats_finish(struct persistent_stats *stats)
{
	assert(stats->stopping);
	/* One write that fails is enough: the process ends. */
	if (!stats->failed)
		persistent_stats_write_if_due(stats);
	return !persistent_stats_busy(stats);
}
