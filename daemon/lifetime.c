/* SPDX-License-Identifier: MIT */
/*
 * Invariant: the file is behind by no more than what changed since written_ns; a write that fails
 * is tried again at the next change or interval, and told once until one succeeds.
 */
#include "lifetime.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/cleanup.h"
#include "common/clock.h"
#include "common/container.h"
#include "common/log.h"
#include "common/units.h"
#include "systemd/ids.h"

#define LIFETIME_FILE "state.json"

struct record lifetime_record(const struct lifetime *lifetime)
{
	struct record record = lifetime->record;

	record.accepted += lifetime->ledger->accepted;
	record.blocks_found += lifetime->ledger->blocks.found;
	record.blocks_accepted += lifetime->ledger->blocks.accepted;
	return record;
}

static bool lifetime_same_hash(const struct target *a, const struct target *b)
{
	return memcmp(a, b, sizeof(*a)) == 0;
}

static bool lifetime_new_best(const struct lifetime *lifetime)
{
	return lifetime->record.has_best &&
	       !lifetime_same_hash(&lifetime->record.best, &lifetime->written.best);
}

static bool lifetime_dirty(const struct lifetime *lifetime)
{
	const struct record now = lifetime_record(lifetime);

	return lifetime_new_best(lifetime) || now.accepted != lifetime->written.accepted ||
	       now.blocks_found != lifetime->written.blocks_found ||
	       now.blocks_accepted != lifetime->written.blocks_accepted;
}

static void lifetime_write(struct lifetime *lifetime)
{
	struct record now = lifetime_record(lifetime);
	char text[STORE_SIZE_MAX];
	size_t n = record_text(text, &now);

	if (!n)
		return; /* no memory: the next tick may have it */
	lifetime->written = now;
	lifetime->written_ns = clock_now();
	store_write(&lifetime->store, text, n);
}

/* Writes if it is time to. */
static void lifetime_consider(struct lifetime *lifetime)
{
	unsigned wait = lifetime->conf->state_interval;

	if (!lifetime->file || store_busy(&lifetime->store) || !lifetime_dirty(lifetime))
		return;
	if (lifetime_new_best(lifetime))
		wait = MIN(wait, (unsigned)LIFETIME_BEST_S);
	if (lifetime->stopping || !lifetime->written_ns ||
	    clock_now() - lifetime->written_ns >= wait * CLOCK_S)
		lifetime_write(lifetime);
}

static void lifetime_on_done(struct store *store, int result)
{
	struct lifetime *lifetime = container_of(store, struct lifetime, store);

	if (result < 0) {
		if (!lifetime->failed)
			log_event(LOG_LEVEL_WARNING,
				  LOG_FIELDS({"MESSAGE_ID", ID_STATE_UNWRITABLE},
					     {"MINERD_FILE", lifetime->file},
					     {"MINERD_REASON", strerror(-result)}),
				  "%s cannot be written: %s; it is tried again from time to time",
				  lifetime->file, strerror(-result));
		lifetime->failed = true;
		lifetime->written = (struct record){};
		return; /* not at once, whatever the interval is: the tick goes on */
	}
	if (lifetime->failed)
		log_info("%s is written again", lifetime->file);
	lifetime->failed = false;
	lifetime_consider(lifetime);
}

/*
 * The directory to use, the caller's; NULL: nobody names one. *ret_asked: somebody wants it, so
 * that one that is not there is a fault.
 */
static char *lifetime_directory(const struct conf *conf, bool *ret_asked)
{
	/* systemd.exec(5), StateDirectory=: a list with colons between. */
	const char *given = getenv("STATE_DIRECTORY");

	*ret_asked = conf->state_directory || given;
	if (conf->state_directory)
		return strdup(conf->state_directory);
	if (!given)
		return strdup(CONF_DEFAULT_STATE);
	return *given ? strndup(given, strcspn(given, ":")) : NULL;
}

/* Negative errno; 0 also where nothing is kept. */
static int lifetime_open(struct lifetime *lifetime, const struct conf *conf)
{
	bool asked;
	CLEANUP(cleanup_free) char *directory = lifetime_directory(conf, &asked);
	int r = directory ? store_open(&lifetime->store, directory) : -ENOENT;

	if (r == 0 && asprintf(&lifetime->file, "%s/%s", directory, LIFETIME_FILE) < 0) {
		lifetime->file = NULL;
		r = -ENOMEM;
	}
	if (r == -EWOULDBLOCK)
		log_error("state directory %s: another minerd uses it; stop that one, or give this "
			  "one a directory of its own (state.directory)",
			  directory);
	else if (r < 0 && directory && asked)
		log_warning("state directory %s: %s; the best share is not kept over restarts",
			    directory, strerror(-r));
	else if (r < 0)
		log_info("the best share is not kept over restarts: there is no state directory");
	return r == -EWOULDBLOCK ? r : 0;
}

/* A file that is not ours, or has suffered, must neither stop the daemon nor be lost. */
static void lifetime_set_aside(struct lifetime *lifetime, const char *wrong)
{
	int r = store_set_aside(&lifetime->store);

	log_event(LOG_LEVEL_WARNING,
		  LOG_FIELDS({"MESSAGE_ID", ID_STATE_UNREADABLE}, {"MINERD_FILE", lifetime->file},
			     {"MINERD_REASON", wrong}),
		  "%s cannot be used: %s; it is kept as %s.bad and a new one is begun%s%s",
		  lifetime->file, wrong, lifetime->file, r < 0 ? ", which failed: " : "",
		  r < 0 ? strerror(-r) : "");
	if (r < 0)
		free(TAKE(lifetime->file));
}

static void lifetime_load(struct lifetime *lifetime)
{
	char text[STORE_SIZE_MAX], best[UNITS_MAX];
	int n = store_read(&lifetime->store, text);
	const char *wrong;

	if (n == -ENOENT)
		return;
	wrong = n < 0 ? strerror(-n) : record_parse(&lifetime->record, text, (size_t)n);
	if (wrong) {
		lifetime_set_aside(lifetime, wrong);
		return;
	}
	lifetime->written = lifetime->record;
	lifetime->told = lifetime->record.best;
	if (lifetime->record.has_best)
		log_info("%s: the best share so far has difficulty %s", lifetime->file,
			 units_difficulty(best, target_difficulty(&lifetime->record.best)));
}

int lifetime_init(struct lifetime *lifetime, struct ring *ring, const struct conf *conf,
		  const struct ledger *ledger)
{
	int r;

	*lifetime = (struct lifetime){
		.conf = conf, .ledger = ledger, .record.since_s = clock_wall() / CLOCK_S};
	store_init(&lifetime->store, ring, LIFETIME_FILE, lifetime_on_done);
	r = lifetime_open(lifetime, conf);
	if (r == 0 && lifetime->file)
		lifetime_load(lifetime);
	return r;
}

void lifetime_deinit(struct lifetime *lifetime)
{
	store_deinit(&lifetime->store);
	free(TAKE(lifetime->file));
}

static void lifetime_log_best(const struct lifetime *lifetime)
{
	const struct record *record = &lifetime->record;
	double difficulty = target_difficulty(&record->best);
	const char *pool = record->best_pool[0] ? record->best_pool : "(left by then)";
	char hash[TARGET_TEXT_MAX], text[UNITS_MAX], old[UNITS_MAX];

	log_event(LOG_LEVEL_INFO,
		  LOG_FIELDS({"MESSAGE_ID", ID_BEST_SHARE}, {"MINERD_POOL", pool},
			     {"MINERD_HASH", target_text(hash, &record->best)},
			     {"MINERD_DIFFICULTY", units_difficulty(text, difficulty)}),
		  "the best share ever: difficulty %s, found for pool %s; the best before had %s",
		  text, pool, units_difficulty(old, target_difficulty(&lifetime->told)));
}

/* Many of the first shares are better than all before: one line for all of a while will do. */
static void lifetime_tell_best(struct lifetime *lifetime)
{
	uint64_t now = clock_now();

	if (!lifetime->record.has_best ||
	    lifetime_same_hash(&lifetime->record.best, &lifetime->told) ||
	    (!lifetime->stopping && now - lifetime->told_ns < LIFETIME_TELL_S * CLOCK_S))
		return;
	lifetime_log_best(lifetime);
	lifetime->told = lifetime->record.best;
	lifetime->told_ns = now;
}

void lifetime_found(struct lifetime *lifetime, const struct share *share, const char *pool)
{
	struct record *record = &lifetime->record;
	bool first = !record->has_best;

	if (!first && (!target_met(&record->best, &share->hash) ||
		       lifetime_same_hash(&record->best, &share->hash)))
		return;
	/* Zero, which no hash ever was, has no difficulty. */
	if (!isfinite(target_difficulty(&share->hash)))
		return;
	record->has_best = true;
	record->best = share->hash;
	record->best_s = clock_wall() / CLOCK_S;
	snprintf(record->best_pool, sizeof(record->best_pool), "%s", pool ? pool : "");
	/* The very first share is the best one by necessity. */
	if (first) {
		lifetime->told = record->best;
		lifetime->told_ns = clock_now();
	}
	lifetime_tell_best(lifetime);
}

void lifetime_tick(struct lifetime *lifetime)
{
	lifetime_tell_best(lifetime);
	lifetime_consider(lifetime);
}

void lifetime_stop(struct lifetime *lifetime)
{
	lifetime->stopping = true;
	lifetime_tell_best(lifetime);
	lifetime_consider(lifetime);
}

bool lifetime_busy(const struct lifetime *lifetime)
{
	return store_busy(&lifetime->store);
}
