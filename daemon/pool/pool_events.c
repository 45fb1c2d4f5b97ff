/* SPDX-License-Identifier: MIT */
/* The texts are for people; what programs look for is in the fields. */
#include "pool/pool_events.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "common/clock.h"
#include "common/container.h"
#include "common/log.h"
#include "common/units.h"
#include "systemd/ids.h"

enum { EVENTS_SECONDS_MAX = 24, EVENTS_LOGIN_MAX = CONF_TEXT_MAX + 32 };

static const char *events_seconds(char ret[EVENTS_SECONDS_MAX], uint64_t ns)
{
	snprintf(ret, EVENTS_SECONDS_MAX, "%.1f", (double)ns / (double)CLOCK_S);
	return ret;
}

static const char *events_duration(char ret[UNITS_MAX], uint64_t ns)
{
	return units_duration(ret, (double)ns / (double)CLOCK_S);
}

/* Comings and goings of one pool that come to nothing are logged a few times. */
static enum log_level events_level(const struct pool_outage *outage)
{
	return pool_outage_logs_login(outage) ? LOG_LEVEL_INFO : LOG_LEVEL_DEBUG;
}

void pool_events_connecting(const struct conf_pool *conf, const char *host, unsigned port,
			    bool redirected)
{
	log_event(LOG_LEVEL_DEBUG,
		  LOG_FIELDS({"MESSAGE_ID", ID_POOL_CONNECTING}, {"MINERD_POOL", conf->name},
			     {"MINERD_URL", conf->url}, {"MINERD_STATE", "connecting"}),
		  "pool %s: connecting to %s port %u%s%s", conf->name, host, port,
		  conf->proxy.host[0] ? " through its proxy" : "",
		  redirected ? ", as the pool requested" : "");
}

void pool_events_unverified(const struct conf_pool *conf)
{
	log_event(LOG_LEVEL_WARNING,
		  LOG_FIELDS({"MESSAGE_ID", ID_POOL_UNVERIFIED}, {"MINERD_POOL", conf->name},
			     {"MINERD_URL", conf->url}),
		  "pool %s: the server's certificate is not verified (tls_verify = false, no "
		  "tls_pin): whoever is in between can impersonate the pool",
		  conf->name);
}

/* What was shown to the server, or what the server is. */
static const char *events_login(char ret[EVENTS_LOGIN_MAX], const struct conf_pool *conf,
				const struct upstream_snapshot *login)
{
	if (conf_is_node(conf->transport))
		snprintf(ret, EVENTS_LOGIN_MAX, "connected to a node of %s, next block %" PRIu32,
			 login->chain, login->height);
	else
		snprintf(ret, EVENTS_LOGIN_MAX, "logged in as %s", conf->user);
	return ret;
}

void pool_events_connected(const struct conf_pool *conf, const struct pool_outage *outage,
			   double difficulty, const struct upstream_snapshot *login)
{
	char text[EVENTS_LOGIN_MAX];

	log_event(events_level(outage),
		  LOG_FIELDS({"MESSAGE_ID", ID_POOL_CONNECTED}, {"MINERD_POOL", conf->name},
			     {"MINERD_URL", conf->url}, {"MINERD_STATE", "connected"}),
		  "pool %s: %s, difficulty %g, version rolling %s%s%s", conf->name,
		  events_login(text, conf, login), difficulty,
		  login->version_rolling ? "on" : "off", login->tls ? ", " : "",
		  login->tls ? login->tls : "");
}

void pool_events_standby(const struct conf_pool *conf, const struct pool_outage *outage,
			 uint64_t takeover_ns)
{
	char when[UNITS_MAX + 64];

	if (takeover_ns)
		snprintf(when, sizeof(when), "takes over in %s if it stays healthy",
			 events_duration((char[UNITS_MAX]){}, takeover_ns + CLOCK_S - 1));
	else
		snprintf(when, sizeof(when), "ready to take over at once");
	log_event(events_level(outage),
		  LOG_FIELDS({"MESSAGE_ID", ID_POOL_STANDBY}, {"MINERD_POOL", conf->name},
			     {"MINERD_URL", conf->url}, {"MINERD_STATE", "standby"}),
		  "pool %s: standby with a job: %s", conf->name, when);
}

void pool_events_active(const struct conf_pool *conf, const char *reason)
{
	log_event(LOG_LEVEL_INFO,
		  LOG_FIELDS({"MESSAGE_ID", ID_POOL_ACTIVE}, {"MINERD_POOL", conf->name},
			     {"MINERD_URL", conf->url}, {"MINERD_STATE", "active"},
			     {"MINERD_REASON", reason}),
		  "mining on pool %s (%s): %s", conf->name, conf->url, reason);
}

void pool_events_failback(const struct conf_pool *conf, uint64_t healthy_ns, const char *before)
{
	char healthy[UNITS_MAX];

	log_event(LOG_LEVEL_INFO,
		  LOG_FIELDS({"MESSAGE_ID", ID_POOL_FAILBACK}, {"MINERD_POOL", conf->name},
			     {"MINERD_URL", conf->url}, {"MINERD_STATE", "active"},
			     {"MINERD_BEFORE", before}),
		  "pool %s: healthy for %s: takes over from pool %s again", conf->name,
		  events_duration(healthy, healthy_ns), before);
}

/* How many failures were suppressed before this one. */
static void events_add_suppressed(char *ret, size_t size, const struct pool_outage *outage)
{
	char ago[UNITS_MAX];

	*ret = '\0';
	if (outage->suppressed)
		snprintf(ret, size, " (%u similar failures suppressed in the last %s)",
			 outage->suppressed, events_duration(ago, clock_now() - outage->logged_ns));
}

/* A failure is logged as a warning, or suppressed. */
static enum log_level events_count_failure(struct pool_outage *outage, const char *reason)
{
	if (pool_outage_warns(outage, reason)) {
		pool_outage_warned(outage, reason);
		return LOG_LEVEL_WARNING;
	}
	pool_outage_suppressed(outage);
	return LOG_LEVEL_DEBUG;
}

void pool_events_lost(const struct conf_pool *conf, struct pool_outage *outage, const char *reason,
		      uint64_t wait_ns)
{
	char seconds[EVENTS_SECONDS_MAX], suppressed[128];

	events_seconds(seconds, wait_ns);
	events_add_suppressed(suppressed, sizeof(suppressed), outage);
	log_event(events_count_failure(outage, reason),
		  LOG_FIELDS({"MESSAGE_ID", ID_POOL_LOST}, {"MINERD_POOL", conf->name},
			     {"MINERD_URL", conf->url}, {"MINERD_STATE", "backoff"},
			     {"MINERD_REASON", reason}, {"MINERD_RETRY_S", seconds}),
		  "pool %s: connection lost: %s; next attempt in %s s%s", conf->name, reason,
		  seconds, suppressed);
}

void pool_events_failed(const struct conf_pool *conf, struct pool_outage *outage,
			const char *reason, uint64_t wait_ns)
{
	char seconds[EVENTS_SECONDS_MAX], suppressed[128], failures[16];

	events_seconds(seconds, wait_ns);
	snprintf(failures, sizeof(failures), "%u", outage->failures);
	events_add_suppressed(suppressed, sizeof(suppressed), outage);
	log_event(events_count_failure(outage, reason),
		  LOG_FIELDS({"MESSAGE_ID", ID_POOL_FAILED}, {"MINERD_POOL", conf->name},
			     {"MINERD_URL", conf->url}, {"MINERD_STATE", "backoff"},
			     {"MINERD_REASON", reason}, {"MINERD_RETRY_S", seconds},
			     {"MINERD_FAILURES", failures}),
		  "pool %s: attempt failed: %s; next attempt in %s s%s", conf->name, reason,
		  seconds, suppressed);
}

void pool_events_redirected(const struct conf_pool *conf, const struct pool_outage *outage,
			    const char *reason, uint64_t wait_ns)
{
	char seconds[EVENTS_SECONDS_MAX];

	events_seconds(seconds, wait_ns);
	log_event(events_level(outage),
		  LOG_FIELDS({"MESSAGE_ID", ID_POOL_REDIRECTED}, {"MINERD_POOL", conf->name},
			     {"MINERD_URL", conf->url}, {"MINERD_STATE", "backoff"},
			     {"MINERD_REASON", reason}, {"MINERD_RETRY_S", seconds}),
		  "pool %s: %s; reconnecting in %s s", conf->name, reason, seconds);
}

void pool_events_used_up(const struct conf_pool *conf, const char *reason)
{
	log_event(LOG_LEVEL_WARNING,
		  LOG_FIELDS({"MESSAGE_ID", ID_JOB_USED_UP}, {"MINERD_POOL", conf->name},
			     {"MINERD_REASON", reason}),
		  "pool %s: %s; hashing it again from another part of extranonce2", conf->name,
		  reason);
}

void pool_events_recovered(const struct conf_pool *conf, const struct pool_outage *outage)
{
	char failures[16], since[UNITS_MAX];

	/* It was led on by client.reconnect, and nothing else. */
	if (!outage->failures)
		return;
	snprintf(failures, sizeof(failures), "%u", outage->failures);
	log_event(LOG_LEVEL_INFO,
		  LOG_FIELDS({"MESSAGE_ID", ID_POOL_RECOVERED}, {"MINERD_POOL", conf->name},
			     {"MINERD_URL", conf->url}, {"MINERD_FAILURES", failures}),
		  "pool %s: recovered after %s failure%s in %s", conf->name, failures,
		  outage->failures == 1 ? "" : "s",
		  events_duration(since, clock_now() - outage->since_ns));
}

void pool_events_resumed(const struct conf_pool *conf, unsigned n)
{
	log_event(LOG_LEVEL_INFO,
		  LOG_FIELDS({"MESSAGE_ID", ID_POOL_RESUMED}, {"MINERD_POOL", conf->name},
			     {"MINERD_URL", conf->url}),
		  "pool %s: session resumed; resubmitting %u share%s", conf->name, n,
		  n == 1 ? "" : "s");
}

void pool_events_rejected(const struct conf_pool *conf, const struct target *hash,
			  const struct share_answer *answer, const char *text)
{
	log_event(answer->reason == REJECT_STALE ? LOG_LEVEL_DEBUG : LOG_LEVEL_WARNING,
		  LOG_FIELDS({"MESSAGE_ID", ID_SHARE_REJECTED}, {"MINERD_POOL", conf->name},
			     {"MINERD_REASON", text}),
		  "pool %s: share of difficulty %g rejected as %s: code %" PRId64 " \"%s\"",
		  conf->name, target_difficulty(hash), reject_name(answer->reason), answer->code,
		  text);
}

void pool_events_raise(const struct conf_pool *conf, bool at_once, unsigned probe_s)
{
	log_event(LOG_LEVEL_INFO, LOG_FIELDS({"MINERD_POOL", conf->name}),
		  at_once ? "pool %s: a new difficulty also applies to shares of older jobs; "
			    "shares below it are not sent, except one every %u s"
			  : "pool %s: a new difficulty no longer applies to shares of older jobs",
		  conf->name, probe_s);
}

void pool_events_block_found(const char *pool, const struct target *hash)
{
	char text[TARGET_TEXT_MAX];

	log_event(LOG_LEVEL_NOTICE,
		  LOG_FIELDS({"MESSAGE_ID", ID_BLOCK_FOUND}, {"MINERD_POOL", pool},
			     {"MINERD_HASH", target_text(text, hash)}),
		  "block found for pool %s: %s", pool, text);
}

void pool_events_block_accepted(const struct conf_pool *conf, const struct target *hash)
{
	char text[TARGET_TEXT_MAX];

	log_event(LOG_LEVEL_NOTICE,
		  LOG_FIELDS({"MESSAGE_ID", ID_BLOCK_ACCEPTED}, {"MINERD_POOL", conf->name},
			     {"MINERD_HASH", target_text(text, hash)}),
		  "pool %s: block accepted: %s", conf->name, text);
}

void pool_events_block_lost(const char *pool, const struct target *hash, const char *why)
{
	char text[TARGET_TEXT_MAX];

	log_event(LOG_LEVEL_WARNING,
		  LOG_FIELDS({"MESSAGE_ID", ID_BLOCK_LOST}, {"MINERD_POOL", pool},
			     {"MINERD_HASH", target_text(text, hash)}, {"MINERD_REASON", why}),
		  "pool %s: a share that meets the network target is not confirmed: %s; it may "
		  "still have become a block: %s",
		  pool, why, text);
}

void pool_events_difficulty(const struct conf_pool *conf, double before, double after)
{
	char text[32];

	snprintf(text, sizeof(text), "%g", after);
	log_event(LOG_LEVEL_DEBUG,
		  LOG_FIELDS({"MESSAGE_ID", ID_POOL_DIFFICULTY}, {"MINERD_POOL", conf->name},
			     {"MINERD_URL", conf->url}, {"MINERD_DIFFICULTY", text}),
		  "pool %s: difficulty %s, after %g", conf->name, text, before);
}

void pool_events_suggesting(const struct conf_pool *conf, double difficulty, double interval)
{
	log_event(LOG_LEVEL_INFO, LOG_FIELDS({"MINERD_POOL", conf->name}),
		  "pool %s: asking for difficulty %g, for a share every %g s", conf->name,
		  difficulty, interval);
}

void pool_events_not_needed(const struct conf_pool *conf)
{
	log_event(LOG_LEVEL_INFO,
		  LOG_FIELDS({"MESSAGE_ID", ID_POOL_NOT_NEEDED}, {"MINERD_POOL", conf->name},
			     {"MINERD_URL", conf->url}, {"MINERD_STATE", "disabled"}),
		  "disconnecting from pool %s: not needed as a standby", conf->name);
}

void pool_events_added(const struct conf_pool *conf, const char *changed)
{
	char what[CONF_CHANGED_MAX + 64];

	if (*changed)
		snprintf(what, sizeof(what), "%s changed; reconnecting", changed);
	else
		snprintf(what, sizeof(what), "added to the configuration (%s)", conf->url);
	log_event(LOG_LEVEL_INFO,
		  LOG_FIELDS({"MESSAGE_ID", ID_POOL_ADDED}, {"MINERD_POOL", conf->name},
			     {"MINERD_URL", conf->url}, {"MINERD_STATE", "disabled"},
			     {"MINERD_CHANGED", changed}),
		  "pool %s: %s", conf->name, what);
}

void pool_events_not_made(const struct conf_pool *conf, const char *reason, const char *changed)
{
	char what[CONF_CHANGED_MAX + 64];

	if (*changed)
		snprintf(what, sizeof(what), "%s not changed, goes on with the former settings",
			 changed);
	else
		snprintf(what, sizeof(what), "not added");
	log_event(LOG_LEVEL_ERROR,
		  LOG_FIELDS({"MESSAGE_ID", ID_POOL_NOT_MADE}, {"MINERD_POOL", conf->name},
			     {"MINERD_URL", conf->url}, {"MINERD_CHANGED", changed},
			     {"MINERD_REASON", reason}),
		  "pool %s: %s: %s; reload again", conf->name, what, reason);
}

void pool_events_tuned(const struct conf_pool *conf, const char *name, const char *changed)
{
	bool renamed = strcmp(conf->name, name) != 0;

	log_event(LOG_LEVEL_INFO,
		  LOG_FIELDS({"MESSAGE_ID", ID_POOL_TUNED}, {"MINERD_POOL", name},
			     {"MINERD_URL", conf->url}, {"MINERD_CHANGED", changed}),
		  "pool %s: %s changed; staying connected%s%s", name, changed,
		  renamed ? "; was named " : "", renamed ? conf->name : "");
}

void pool_events_removed(const struct conf_pool *conf)
{
	log_event(LOG_LEVEL_INFO,
		  LOG_FIELDS({"MESSAGE_ID", ID_POOL_REMOVED}, {"MINERD_POOL", conf->name},
			     {"MINERD_URL", conf->url}, {"MINERD_STATE", "disabled"}),
		  "pool %s: removed from the configuration (%s)", conf->name, conf->url);
}

void pool_events_chosen(const struct conf_pool *conf)
{
	log_event(LOG_LEVEL_NOTICE,
		  LOG_FIELDS({"MESSAGE_ID", ID_POOL_CHOSEN}, {"MINERD_POOL", conf->name},
			     {"MINERD_URL", conf->url}),
		  "pool %s: chosen by hand: preferred to all other pools from now on", conf->name);
}

void pool_events_none(void)
{
	log_event(LOG_LEVEL_WARNING,
		  LOG_FIELDS({"MESSAGE_ID", ID_NO_POOL}, {"MINERD_STATE", "idle"}),
		  "no pool can be mined on: the workers sleep until one is usable");
}

void pool_events_some(uint64_t ns)
{
	char seconds[EVENTS_SECONDS_MAX];

	log_event(LOG_LEVEL_NOTICE,
		  LOG_FIELDS({"MESSAGE_ID", ID_SOME_POOL}, {"MINERD_STATE", "mining"},
			     {"MINERD_SECONDS", events_seconds(seconds, ns)}),
		  "the workers hash again after %s s without a pool", seconds);
}
