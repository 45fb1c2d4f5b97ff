/* SPDX-License-Identifier: MIT */
/* The texts are for people; what programs look for is in the fields. */
#include "pool/pool_events.h"

#include <stdio.h>
#include <string.h>

#include "common/clock.h"
#include "common/container.h"
#include "common/log.h"
#include "common/units.h"
#include "systemd/ids.h"

enum { EVENTS_SECONDS_MAX = 24 };

static const char *events_seconds(char ret[EVENTS_SECONDS_MAX], uint64_t ns)
{
	snprintf(ret, EVENTS_SECONDS_MAX, "%.1f", (double)ns / (double)CLOCK_S);
	return ret;
}

static const char *events_duration(char ret[UNITS_MAX], uint64_t ns)
{
	return units_duration(ret, (double)ns / (double)CLOCK_S);
}

/* Comings and goings of one pool that come to nothing are told a few times. */
static enum log_level events_level(const struct pool *pool)
{
	return pool->outage.logins > POOL_EVENTS_LOGINS ? LOG_LEVEL_DEBUG : LOG_LEVEL_INFO;
}

void pool_events_connecting(const struct pool *pool, const char *host, unsigned port)
{
	log_event(LOG_LEVEL_DEBUG,
		  LOG_FIELDS({"MESSAGE_ID", ID_POOL_CONNECTING}, {"MINERD_POOL", pool->conf.name},
			     {"MINERD_URL", pool->conf.url}, {"MINERD_STATE", "connecting"}),
		  "pool %s: connecting to %s port %u%s%s", pool->conf.name, host, port,
		  pool->conf.proxy.host[0] ? " through its proxy" : "",
		  pool->redirect_port ? ", as the pool asked for" : "");
}

void pool_events_unverified(const struct pool *pool)
{
	log_event(LOG_LEVEL_WARNING,
		  LOG_FIELDS({"MESSAGE_ID", ID_POOL_UNVERIFIED}, {"MINERD_POOL", pool->conf.name},
			     {"MINERD_URL", pool->conf.url}),
		  "pool %s: tls_verify is false and there is no tls_pin: whoever is in between can "
		  "be the pool",
		  pool->conf.name);
}

static void events_connected(const struct pool *pool)
{
	struct upstream_snapshot login;

	upstream_snapshot(&login, &pool->upstream);
	log_event(events_level(pool),
		  LOG_FIELDS({"MESSAGE_ID", ID_POOL_CONNECTED}, {"MINERD_POOL", pool->conf.name},
			     {"MINERD_URL", pool->conf.url}, {"MINERD_STATE", "connected"}),
		  "pool %s: logged in as %s, difficulty %g, version rolling %s%s%s",
		  pool->conf.name, pool->conf.user, pool->work.job->difficulty,
		  login.version_rolling ? "on" : "off", login.tls ? ", " : "",
		  login.tls ? login.tls : "");
}

void pool_events_standby(struct pool *pool, bool stands_by, uint64_t takeover_ns)
{
	uint64_t now = clock_now();
	bool before = pool->stands_by;
	char when[UNITS_MAX + 64];

	pool->stands_by = stands_by;
	if (!stands_by || before)
		return;
	if (takeover_ns > now)
		snprintf(when, sizeof(when), "takes over in %s if it stays healthy",
			 events_duration((char[UNITS_MAX]){}, takeover_ns - now + CLOCK_S - 1));
	else
		snprintf(when, sizeof(when), "is ready to take over at once");
	log_event(events_level(pool),
		  LOG_FIELDS({"MESSAGE_ID", ID_POOL_STANDBY}, {"MINERD_POOL", pool->conf.name},
			     {"MINERD_URL", pool->conf.url}, {"MINERD_STATE", "standby"}),
		  "pool %s stands by with a job and %s", pool->conf.name, when);
}

void pool_events_active(const struct pool *pool, const char *reason)
{
	log_event(LOG_LEVEL_INFO,
		  LOG_FIELDS({"MESSAGE_ID", ID_POOL_ACTIVE}, {"MINERD_POOL", pool->conf.name},
			     {"MINERD_URL", pool->conf.url}, {"MINERD_STATE", "active"},
			     {"MINERD_REASON", reason}),
		  "mining on pool %s (%s): %s", pool->conf.name, pool->conf.url, reason);
}

void pool_events_failback(const struct pool *pool, const struct pool *before)
{
	char healthy[UNITS_MAX];

	log_event(LOG_LEVEL_INFO,
		  LOG_FIELDS({"MESSAGE_ID", ID_POOL_FAILBACK}, {"MINERD_POOL", pool->conf.name},
			     {"MINERD_URL", pool->conf.url}, {"MINERD_STATE", "active"},
			     {"MINERD_BEFORE", before->conf.name}),
		  "pool %s has been healthy for %s: it takes over again from pool %s",
		  pool->conf.name, events_duration(healthy, clock_now() - pool->usable_ns),
		  before->conf.name);
}

/* Whether a failure is told, and not only counted. */
static bool events_tells(const struct pool *pool)
{
	const struct pool_outage *outage = &pool->outage;

	if (outage->warnings < POOL_EVENTS_WARNINGS && strcmp(outage->reason, pool->last_loss) != 0)
		return true;
	if (outage->silent + 1 >= POOL_EVENTS_EVERY && !outage->summaries)
		return true;
	return clock_now() - outage->told_ns >= POOL_EVENTS_HOUR * CLOCK_S;
}

/* How many failures were passed over before this one. */
static void events_add_silent(char *ret, size_t size, const struct pool_outage *outage)
{
	char ago[UNITS_MAX];

	*ret = '\0';
	if (outage->silent)
		snprintf(ret, size, " (%u more like it in the last %s, not told one by one)",
			 outage->silent, events_duration(ago, clock_now() - outage->told_ns));
}

static void events_book_told(struct pool_outage *outage, const char *reason)
{
	outage->warnings++;
	outage->summaries += outage->silent + 1 >= POOL_EVENTS_EVERY;
	outage->silent = 0;
	outage->told_ns = clock_now();
	snprintf(outage->reason, sizeof(outage->reason), "%s", reason);
}

static void events_lost(const struct pool *pool, enum log_level level, const char *seconds,
			const char *silent)
{
	log_event(level,
		  LOG_FIELDS({"MESSAGE_ID", ID_POOL_LOST}, {"MINERD_POOL", pool->conf.name},
			     {"MINERD_URL", pool->conf.url}, {"MINERD_STATE", "backoff"},
			     {"MINERD_REASON", pool->last_loss}, {"MINERD_RETRY_S", seconds}),
		  "pool %s lost: %s; next attempt in %s s%s", pool->conf.name, pool->last_loss,
		  seconds, silent);
}

static void events_failed(const struct pool *pool, enum log_level level, const char *seconds,
			  const char *silent)
{
	char failures[16];

	snprintf(failures, sizeof(failures), "%u", pool->outage.failures);
	log_event(level,
		  LOG_FIELDS({"MESSAGE_ID", ID_POOL_FAILED}, {"MINERD_POOL", pool->conf.name},
			     {"MINERD_URL", pool->conf.url}, {"MINERD_STATE", "backoff"},
			     {"MINERD_REASON", pool->last_loss}, {"MINERD_RETRY_S", seconds},
			     {"MINERD_FAILURES", failures}),
		  "pool %s failed: %s; next attempt in %s s%s", pool->conf.name, pool->last_loss,
		  seconds, silent);
}

/* A failure of whichever kind: told, or counted. */
static void events_loss(struct pool *pool, const char *seconds)
{
	struct pool_outage *outage = &pool->outage;
	bool told = events_tells(pool);
	enum log_level level = told ? LOG_LEVEL_WARNING : LOG_LEVEL_DEBUG;
	char silent[128];

	events_add_silent(silent, sizeof(silent), outage);
	if (pool->news == POOL_NEWS_LOST)
		events_lost(pool, level, seconds, silent);
	else
		events_failed(pool, level, seconds, silent);
	if (told)
		events_book_told(outage, pool->last_loss);
	else
		outage->silent++;
}

static void events_redirected(const struct pool *pool, const char *seconds)
{
	log_event(events_level(pool),
		  LOG_FIELDS({"MESSAGE_ID", ID_POOL_REDIRECTED}, {"MINERD_POOL", pool->conf.name},
			     {"MINERD_URL", pool->conf.url}, {"MINERD_STATE", "backoff"},
			     {"MINERD_REASON", pool->last_loss}, {"MINERD_RETRY_S", seconds}),
		  "pool %s: %s; that is done in %s s", pool->conf.name, pool->last_loss, seconds);
}

void pool_events_news(struct pool *pool)
{
	char seconds[EVENTS_SECONDS_MAX];
	uint64_t now = clock_now();

	events_seconds(seconds, pool->retry.armed && pool->retry.deadline > now
					? pool->retry.deadline - now
					: 0);
	switch (pool->news) {
	case POOL_NEWS_NONE:
		break;
	case POOL_NEWS_CONNECTED:
		events_connected(pool);
		break;
	case POOL_NEWS_LOST:
	case POOL_NEWS_FAILED:
		events_loss(pool, seconds);
		break;
	case POOL_NEWS_REDIRECTED:
		events_redirected(pool, seconds);
		break;
	}
	pool->news = POOL_NEWS_NONE;
}

void pool_events_used_up(const struct pool *pool, const char *reason)
{
	log_event(LOG_LEVEL_WARNING,
		  LOG_FIELDS({"MESSAGE_ID", ID_JOB_USED_UP}, {"MINERD_POOL", pool->conf.name},
			     {"MINERD_REASON", reason}),
		  "pool %s: %s; hashing it again from another place", pool->conf.name, reason);
}

void pool_events_recovered(const struct pool *pool)
{
	char failures[16], since[UNITS_MAX];

	/* It was led on by client.reconnect, and nothing else. */
	if (!pool->outage.failures)
		return;
	snprintf(failures, sizeof(failures), "%u", pool->outage.failures);
	log_event(LOG_LEVEL_INFO,
		  LOG_FIELDS({"MESSAGE_ID", ID_POOL_RECOVERED}, {"MINERD_POOL", pool->conf.name},
			     {"MINERD_URL", pool->conf.url}, {"MINERD_FAILURES", failures}),
		  "pool %s works again, after %s failure%s in %s", pool->conf.name, failures,
		  pool->outage.failures == 1 ? "" : "s",
		  events_duration(since, clock_now() - pool->outage.since_ns));
}

void pool_events_resumed(const struct pool *pool)
{
	log_event(LOG_LEVEL_INFO,
		  LOG_FIELDS({"MESSAGE_ID", ID_POOL_RESUMED}, {"MINERD_POOL", pool->conf.name},
			     {"MINERD_URL", pool->conf.url}),
		  "pool %s goes on with the login of before the break, %u share%s waited for it",
		  pool->conf.name, pool->pending.n, pool->pending.n == 1 ? "" : "s");
}

void pool_events_block_found(const char *pool, const struct target *hash)
{
	char text[TARGET_TEXT_MAX];

	log_event(LOG_LEVEL_NOTICE,
		  LOG_FIELDS({"MESSAGE_ID", ID_BLOCK_FOUND}, {"MINERD_POOL", pool},
			     {"MINERD_HASH", target_text(text, hash)}),
		  "block found for pool %s: %s", pool, text);
}

void pool_events_block_accepted(const struct pool *pool, const struct target *hash)
{
	char text[TARGET_TEXT_MAX];

	log_event(LOG_LEVEL_NOTICE,
		  LOG_FIELDS({"MESSAGE_ID", ID_BLOCK_ACCEPTED}, {"MINERD_POOL", pool->conf.name},
			     {"MINERD_HASH", target_text(text, hash)}),
		  "pool %s: block accepted: %s", pool->conf.name, text);
}

void pool_events_block_lost(const char *pool, const struct target *hash, const char *why)
{
	char text[TARGET_TEXT_MAX];

	log_event(LOG_LEVEL_WARNING,
		  LOG_FIELDS({"MESSAGE_ID", ID_BLOCK_LOST}, {"MINERD_POOL", pool},
			     {"MINERD_HASH", target_text(text, hash)}, {"MINERD_REASON", why}),
		  "pool %s has not confirmed a share that meets the network target: %s; it may "
		  "have become a block all the same: %s",
		  pool, why, text);
}

void pool_events_difficulty(const struct pool *pool, double before, double after)
{
	char text[32];

	snprintf(text, sizeof(text), "%g", after);
	log_event(LOG_LEVEL_DEBUG,
		  LOG_FIELDS({"MESSAGE_ID", ID_POOL_DIFFICULTY}, {"MINERD_POOL", pool->conf.name},
			     {"MINERD_URL", pool->conf.url}, {"MINERD_DIFFICULTY", text}),
		  "pool %s: difficulty %s, after %g", pool->conf.name, text, before);
}

void pool_events_let_go(const struct pool *pool)
{
	log_event(LOG_LEVEL_INFO,
		  LOG_FIELDS({"MESSAGE_ID", ID_POOL_LET_GO}, {"MINERD_POOL", pool->conf.name},
			     {"MINERD_URL", pool->conf.url}, {"MINERD_STATE", "disabled"}),
		  "pool %s is let go: enough better ones work", pool->conf.name);
}

void pool_events_added(const struct pool *pool, const char *changed)
{
	char what[CONF_CHANGED_MAX + 64];

	if (*changed)
		snprintf(what, sizeof(what), "%s changed, connecting anew", changed);
	else
		snprintf(what, sizeof(what), "added to the configuration (%s)", pool->conf.url);
	log_event(LOG_LEVEL_INFO,
		  LOG_FIELDS({"MESSAGE_ID", ID_POOL_ADDED}, {"MINERD_POOL", pool->conf.name},
			     {"MINERD_URL", pool->conf.url}, {"MINERD_STATE", "disabled"},
			     {"MINERD_CHANGED", changed}),
		  "pool %s: %s", pool->conf.name, what);
}

void pool_events_tuned(const struct pool *pool, const char *name, const char *changed)
{
	bool renamed = strcmp(pool->conf.name, name) != 0;

	log_event(LOG_LEVEL_INFO,
		  LOG_FIELDS({"MESSAGE_ID", ID_POOL_TUNED}, {"MINERD_POOL", name},
			     {"MINERD_URL", pool->conf.url}, {"MINERD_CHANGED", changed}),
		  "pool %s: %s changed, staying connected%s%s", name, changed,
		  renamed ? "; its name was " : "", renamed ? pool->conf.name : "");
}

void pool_events_removed(const struct pool *pool)
{
	log_event(LOG_LEVEL_INFO,
		  LOG_FIELDS({"MESSAGE_ID", ID_POOL_REMOVED}, {"MINERD_POOL", pool->conf.name},
			     {"MINERD_URL", pool->conf.url}, {"MINERD_STATE", "disabled"}),
		  "pool %s: removed from the configuration (%s)", pool->conf.name, pool->conf.url);
}

void pool_events_chosen(const struct pool *pool)
{
	log_event(LOG_LEVEL_NOTICE,
		  LOG_FIELDS({"MESSAGE_ID", ID_POOL_CHOSEN}, {"MINERD_POOL", pool->conf.name},
			     {"MINERD_URL", pool->conf.url}),
		  "pool %s is chosen by hand: it goes before all others from now on",
		  pool->conf.name);
}

void pool_events_none(void)
{
	log_event(LOG_LEVEL_WARNING,
		  LOG_FIELDS({"MESSAGE_ID", ID_NO_POOL}, {"MINERD_STATE", "idle"}),
		  "no pool can be mined on: the workers sleep until one can");
}

void pool_events_some(uint64_t ns)
{
	char seconds[EVENTS_SECONDS_MAX];

	log_event(LOG_LEVEL_NOTICE,
		  LOG_FIELDS({"MESSAGE_ID", ID_SOME_POOL}, {"MINERD_STATE", "mining"},
			     {"MINERD_SECONDS", events_seconds(seconds, ns)}),
		  "the workers hash again, after %s s without a pool", seconds);
}
