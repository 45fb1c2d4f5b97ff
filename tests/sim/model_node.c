/* SPDX-License-Identifier: MIT */
#include "model_node.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/assert.h"
#include "common/clock.h"
#include "common/container.h"
#include "fake_disk.h"
#include "fake_worker.h"
#include "faults.h"
#include "memory.h"
#include "model.h"
#include "model_ask.h"
#include "model_control.h"
#include "model_pace.h"
#include "trace.h"
#include "violation.h"
#include "world.h"

enum {
	NODE_NEWS_S = 12, /* until workers hash on what the node told: a helper thread may read */
	NODE_INTERVAL_S = 30, /* beside template_interval, until there is another template */
	NODE_LOST_S = 900,    /* until a block has an answer of a node that is well */
	NODE_DISK_S = 10,     /* until a block is safe on a good disk */
	NODE_UNSAVED_S = 2,   /* that a block waits for the disk, at most */
	NODE_FOUND_ROOM = 64,
	NODE_FILE_MAX = FAKE_DISK_SIZE - 4096, /* digits of a block that fit into a file */
	NODE_AGAIN_S =
		NODE_NEWS_S,   /* until a login has its template: a helper reads cookies, too */
	NODE_PENDING = 16,     /* blocks that minerd submits at a time, at most */
	NODE_FOUND_NEAR = 256, /* others of the same parent are not farther away */
};

static struct {
	struct model_block *found;
	size_t n_found, room;
	size_t n_settled; /* of the first ones, all are answered or may be lost */
	uint64_t shares, blocks, logins;
	uint64_t rough_ns;	     /* when disk or memory failed last */
	const struct server *active; /* that was mined on when it was looked at last */
	uint64_t active_ns;	     /* since then */
} model;

void model_node_begin(void)
{
	model_ask_begin();
	free(model.found);
	memset(&model, 0, sizeof(model));
}

uint64_t model_node_shares(void)
{
	return model.shares;
}

uint64_t model_node_blocks(void)
{
	return model.blocks;
}

const struct model_block *model_node_found_blocks(size_t *ret_n)
{
	*ret_n = model.n_found;
	return model.found;
}

uint64_t model_node_logins(void)
{
	return model.logins;
}

static bool since(uint64_t from, uint64_t s)
{
	return from != UINT64_MAX && clock_now() >= from + s * CLOCK_S;
}

/* Disk and memory do what they should. */
static void watch_machine(void)
{
	if (faults_rough() || memory_fails())
		model.rough_ns = clock_now();
}

static bool was_rough(uint64_t from)
{
	return model.rough_ns && model.rough_ns + NODE_DISK_S * CLOCK_S >= from;
}

void model_node_hurt(struct bitcoind *node)
{
	struct server *server = server_of_node(node);

	if (server->well_ns != UINT64_MAX)
		server->well_ns = clock_now();
}

static bool is_nodes(const struct job *job)
{
	return world.chain.kind && chain_find(&world.chain, job->prevhash) != CHAIN_NONE;
}

/* Of several on a parent one is enough. */
static bool is_settled(size_t i)
{
	const struct model_block *found = &model.found[i];
	size_t from = i - MIN(i, (size_t)NODE_FOUND_NEAR);

	for (size_t k = from; k < MIN(model.n_found, i + NODE_FOUND_NEAR); k++)
		if ((model.found[k].answered_ns || model.found[k].excused) &&
		    memcmp(model.found[k].parent, found->parent, sizeof(found->parent)) == 0)
			return true;
	return false;
}

/* The oldest one is given up where too many, each on another parent, have no answer. */
static void give_up_oldest(void)
{
	struct model_block *oldest = NULL, *last = NULL;
	unsigned n = 0;

	for (size_t i = model.n_settled; i < model.n_found; i++) {
		struct model_block *found = &model.found[i];

		if (is_settled(i) ||
		    (last && memcmp(last->parent, found->parent, sizeof(last->parent)) == 0))
			continue;
		oldest = oldest ? oldest : found;
		last = found;
		n++;
	}
	if (n > NODE_PENDING)
		oldest->excused = true;
}

bool model_node_found(const struct share *share)
{
	struct model_block *found;

	if (!is_nodes(share->job))
		return false;
	model.shares++;
	if (!target_met(&share->job->network_target, &share->hash))
		return true;
	watch_machine();
	if (model.n_found == model.room) {
		model.room = MAX(2 * model.room, (size_t)NODE_FOUND_ROOM);
		model.found = realloc(model.found, model.room * sizeof(*model.found));
		assert(model.found);
	}
	found = &model.found[model.n_found++];
	*found = (struct model_block){.hash = share->hash,
				      .ns = clock_now(),
				      .run_ns = world.started_ns,
				      .active = model_active_server(),
				      .session = share->job->session};
	found->excused = was_rough(clock_now());
	memcpy(found->parent, share->job->prevhash, sizeof(found->parent));
	give_up_oldest();
	trace_line("worker", "block %08" PRIx32 " on %02x%02x%02x%02x, session %" PRIu64,
		   share->hash.word[0], found->parent[0], found->parent[1], found->parent[2],
		   found->parent[3], share->job->session);
	return true;
}

/*
 * A run, or a login with other settings, that follows at once gets the same template, and makes
 * jobs of it until there is another one.
 */
bool model_node_excuses(const struct job *job)
{
	uint64_t from_ns = MAX(world.started_ns, world.changed_ns);
	uint64_t ago_s = (clock_now() - from_ns) / CLOCK_S;

	return is_nodes(job) && (ago_s < NODE_AGAIN_S ||
				 (uint64_t)job->ntime + ago_s <= chain_time() + NODE_AGAIN_S);
}

static struct model_block *find(const uint8_t hash[32])
{
	struct target value;

	target_from_hash(&value, hash);
	for (size_t i = model.n_found; i-- > 0;)
		if (memcmp(&model.found[i].hash, &value, sizeof(value)) == 0)
			return &model.found[i];
	return NULL;
}

const struct model_block *model_node_block(const uint8_t hash[32])
{
	return find(hash);
}

/* Seconds that the daemon's workers may lag behind what it knows. */
static uint64_t news_s(void)
{
	return NODE_NEWS_S + (world.slow_workers ? WORLD_SLOW_S : 0);
}

/* Since when the daemon mines on that server, as far as was looked. */
static uint64_t active_since(const struct server *active)
{
	if (model.active != active) {
		model.active = active;
		model.active_ns = clock_now();
	}
	return model.active_ns;
}

/*
 * One that a node took before this was found; NULL: there is none. Of another node the template
 * after it may be on its way, and a worker that is slow hashes on for a login that was left.
 */
static const struct model_block *find_first(const struct model_block *second)
{
	for (size_t i = model.n_found, n = NODE_FOUND_NEAR; i-- > 0 && n-- > 0;) {
		const struct model_block *first = &model.found[i];
		uint64_t slack_ns = first->active == second->active ? 0 : CLOCK_S;

		if (world.slow_workers && first->session != second->session)
			slack_ns = MAX(slack_ns, WORLD_SLOW_S * CLOCK_S);
		if (first != second && first->taken_ns && first->taken_ns + slack_ns < second->ns &&
		    memcmp(first->parent, second->parent, sizeof(first->parent)) == 0)
			return first;
	}
	return NULL;
}

/* A block is on the disk before it is submitted, unless that takes too long. */
static void check_saved(const struct bitcoind *node, const struct model_block *found,
			const char *hex)
{
	bool may_be_lost = since(found->ns, NODE_UNSAVED_S) || world.daemon->stopping ||
			   strlen(hex) > NODE_FILE_MAX;

	watch_machine();
	may_be_lost |= was_rough(found->ns);
	VIOLATION_IF(!found->sent_ns && !may_be_lost && !fake_disk_keeps(hex, strlen(hex)),
		     "%s: a block comes that is not on the disk", node->url);
}

void model_node_submitted(struct bitcoind *node, const struct chain_checked *checked,
			  const char *word, const char *hex)
{
	const struct chain *chain = node->chain;
	struct model_block *found = find(checked->hash);
	const struct model_block *first;

	VIOLATION_IF(word && strcmp(word, "stale-prevblk") != 0, "%s: a block is invalid: %s",
		     node->url, word);
	VIOLATION_IF(!found, "%s: a block comes whose hash no worker has found", node->url);
	check_saved(node, found, hex);
	found->sent_ns = found->sent_ns ? found->sent_ns : clock_now();
	found->value = checked->template->value;
	found->time = checked->time;
	snprintf(found->head, sizeof(found->head), "%s", hex);
	first = find_first(found);
	VIOLATION_IF(first && chain->back_ns < first->taken_ns,
		     "%s: a second block of the same parent comes, found %" PRIu64
		     " s after the first one was taken",
		     node->url, (found->ns - first->taken_ns) / CLOCK_S);
	VIOLATION_IF(checked->template->over_ns &&
			     found->ns > checked->template->over_ns +
						 (node->interval + NODE_INTERVAL_S + news_s()) *
							 CLOCK_S &&
			     since(server_of_node(node)->well_ns, NODE_LOST_S) && !word,
		     "%s: a block is of a template that another one replaced %" PRIu64 " s before",
		     node->url, (found->ns - checked->template->over_ns) / CLOCK_S);
}

void model_node_answered(const struct chain_checked *checked, enum model_said said, uint64_t at_ns)
{
	struct model_block *found = find(checked->hash);

	found->said |= said;
	if (!found->answered_ns)
		found->answered_ns = at_ns;
	if (said == MODEL_TAKEN)
		found->again_ns = at_ns;
	if (said != MODEL_TAKEN || found->taken_ns)
		return;
	found->taken_ns = at_ns;
	model.blocks++;
	model_control_mined(found);
}

void model_node_called(struct bitcoind *node, const char *text)
{
	if (strstr(text, "getblockchaininfo")) {
		model.logins++;
		model_pace_attempt(server_of_node(node));
	}
}

/* Each header of a node's job could be that of a block. */
static void check_header(const struct job *job, const uint8_t *header)
{
	uint32_t parent = world.chain.kind ? chain_find(&world.chain, job->prevhash) : CHAIN_NONE;
	const char *wrong =
		parent == CHAIN_NONE ? NULL : chain_check_header(&world.chain, parent, header);

	VIOLATION_IF(wrong, "workers hash a header of job %s of which no block can be made: %s",
		     job->id, wrong);
}

/* And what they hash for that node is on the block that it told last. */
void model_node_hashed(const struct job *job, const uint8_t *header)
{
	const struct server *active = model_active_server();
	const struct bitcoind *node = active ? active->node : NULL;
	const struct chain *chain = &world.chain;
	uint32_t parent;
	uint64_t from_ns = active_since(active);

	check_header(job, header);
	if (!node || node->told_ns == UINT64_MAX)
		return;
	/* Until the workers see its job they hash on for the one before, which may hang. */
	from_ns = MAX(from_ns, node->told_ns);
	from_ns = MAX(from_ns, world.resumed_ns);
	parent = chain_find(chain, job->prevhash);
	if (parent == CHAIN_NONE || parent == node->told_parent || parent == chain->tip)
		return;
	VIOLATION_IF(
		since(MAX(from_ns, world.changed_ns), news_s()) && since(active->well_ns, news_s()),
		"workers hash on block %" PRIu32 ", though %s told of block %" PRIu32 " %" PRIu64
		" s ago",
		chain->blocks[parent].height, active->name, chain->blocks[node->told_parent].height,
		(clock_now() - node->told_ns) / CLOCK_S);
}

/* What was sent is on the disk until it is answered. */
static void check_kept(const struct model_block *found)
{
	VIOLATION_IF(found->sent_ns && !found->answered_ns && !found->excused &&
			     since(found->ns, NODE_DISK_S) && !was_rough(found->ns) &&
			     !fake_disk_keeps(found->head, strlen(found->head)),
		     "a block that no node has answered for %" PRIu64 " s is not on the disk",
		     (clock_now() - found->ns) / CLOCK_S);
}

/* Blocks that no node has answered, though one is well. */
static void check_lost(void)
{
	for (size_t i = model.n_settled; i < model.n_found; i++) {
		const struct model_block *found = &model.found[i];

		if (!since(found->ns, NODE_LOST_S))
			return;
		model.n_settled = i + 1;
		VIOLATION_IF(!is_settled(i),
			     "a block was found %" PRIu64 " s ago, and no node got it",
			     (clock_now() - found->ns) / CLOCK_S);
	}
}

void model_node_check(void)
{
	const struct server *active = model_active_server();
	bool well = false;

	watch_machine();
	(void)active_since(active);
	/* Each template needs memory, and each login may need a cookie from the disk. */
	for (unsigned i = 0; i < world.n_servers; i++)
		if (world.servers[i].node &&
		    (memory_fails() || (faults_rough() && world.servers[i].node->file[0])))
			model_node_hurt(world.servers[i].node);
	VIOLATION_IF(fake_http_busy() > 4UL * SERVER_MAX, "%zu calls of nodes are under way",
		     fake_http_busy());
	model_ask_check(active);
	for (unsigned i = 0; i < world.in_force.n; i++) {
		const struct server *server = &world.servers[world.in_force.order[i]];

		well |= server->node && since(server->well_ns, NODE_LOST_S) &&
			clock_now() >= server->strange_ns && since(world.changed_ns, NODE_LOST_S) &&
			active == server;
	}
	if (well)
		check_lost();
	for (size_t i = model.n_settled; i < model.n_found; i++)
		check_kept(&model.found[i]);
}

void model_node_ended(bool killed)
{
	for (size_t i = 0; i < model.n_found; i++) {
		struct model_block *found = &model.found[i];

		if (!found->answered_ns && was_rough(found->ns))
			found->excused = true;
		if (!found->answered_ns && killed && !since(found->ns, NODE_DISK_S))
			found->excused = true;
		if (found->run_ns == world.started_ns)
			found->listed = !killed && !was_rough(world.started_ns) &&
					found->answered_ns &&
					since(found->answered_ns, NODE_DISK_S);
	}
	VIOLATION_IF(!killed && fake_http_busy(), "%zu calls of nodes are left", fake_http_busy());
}
