/* SPDX-License-Identifier: MIT */
#include "model_node.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "common/assert.h"
#include "common/clock.h"
#include "common/container.h"
#include "fake_worker.h"
#include "faults.h"
#include "memory.h"
#include "model.h"
#include "trace.h"
#include "violation.h"
#include "world.h"

enum {
	NODE_NEWS_S = 12, /* until workers hash on what the node told: a helper thread may read */
	NODE_ASK_S = 15,  /* until the daemon has asked for what a long poll tells */
	NODE_INTERVAL_S = 30, /* and beside template_interval, without one */
	NODE_MOMENT_S = 6,    /* after the difficulty fell */
	NODE_LOST_S = 900,    /* until a block has an answer of a node that is well */
	NODE_DISK_S = 10,     /* until a block is safe on a good disk */
	NODE_CALLS_MINUTE = 300,
	NODE_CALLS_TIP = 12, /* and for each best block that comes: its template, headers .. */
	NODE_POLL_MS = 1000, /* between two long polls, at least, with nothing new */
	NODE_FOUND_ROOM = 64,
	NODE_AGAIN_S =
		NODE_NEWS_S,   /* until a login has its template: a helper reads cookies, too */
	NODE_PENDING = 16,     /* blocks that minerd submits at a time, at most */
	NODE_FOUND_NEAR = 256, /* others of the same parent are not farther away */
};

/* A hash of a worker that is a block. */
struct found {
	struct target hash;
	uint8_t parent[32];
	uint64_t ns;
	uint64_t answered_ns; /* when a node's first answer is there; 0: there is none */
	uint64_t taken_ns;    /* when a node took it, so that there is no second one; 0: none did */
	bool excused;	      /* it may be lost */
	const struct server *active; /* that the daemon mined on; or NULL */
	uint64_t session;	     /* of its job */
};

static struct {
	struct found *found;
	size_t n_found, room;
	size_t n_settled; /* of the first ones, all are answered or may be lost */
	uint64_t shares, blocks, logins;
	uint64_t rough_ns;	      /* when disk or memory failed last */
	uint64_t minute, minute_tips; /* chain.n_tips when the minute began */
	const struct server *active;  /* that was mined on when it was looked at last */
	uint64_t active_ns;	      /* since then */
} model;

void model_node_begin(void)
{
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

uint64_t model_node_logins(void)
{
	return model.logins;
}

static bool since(uint64_t from, uint64_t s)
{
	return from != UINT64_MAX && clock_now() >= from + s * CLOCK_S;
}

static struct server *server_of(const struct bitcoind *node)
{
	for (unsigned i = 0; i < world.n_servers; i++)
		if (world.servers[i].node == node)
			return &world.servers[i];
	violation("%s is of no server", node->url);
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
	struct server *server = server_of(node);

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
	const struct found *found = &model.found[i];
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
	struct found *oldest = NULL, *last = NULL;
	unsigned n = 0;

	for (size_t i = model.n_settled; i < model.n_found; i++) {
		struct found *found = &model.found[i];

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
	struct found *found;

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
	*found = (struct found){.hash = share->hash,
				.ns = clock_now(),
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

static struct found *find(const uint8_t hash[32])
{
	struct target value;

	target_from_hash(&value, hash);
	for (size_t i = model.n_found; i-- > 0;)
		if (memcmp(&model.found[i].hash, &value, sizeof(value)) == 0)
			return &model.found[i];
	return NULL;
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
static const struct found *find_first(const struct found *second)
{
	for (size_t i = model.n_found, n = NODE_FOUND_NEAR; i-- > 0 && n-- > 0;) {
		const struct found *first = &model.found[i];
		uint64_t slack_ns = first->active == second->active ? 0 : CLOCK_S;

		if (world.slow_workers && first->session != second->session)
			slack_ns = MAX(slack_ns, WORLD_SLOW_S * CLOCK_S);
		if (first != second && first->taken_ns && first->taken_ns + slack_ns < second->ns &&
		    memcmp(first->parent, second->parent, sizeof(first->parent)) == 0)
			return first;
	}
	return NULL;
}

void model_node_submitted(struct bitcoind *node, const struct chain_checked *checked,
			  const char *word)
{
	const struct chain *chain = node->chain;
	const struct found *found = find(checked->hash), *first;

	VIOLATION_IF(word && strcmp(word, "stale-prevblk") != 0, "%s: a block is invalid: %s",
		     node->url, word);
	VIOLATION_IF(!found, "%s: a block comes whose hash no worker has found", node->url);
	first = find_first(found);
	VIOLATION_IF(first && chain->back_ns < first->taken_ns,
		     "%s: a second block of the same parent comes, found %" PRIu64
		     " s after the first one was taken",
		     node->url, (found->ns - first->taken_ns) / CLOCK_S);
	VIOLATION_IF(checked->template->over_ns &&
			     found->ns > checked->template->over_ns +
						 (node->interval + NODE_INTERVAL_S + news_s()) *
							 CLOCK_S &&
			     since(server_of(node)->well_ns, NODE_LOST_S) && !word,
		     "%s: a block is of a template that another one replaced %" PRIu64 " s before",
		     node->url, (found->ns - checked->template->over_ns) / CLOCK_S);
}

void model_node_answered(const struct chain_checked *checked, bool taken, uint64_t at_ns)
{
	struct found *found = find(checked->hash);

	if (!found->answered_ns)
		found->answered_ns = at_ns;
	if (!taken || found->taken_ns)
		return;
	found->taken_ns = at_ns;
	model.blocks++;
}

static void next_minute(void)
{
	uint64_t minute = clock_now() / (60 * CLOCK_S);

	if (minute == model.minute)
		return;
	model.minute = minute;
	model.minute_tips = world.chain.n_tips;
	for (unsigned i = 0; i < world.n_servers; i++)
		if (world.servers[i].node)
			world.servers[i].node->minute_calls = 0;
}

void model_node_called(struct bitcoind *node, const char *text)
{
	uint64_t most;

	next_minute();
	most = NODE_CALLS_MINUTE + NODE_CALLS_TIP * (world.chain.n_tips - model.minute_tips);
	VIOLATION_IF(++node->minute_calls > most, "%s: more than %" PRIu64 " calls in a minute",
		     node->url, most);
	if (strstr(text, "getblockchaininfo")) {
		model.logins++;
		model_attempt(server_of(node));
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

/* The daemon has asked for what there is. */
static void check_asks(const struct server *server)
{
	const struct bitcoind *node = server->node;
	const struct chain *chain = node->chain;
	bool polls = node->polls == BITCOIND_POLLS_WELL && since(server->judged_ns, NODE_LOST_S);
	uint64_t wait_s = polls ? NODE_ASK_S : node->interval + NODE_INTERVAL_S;
	uint32_t falls = chain->blocks[chain->tip].time + CHAIN_MINIMUM_AFTER + 1;

	VIOLATION_IF(since(chain->tip_ns, wait_s) && node->told_parent != chain->tip,
		     "%s was not asked for block %" PRIu32 ", which came %" PRIu64 " s ago",
		     server->name, chain->blocks[chain->tip].height,
		     (clock_now() - chain->tip_ns) / CLOCK_S);
	VIOLATION_IF(chain->kind->falls && chain_time() > falls + NODE_MOMENT_S &&
			     node->told_nbits != chain->easy,
		     "%s was not asked when the difficulty fell, %" PRIu32 " s ago", server->name,
		     chain_time() - falls);
}

/* Blocks that no node has answered, though one is well. */
static void check_lost(void)
{
	for (size_t i = model.n_settled; i < model.n_found; i++) {
		const struct found *found = &model.found[i];

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
	for (unsigned i = 0; i < world.n_servers; i++)
		if (world.servers[i].node && memory_fails())
			model_node_hurt(world.servers[i].node); /* each template needs some */
	VIOLATION_IF(fake_http_busy() > 4UL * SERVER_MAX, "%zu calls of nodes are under way",
		     fake_http_busy());
	if (active && active->node && since(active->well_ns, NODE_LOST_S) &&
	    since(world.changed_ns, NODE_LOST_S) && clock_now() >= active->strange_ns &&
	    active->node->told_ns != UINT64_MAX)
		check_asks(active);
	for (unsigned i = 0; i < world.in_force.n; i++) {
		const struct server *server = &world.servers[world.in_force.order[i]];

		well |= server->node && since(server->well_ns, NODE_LOST_S) &&
			clock_now() >= server->strange_ns && since(world.changed_ns, NODE_LOST_S) &&
			active == server;
	}
	if (well)
		check_lost();
}

void model_node_ended(bool killed)
{
	for (size_t i = 0; i < model.n_found; i++) {
		struct found *found = &model.found[i];

		if (!found->answered_ns && was_rough(found->ns))
			found->excused = true;
		if (!found->answered_ns && killed && !since(found->ns, NODE_DISK_S))
			found->excused = true;
	}
	VIOLATION_IF(!killed && fake_http_busy(), "%zu calls of nodes are left", fake_http_busy());
}
