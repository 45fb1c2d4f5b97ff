/* SPDX-License-Identifier: MIT */
#include "upstream/upstream.h"

#include "common/assert.h"
#include "common/cleanup.h"
#include "common/hot.h"
#include "upstream/upstream_kind.h"
#include "upstream/upstream_node.h"
#include "upstream/upstream_stratum.h"

static bool upstream_live(const struct upstream *upstream)
{
	enum upstream_state state = upstream_state(upstream);

	return state == UPSTREAM_CONNECTING || state == UPSTREAM_READY;
}

static bool upstream_ready(const struct upstream *upstream)
{
	return upstream_state(upstream) == UPSTREAM_READY;
}

/* Of whatever URL conf_url.c takes. */
static const struct upstream_kind *upstream_choose(const struct conf_pool *conf)
{
	switch (conf->transport) {
	case CONF_TRANSPORT_HTTP:
	case CONF_TRANSPORT_HTTPS:
		return &upstream_node_kind;
	case CONF_TRANSPORT_TCP:
	case CONF_TRANSPORT_TLS:
		break;
	}
	return &upstream_stratum_kind;
}

int upstream_init(struct upstream *upstream, const struct upstream_settings *settings,
		  const struct upstream_handler *handler)
{
	const struct upstream_kind *kind = upstream_choose(settings->conf);
	void *self;
	int r;

	assert(handler->ready && handler->job && handler->version_mask && handler->answered &&
	       handler->reconnect && handler->lost && handler->closed);
	assert(!kind->found_block ||
	       (handler->block && handler->block_answered && handler->block_seen));
	r = kind->init(&self, upstream, settings);
	if (r < 0)
		return r;
	*upstream = (struct upstream){.kind = kind, .handler = handler, .self = self};
	return 0;
}

void upstream_deinit(struct upstream *upstream)
{
	void *self = TAKE(upstream->self);

	if (self)
		upstream->kind->deinit(self);
}

void upstream_connect(struct upstream *upstream, uint64_t number, const char *host, unsigned port)
{
	assert(upstream_state(upstream) == UPSTREAM_CLOSED);
	assert(*host && port);
	upstream->kind->connect(upstream->self, number, host, port);
}

void upstream_close(struct upstream *upstream)
{
	if (upstream_live(upstream))
		upstream->kind->close(upstream->self);
}

HOT enum upstream_state upstream_state(const struct upstream *upstream)
{
	return upstream->kind->state(upstream->self);
}

void upstream_snapshot(struct upstream_snapshot *ret, const struct upstream *upstream)
{
	*ret = (struct upstream_snapshot){};
	upstream->kind->snapshot(ret, upstream->self);
	assert(ret->n_left_out <= UPSTREAM_LEFT_OUT_MAX);
}

void upstream_limits_changed(struct upstream *upstream)
{
	upstream->kind->limits_changed(upstream->self);
}

void upstream_conf_changed(struct upstream *upstream)
{
	if (upstream->kind->conf_changed)
		upstream->kind->conf_changed(upstream->self);
}

void upstream_serve_first(struct upstream *upstream, bool first)
{
	upstream->kind->serve_first(upstream->self, first);
}

void upstream_suggest_difficulty(struct upstream *upstream, double difficulty)
{
	assert(difficulty >= 0);
	upstream->kind->suggest_difficulty(upstream->self, difficulty);
}

HOT struct target upstream_target(const struct upstream *upstream)
{
	assert(upstream_ready(upstream));
	return upstream->kind->target(upstream->self);
}

HOT void upstream_newest_job(struct upstream *upstream, uint64_t sequence)
{
	assert(sequence);
	upstream->kind->newest_job(upstream->self, sequence);
}

struct job *upstream_remask(const struct upstream *upstream, const struct job *job)
{
	return upstream->kind->remask(upstream->self, job);
}

HOT_SHARE bool upstream_can_submit(const struct upstream *upstream)
{
	return upstream->kind->can_submit(upstream->self);
}

HOT_SHARE bool upstream_submit(struct upstream *upstream, const struct share *share, bool again)
{
	assert(share->job->session == upstream_login(upstream));
	return upstream->kind->submit(upstream->self, share, again);
}

bool upstream_found_block(struct upstream *upstream, const struct share *share)
{
	return upstream->kind->found_block && upstream->kind->found_block(upstream->self, share);
}

bool upstream_submit_block(struct upstream *upstream, struct block *block)
{
	return upstream_ready(upstream) && upstream->kind->submit_block &&
	       upstream->kind->submit_block(upstream->self, block);
}

bool upstream_awaits_block(const struct upstream *upstream)
{
	return upstream_ready(upstream) && upstream->kind->awaits_block &&
	       upstream->kind->awaits_block(upstream->self);
}

bool upstream_ask_block(struct upstream *upstream, const struct target *hash)
{
	return upstream_ready(upstream) && upstream->kind->ask_block &&
	       upstream->kind->ask_block(upstream->self, hash);
}

bool upstream_keep(struct upstream *upstream)
{
	assert(upstream_state(upstream) != UPSTREAM_CLOSED);
	return upstream->kind->keep(upstream->self);
}

void upstream_forget(struct upstream *upstream)
{
	upstream->kind->forget(upstream->self);
}

bool upstream_is_kept(const struct upstream *upstream)
{
	return upstream->kind->is_kept(upstream->self);
}

HOT bool upstream_is_resumed(const struct upstream *upstream)
{
	return upstream->kind->is_resumed(upstream->self);
}

HOT_SHARE uint64_t upstream_login(const struct upstream *upstream)
{
	assert(upstream_ready(upstream));
	return upstream->kind->login(upstream->self);
}

bool upstream_takes_job(const struct upstream *upstream, const struct job *job)
{
	assert(upstream_ready(upstream));
	return upstream->kind->takes_job(upstream->self, job);
}
