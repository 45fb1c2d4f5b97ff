/* SPDX-License-Identifier: MIT */
/*
 * Invariant: while ready there is a newest template, and its job was the last one that the handler
 * got. A template that says nothing new makes no job.
 */
#include "upstream/node/node.h"

#include <stdio.h>
#include <string.h>

#include "common/assert.h"
#include "common/cleanup.h"
#include "common/clock.h"
#include "common/container.h"
#include "common/log.h"
#include "common/random.h"
#include "upstream/node/node_work.h"

static bool node_is_live(const struct node *node)
{
	return node->state == NODE_CONNECTING || node->state == NODE_READY;
}

void node_close(struct node *node)
{
	if (!node_is_live(node))
		return;
	node->state = NODE_CLOSING;
	ring_timer_stop(node->settings.ring, &node->refresh);
	ring_timer_stop(node->settings.ring, &node->minimum);
	node_shares_clear(&node->shares);
	node_link_close(&node->link);
}

static void node_lost(struct node *node, const char *reason, bool refused)
{
	if (!node_is_live(node))
		return;
	node_close(node);
	node->handler->lost(node, reason, refused);
}

/*
 * Whether a header of the template may not have another time than it has. The difficulty of some
 * chains depends on it, and the node has said which goes with the one that it gave.
 */
static bool node_time_is_fixed(const struct node *node, const struct template *template)
{
	return node->chain.minimum_difficulty &&
	       template->curtime <= node->parent_time + NODE_MINIMUM_AFTER;
}

/* A job of the newest template. false: there is none, and the node is lost. */
static bool node_issue(struct node *node, bool clean)
{
	const struct template *template = node_templates_newest(&node->templates);
	const struct node_work work = {
		.conf = node->settings.conf,
		.stock = node->settings.stock,
		.number = node->number,
		.session = node->session,
		.salt = node->salt,
		.difficulty = node->difficulty,
		.clean = clean,
		.fixed_time = node_time_is_fixed(node, template),
		.received_ns = node->received_ns,
	};
	char reason[NODE_WORK_REASON_MAX];
	struct job *job = node_work_job(template, &work, reason);

	if (!job) {
		node_lost(node, reason, false);
		return false;
	}
	node->handler->job(node, job);
	return node_is_live(node);
}

static bool node_same_block(const struct template *a, const struct template *b)
{
	return memcmp(a->prevhash, b->prevhash, sizeof(a->prevhash)) == 0;
}

/* Whether b leads to no other headers than a, but for the time that is rolled anyway. */
static bool node_says_nothing_new(const struct template *a, const struct template *b)
{
	return node_same_block(a, b) && a->version == b->version && a->nbits == b->nbits &&
	       a->version_mask == b->version_mask && a->value == b->value &&
	       a->n_branches == b->n_branches && a->aux_size == b->aux_size &&
	       memcmp(a->aux, b->aux, a->aux_size) == 0 &&
	       a->commitment_size == b->commitment_size &&
	       memcmp(a->commitment, b->commitment, a->commitment_size) == 0 &&
	       memcmp(a->branches, b->branches, a->n_branches * sizeof(*a->branches)) == 0;
}

/* The hash that a header names as its parent, as a number. */
static struct target node_parent(const struct template *template)
{
	struct target hash;

	target_from_hash(&hash, template->prevhash);
	return hash;
}

/* Asks when the parent was made, from which on the moment counts at which the difficulty falls. */
static void node_ask_parent(struct node *node, const struct template *template)
{
	const struct target parent = node_parent(template);

	ring_timer_stop(node->settings.ring, &node->minimum);
	node->minimum_tries = 0;
	if (node->chain.minimum_difficulty)
		(void)node_link_ask(&node->link, &parent);
}

static void node_become_ready(struct node *node)
{
	node->state = NODE_READY;
	node->kept = false;
	node_shares_login(&node->shares);
	node->handler->ready(node);
}

/* New work. */
static void node_take(struct node *node, const struct reading *reading)
{
	const struct template *last = node_templates_newest(&node->templates);
	bool clean = !last || !node_same_block(last, reading->template);
	bool first = node->state == NODE_CONNECTING;

	if (clean)
		node->parent_time = NODE_PARENT_UNKNOWN;
	node_templates_add(&node->templates, node->session, ++node->number,
			   template_ref(reading->template));
	node->received_ns = reading->received_ns;
	if (!node_issue(node, clean))
		return;
	if (first)
		node_become_ready(node);
	if (!node_is_live(node))
		return;
	if (clean && !reading->long_poll)
		node_link_expect_poll(&node->link);
	/* The timer of a login before this one has ended with it. */
	if (clean || first)
		node_ask_parent(node, reading->template);
}

/* Whether it is on the block of a template that is kept. */
static bool node_was_on(const struct node *node, const struct template *template)
{
	for (unsigned i = 0; i < node->templates.n; i++)
		if (node_same_block(node->templates.list[i].template, template))
			return true;
	return false;
}

/*
 * It is on another block than the newest one, and may be older: it was asked for before that came,
 * or a long poll, which has always been asked for before, leads back.
 */
static bool node_is_late(const struct node *node, const struct reading *reading)
{
	const struct template *last = node_templates_newest(&node->templates);

	if (!last || node->state != NODE_READY || node_same_block(last, reading->template))
		return false;
	return reading->long_poll ? node_was_on(node, reading->template)
				  : reading->asked_ns < node->received_ns;
}

/* The next template is asked for by then, whatever happens. */
static void node_arm_refresh(struct node *node)
{
	const struct template *template = node_templates_newest(&node->templates);
	uint32_t seconds = MIN((uint32_t)node->settings.conf->template_interval,
			       MAX(template->expires, (uint32_t)1));

	ring_timer_in(node->settings.ring, &node->refresh, seconds * CLOCK_S);
}

/*
 * By the node's clock, which its templates show: each one anew, as the time of one may be ahead of
 * the clock, after the median of the blocks before. From the last second before the moment on the
 * timer that runs is the one that goes on.
 */
static void node_arm_minimum(struct node *node, bool first)
{
	uint64_t falls = (uint64_t)node->parent_time + NODE_MINIMUM_AFTER + 1;
	uint64_t early = NODE_MINIMUM_EARLY_MS * CLOCK_MS, in;

	if (!node->chain.minimum_difficulty || node->parent_time == NODE_PARENT_UNKNOWN ||
	    falls <= node->curtime)
		return;
	in = (falls - node->curtime) * CLOCK_S;
	if (!first && in <= early)
		return;
	node->minimum_tries = 0;
	ring_timer_at(node->settings.ring, &node->minimum, node->curtime_ns + in - early);
}

static void node_on_template(struct node_link *link, const struct reading *reading)
{
	struct node *node = container_of(link, struct node, link);
	const struct template *last = node_templates_newest(&node->templates);
	bool is_new = !last || node->state == NODE_CONNECTING ||
		      !node_says_nothing_new(last, reading->template);
	bool early = reading->received_ns - reading->asked_ns < NODE_LINK_EARLY_MS * CLOCK_MS;

	if (node_is_late(node, reading)) {
		node_link_want_template(link);
		return;
	}
	node->curtime = reading->template->curtime;
	node->curtime_ns = reading->received_ns;
	if (is_new)
		node_take(node, reading);
	if (!node_is_live(node))
		return;
	node_arm_minimum(node, false);
	node_link_poll(link, reading->template->longpollid,
		       is_new || !reading->long_poll || !early);
	node_arm_refresh(node);
}

static void node_on_refresh(struct ring_timer *timer)
{
	struct node *node = container_of(timer, struct node, refresh);

	node_link_want_template(&node->link);
	node_arm_refresh(node);
}

/* The difficulty falls now, if the node's clock agrees. */
static void node_on_minimum(struct ring_timer *timer)
{
	struct node *node = container_of(timer, struct node, minimum);

	if (!node_time_is_fixed(node, node_templates_newest(&node->templates)))
		return;
	node_link_want_template(&node->link);
	if (++node->minimum_tries < NODE_MINIMUM_RETRIES)
		ring_timer_in(node->settings.ring, timer, NODE_MINIMUM_RETRY_MS * CLOCK_MS);
}

static void node_on_parent(struct node *node, const struct chain_header *header)
{
	node->parent_time = MIN(header->time, NODE_PARENT_UNKNOWN - 1);
	node_arm_minimum(node, true);
}

static void node_on_header(struct node_link *link, const struct target *hash,
			   const struct chain_header *header)
{
	struct node *node = container_of(link, struct node, link);
	const struct template *template = node_templates_newest(&node->templates);
	const struct target parent = node_parent(template);

	if (header && memcmp(hash, &parent, sizeof(parent)) == 0)
		node_on_parent(node, header);
	node->handler->block_seen(node, hash, header ? header->confirmations : -1);
}

static void node_on_chain(struct node_link *link, const struct chain_info *chain)
{
	struct node *node = container_of(link, struct node, link);
	char reason[CHAIN_INFO_REASON_MAX];
	const char *refused =
		chain_info_refuses(chain, node->settings.conf->payout.address, reason);

	node->chain = *chain;
	if (refused)
		node_lost(node, refused, !chain->initial_download);
	else
		node_link_want_template(link);
}

static void node_on_block_answered(struct node_link *link, const struct block *block,
				   const struct block_answer *answer)
{
	struct node *node = container_of(link, struct node, link);
	struct share_answer of_share;
	struct node_share share;

	/* Its own next template is what follows an accepted block, and a refused one. */
	node_link_want_template(link);
	if (node_shares_take_block(&node->shares, &block->hash, &share)) {
		of_share = node_shares_answer(&share, answer);
		node->handler->answered(node, share.share, &of_share);
	}
	node->handler->block_answered(node, block, answer);
}

static void node_on_failed(struct node_link *link, const char *reason, bool refused)
{
	node_lost(container_of(link, struct node, link), reason, refused);
}

static void node_on_closed(struct node_link *link)
{
	struct node *node = container_of(link, struct node, link);

	node->state = NODE_CLOSED;
	node->handler->closed(node);
}

static const struct node_link_handler node_link_events = {
	.chain = node_on_chain,
	.template = node_on_template,
	.header = node_on_header,
	.block_answered = node_on_block_answered,
	.failed = node_on_failed,
	.closed = node_on_closed,
};

/* Shares that are no blocks are as good as their hash, which a worker and the oracle have seen. */
static void node_on_answer(struct ring_task *task)
{
	struct node *node = container_of(task, struct node, answer);
	const struct block_answer good = {.verdict = BLOCK_ACCEPTED, .text = ""};
	struct share_answer answer;
	struct node_share share;

	while (node->state == NODE_READY && node_shares_take(&node->shares, &share)) {
		answer = node_shares_answer(&share, &good);
		answer.no_block = true;
		node->handler->answered(node, share.share, &answer);
	}
}

static void node_on_reissue(struct ring_task *task)
{
	struct node *node = container_of(task, struct node, reissue);

	if (node->state == NODE_READY)
		node_issue(node, false);
}

int node_init(struct node *node, const struct node_settings *settings,
	      const struct node_handler *handler)
{
	*node = (struct node){
		.settings = *settings,
		.handler = handler,
		.refresh.fn = node_on_refresh,
		.minimum.fn = node_on_minimum,
		.answer.fn = node_on_answer,
		.reissue.fn = node_on_reissue,
		.difficulty = NODE_DIFFICULTY,
		.salt = (uint32_t)random_u64(),
	};
	return node_link_init(&node->link, settings->ring, settings->conf, settings->limits,
			      settings->tls, &node_link_events);
}

void node_deinit(struct node *node)
{
	node_link_deinit(&node->link);
	node_templates_clear(&node->templates);
}

void node_connect(struct node *node, uint64_t number)
{
	assert(node->state == NODE_CLOSED);
	node->resumed = node->kept;
	if (!node->resumed)
		node->session = number;
	node->state = NODE_CONNECTING;
	node_link_open(&node->link);
}

void node_set_difficulty(struct node *node, double difficulty)
{
	node->difficulty = difficulty > 0 ? difficulty : NODE_DIFFICULTY;
	if (node->state == NODE_READY)
		ring_task_queue(node->settings.ring, &node->reissue);
}

void node_conf_changed(struct node *node)
{
	node_link_conf_changed(&node->link);
}

bool node_can_submit(const struct node *node)
{
	/* While a block is on its way others on its parent are worth nothing: wait for the next
	 * template. What is found with that must not wait, as the answer may never come. */
	return node->state == NODE_READY && !node_shares_full(&node->shares) &&
	       !node_shares_has_block(&node->shares,
				      node_templates_newest(&node->templates)->prevhash);
}

/* Of that job, of any login; NULL: it is not kept. */
static const struct template *node_template(const struct node *node, const struct job *job)
{
	return node_templates_find(&node->templates, job->session, node_work_number(job));
}

static struct block *node_build(const struct node *node, const struct share *share)
{
	const struct template *template = node_template(node, share->job);

	return template ? node_work_block(template, share) : NULL;
}

bool node_found_block(struct node *node, const struct share *share)
{
	struct block *block;

	if (!node_takes_job(node, share->job))
		return false;
	block = node_build(node, share);
	if (!block) {
		log_error("pool %s: no memory to build a block that was found",
			  node->settings.conf->name);
		return false;
	}
	node_shares_built(&node->shares, &share->hash);
	node->handler->block(node, block);
	return true;
}

bool node_submit(struct node *node, const struct share *share, bool again)
{
	if (node->state != NODE_READY || node_shares_full(&node->shares))
		return false;
	if (!node_shares_add(&node->shares, share)) {
		ring_task_queue(node->settings.ring, &node->answer);
	} else if (again || !node_shares_is_new(&node->shares, &share->hash)) {
		/* Who keeps the block may have its answer from another node already. */
		struct block *block = node_build(node, share);
		struct node_share unsent;

		if (!block)
			return !node_shares_take_block(&node->shares, &share->hash, &unsent);
		node->handler->block(node, block);
	}
	return true;
}

bool node_submit_block(struct node *node, struct block *block)
{
	if (node->state != NODE_READY)
		return false;
	if (node_blocks_submit(&node->link.blocks, block))
		return true;
	/* The share would wait for the block's answer forever; the next login sends it again. */
	node_link_break(&node->link, "a block cannot be sent: no memory, or too many wait");
	return false;
}

bool node_awaits_block(const struct node *node)
{
	return node->link.blocks.n != 0;
}

bool node_ask_block(struct node *node, const struct target *hash)
{
	return node->state == NODE_READY && node_link_ask(&node->link, hash);
}

bool node_takes_job(const struct node *node, const struct job *job)
{
	return node_template(node, job) != NULL;
}
