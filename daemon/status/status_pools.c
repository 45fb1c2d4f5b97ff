/* SPDX-License-Identifier: MIT */
/* The pools of the status object: what `minerctl pools` shows. */
#include "status/status_pools.h"

#include <math.h>
#include <stdio.h>

#include "common/clock.h"
#include "config/conf_url.h"
#include "status/status_network.h"
#include "status/status_value.h"

static const char *status_pool_state(const struct pools *pools, const struct pool *pool)
{
	if (pool == pools->active)
		return "active";
	switch (pool->state) {
	case POOL_USABLE:
		return "standby";
	case POOL_CONNECTING:
		return "connecting";
	case POOL_WAITING:
		return "backoff";
	case POOL_OFF:
		break;
	}
	return "disabled";
}

/* When the pool entered the state that status_pool_state() returns, clock_now(). */
static uint64_t status_pool_since(const struct pools *pools, const struct pool *pool)
{
	return pool == pools->active ? pool->health.active_since_ns : pool->history.state_ns;
}

/* The state of the connection, and its history. */
static void status_pool_health(struct json_writer *object, const struct pools *pools,
			       const struct pool *pool, uint64_t now)
{
	bool waits = pool->state == POOL_WAITING && pool->retry.armed;
	uint64_t wait_ns = waits && pool->retry.deadline > now ? pool->retry.deadline - now : 0;
	uint64_t active_ns = pool->history.active_ns;

	if (pool == pools->active)
		active_ns += now - pool->health.active_since_ns;
	status_age(object, "state_s", status_pool_since(pools, pool), now);
	status_age(object, "down_s", pool->history.down_ns, now);
	json_writer_number(object, "next_attempt_s",
			   waits ? round((double)wait_ns / (double)CLOCK_MS) / 1000 : NAN);
	json_writer_count(object, "failures", pool->health.backoff.failures);
	json_writer_count(object, "attempts", pool->history.attempts);
	json_writer_count(object, "losses", pool->history.losses);
	json_writer_count(object, "active_s", active_ns / CLOCK_S);
	status_age(object, "last_loss_s", pool->history.last_loss_ns, now);
	json_writer_string(object, "last_loss",
			   pool->history.last_loss[0] ? pool->history.last_loss : NULL);
	json_writer_string(object, "last_error",
			   pool->history.last_error[0] ? pool->history.last_error : NULL);
}

/* A rejected share: the text of the pool, and the reason that minerd makes of it. */
static void status_reject(struct json_writer *object, const char *name,
			  const struct share_reject *reject, uint64_t now)
{
	if (!reject->ns) {
		json_writer_null(object, name);
		return;
	}
	json_writer_open(object, name);
	json_writer_string(object, "text", reject->text);
	json_writer_integer(object, "code", reject->code);
	json_writer_string(object, "reason", reject_name(reject->reason));
	status_age(object, "age_s", reject->ns, now);
	json_writer_close(object);
}

/* How minerd knows that the server behind TLS is the pool. */
static const char *status_pool_trust(const struct conf_pool *conf)
{
	if (!conf_has_tls(conf->transport))
		return NULL;
	if (conf->tls_pin)
		return "pinned";
	return conf->tls_verify ? "verified" : "unverified";
}

/* Oddities that minerd tolerates; left_out are requests that the pool does not accept. */
static void status_pool_oddities(struct json_writer *object,
				 const struct upstream_snapshot *upstream)
{
	json_writer_count(object, "invalid_lines", upstream->invalid_lines);
	json_writer_string(object, "last_invalid_line",
			   upstream->last_invalid_line[0] ? upstream->last_invalid_line : NULL);
	json_writer_open_list(object, "left_out");
	for (unsigned i = 0; i < upstream->n_left_out; i++)
		json_writer_string(object, NULL, upstream->left_out[i]);
	json_writer_close_list(object);
}

static void status_pool(struct json_writer *object, const struct pools *pools,
			const struct pool *pool, uint64_t now)
{
	const struct share_stats *stats = &pool->shares.stats;
	char mask[9], proxy[CONF_PLACE_MAX];
	struct upstream_snapshot upstream;

	upstream_snapshot(&upstream, &pool->upstream);
	snprintf(mask, sizeof(mask), "%08x", upstream.version_mask);
	json_writer_open(object, NULL);
	json_writer_string(object, "name", pool->conf.name);
	json_writer_string(object, "url", pool->conf.url);
	json_writer_string(object, "user", pool->conf.user);
	json_writer_string(object, "state", status_pool_state(pools, pool));
	json_writer_string(object, "address", upstream.address[0] ? upstream.address : NULL);
	conf_url_text(proxy, pool->conf.proxy.host, pool->conf.proxy.port);
	json_writer_string(object, "proxy", pool->conf.proxy.host[0] ? proxy : NULL);
	json_writer_string(object, "tls", upstream.tls);
	json_writer_string(object, "tls_trust", status_pool_trust(&pool->conf));
	json_writer_number(object, "difficulty", pool->work.job ? pool->work.job->difficulty : 0);
	status_network_of_pool(object, pool);
	json_writer_string(object, "version_mask", mask);
	json_writer_count(object, "extranonce2_size", upstream.extranonce2_size);
	status_age(object, "connected_s", pool->health.usable_ns, now);
	status_age(object, "last_job_s", pool->work.packet_ns, now);
	json_writer_count(object, "accepted", stats->accepted);
	json_writer_count(object, "rejected", stats->rejected);
	json_writer_count(object, "stale", stats->stale);
	json_writer_count(object, "in_flight", share_tracker_waiting(&pool->shares));
	json_writer_count(object, "blocks_found", stats->blocks.found);
	json_writer_count(object, "blocks_accepted", stats->blocks.accepted);
	json_writer_number(object, "payout_percent",
			   pool->payout.verdict == PAYOUT_UNJUDGED
				   ? NAN
				   : pool->payout.ppm * 100.0 / CONF_PPM);
	status_histogram(object, "submit_us", &stats->submit_ns.all);
	status_last_hour(object, "submit_last_hour_us", &stats->submit_ns, now);
	status_pool_health(object, pools, pool, now);
	status_pool_oddities(object, &upstream);
	status_reject(object, "last_reject", &pool->shares.last_reject, now);
	json_writer_close(object);
}

void status_pools(struct json_writer *object, const struct pools *pools, uint64_t now)
{
	json_writer_open_list(object, "pools");
	for (size_t i = 0; i < pools->n; i++)
		status_pool(object, pools, pools->order[i], now);
	json_writer_close_list(object);
}
