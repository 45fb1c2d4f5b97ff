/* SPDX-License-Identifier: MIT */
#include "upstream/upstream_node.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "common/assert.h"
#include "common/container.h"
#include "common/hot.h"
#include "upstream/node/node_work.h"

static_assert((unsigned)CHAIN_INFO_NAME_MAX <= (unsigned)UPSTREAM_CHAIN_MAX,
	      "a snapshot holds the name of a chain");

static struct upstream *node_upstream(struct node *node)
{
	return container_of(node, struct upstream_node, node)->upstream;
}

static void node_on_ready(struct node *node)
{
	struct upstream *upstream = node_upstream(node);

	upstream->handler->ready(upstream);
}

static void node_on_job(struct node *node, struct job *job)
{
	struct upstream *upstream = node_upstream(node);

	upstream->handler->job(upstream, job);
}

static void node_on_answered(struct node *node, const struct share *share,
			     const struct share_answer *answer)
{
	struct upstream *upstream = node_upstream(node);

	upstream->handler->answered(upstream, share, answer);
}

static void node_on_lost(struct node *node, const char *reason, bool refused)
{
	struct upstream *upstream = node_upstream(node);

	upstream->handler->lost(upstream, reason, refused);
}

static void node_on_closed(struct node *node)
{
	struct upstream *upstream = node_upstream(node);

	upstream->handler->closed(upstream);
}

static void node_on_block(struct node *node, struct block *block)
{
	struct upstream *upstream = node_upstream(node);

	upstream->handler->block(upstream, block);
}

static void node_on_block_answered(struct node *node, const struct block *block,
				   const struct block_answer *answer)
{
	struct upstream *upstream = node_upstream(node);

	upstream->handler->block_answered(upstream, block, answer);
}

static void node_on_block_seen(struct node *node, const struct target *hash, int64_t confirmations)
{
	struct upstream *upstream = node_upstream(node);

	upstream->handler->block_seen(upstream, hash, confirmations);
}

static const struct node_handler node_events = {
	.ready = node_on_ready,
	.job = node_on_job,
	.answered = node_on_answered,
	.lost = node_on_lost,
	.closed = node_on_closed,
	.block = node_on_block,
	.block_answered = node_on_block_answered,
	.block_seen = node_on_block_seen,
};

static int upstream_node_init(void **ret_self, struct upstream *upstream,
			      const struct upstream_settings *settings)
{
	const struct node_settings own = {
		.ring = settings->ring,
		.conf = settings->conf,
		.limits = settings->limits,
		.tls = settings->tls,
		.stock = settings->stock,
	};
	struct upstream_node *self = calloc(1, sizeof(*self));
	int r;

	if (!self)
		return -ENOMEM;
	self->upstream = upstream;
	r = node_init(&self->node, &own, &node_events);
	if (r < 0) {
		free(self);
		return -ENOMEM;
	}
	*ret_self = self;
	return 0;
}

static struct node *upstream_node_own(void *self)
{
	return &((struct upstream_node *)self)->node;
}

static const struct node *upstream_node_of(const void *self)
{
	return &((const struct upstream_node *)self)->node;
}

static void upstream_node_deinit(void *self)
{
	node_deinit(upstream_node_own(self));
	free(self);
}

/* The URL says where: nodes redirect nobody. */
static void upstream_node_connect(void *self, uint64_t number, const char *host, unsigned port)
{
	node_connect(upstream_node_own(self), number);
}

static void upstream_node_close(void *self)
{
	node_close(upstream_node_own(self));
}

static enum upstream_state upstream_node_state(const void *self)
{
	switch (upstream_node_of(self)->state) {
	case NODE_CONNECTING:
		return UPSTREAM_CONNECTING;
	case NODE_READY:
		return UPSTREAM_READY;
	case NODE_CLOSING:
		return UPSTREAM_CLOSING;
	case NODE_CLOSED:
		break;
	}
	return UPSTREAM_CLOSED;
}

static void upstream_node_snapshot(struct upstream_snapshot *ret, const void *self)
{
	const struct node *node = upstream_node_of(self);
	const struct template *template = node_templates_newest(&node->templates);

	if (node->state != NODE_CONNECTING && node->state != NODE_READY)
		return;
	snprintf(ret->address, sizeof(ret->address), "%s", node->link.http.address);
	snprintf(ret->chain, sizeof(ret->chain), "%s", node->chain.name);
	if (node->state != NODE_READY)
		return;
	ret->height = template->height;
	ret->version_mask = node->settings.conf->version_rolling ? template->version_mask : 0;
	ret->version_rolling = ret->version_mask != 0;
	ret->extranonce2_size = NODE_WORK_EXTRANONCE2;
}

/* Each call takes them as they are when it begins. */
static void upstream_node_limits_changed(void *self)
{
}

/* A node has no flood of lines that others are to be served before. */
static void upstream_node_serve_first(void *self, bool first)
{
}

static void upstream_node_suggest_difficulty(void *self, double difficulty)
{
	node_set_difficulty(upstream_node_own(self), difficulty);
}

static struct target upstream_node_target(const void *self)
{
	struct target target;

	target_from_difficulty(&target, upstream_node_of(self)->difficulty);
	return target;
}

/* Shares are judged here, by their own jobs. */
static void upstream_node_newest_job(void *self, uint64_t sequence)
{
}

static struct job *upstream_node_remask(const void *self, const struct job *job)
{
	return job_copy(job);
}

HOT_SHARE static bool upstream_node_can_submit(const void *self)
{
	return node_can_submit(upstream_node_of(self));
}

static bool upstream_node_submit(void *self, const struct share *share, bool again)
{
	return node_submit(upstream_node_own(self), share, again);
}

static void upstream_node_conf_changed(void *self)
{
	node_conf_changed(upstream_node_own(self));
}

static bool upstream_node_found_block(void *self, const struct share *share)
{
	return node_found_block(upstream_node_own(self), share);
}

static bool upstream_node_submit_block(void *self, struct block *block)
{
	return node_submit_block(upstream_node_own(self), block);
}

static bool upstream_node_awaits_block(const void *self)
{
	return node_awaits_block(upstream_node_of(self));
}

static bool upstream_node_ask_block(void *self, const struct target *hash)
{
	return node_ask_block(upstream_node_own(self), hash);
}

/* Templates stay good over a break. */
static bool upstream_node_keep(void *self)
{
	upstream_node_own(self)->kept = true;
	return true;
}

static void upstream_node_forget(void *self)
{
	upstream_node_own(self)->kept = false;
}

static bool upstream_node_is_kept(const void *self)
{
	return upstream_node_of(self)->kept;
}

static bool upstream_node_is_resumed(const void *self)
{
	return upstream_node_of(self)->resumed;
}

static uint64_t upstream_node_login(const void *self)
{
	return upstream_node_of(self)->session;
}

static bool upstream_node_takes_job(const void *self, const struct job *job)
{
	return node_takes_job(upstream_node_of(self), job);
}

const struct upstream_kind upstream_node_kind = {
	.init = upstream_node_init,
	.deinit = upstream_node_deinit,
	.connect = upstream_node_connect,
	.close = upstream_node_close,
	.state = upstream_node_state,
	.snapshot = upstream_node_snapshot,
	.limits_changed = upstream_node_limits_changed,
	.serve_first = upstream_node_serve_first,
	.suggest_difficulty = upstream_node_suggest_difficulty,
	.target = upstream_node_target,
	.newest_job = upstream_node_newest_job,
	.remask = upstream_node_remask,
	.can_submit = upstream_node_can_submit,
	.submit = upstream_node_submit,
	.conf_changed = upstream_node_conf_changed,
	.found_block = upstream_node_found_block,
	.submit_block = upstream_node_submit_block,
	.awaits_block = upstream_node_awaits_block,
	.ask_block = upstream_node_ask_block,
	.keep = upstream_node_keep,
	.forget = upstream_node_forget,
	.is_kept = upstream_node_is_kept,
	.is_resumed = upstream_node_is_resumed,
	.login = upstream_node_login,
	.takes_job = upstream_node_takes_job,
};
