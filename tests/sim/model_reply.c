/* SPDX-License-Identifier: MIT */
#include "model_reply.h"

#include <inttypes.h>
#include <json-c/json.h>
#include <stdlib.h>
#include <string.h>

#include "common/clock.h"
#include "common/container.h"
#include "common/hex.h"
#include "memory.h"
#include "model.h"
#include "model_control.h"
#include "model_node.h"
#include "reply.h"
#include "violation.h"
#include "world.h"

enum {
	REPLY_LIST_MAX = 256, /* blocks of Blocks() */
	REPLY_DEEP = 100,     /* confirmations that make a block final */
	REPLY_TIPS = 64,      /* new best blocks until each block was asked for */
	REPLY_WELL_S = 900,   /* that a node has to be well before it counts on it */
	REPLY_QUIET_S = 20,   /* without a change, until a status shows the last one */
	REPLY_NEAR = 256,     /* blocks of one parent are not farther away from each other */
	REPLY_SAVED_S = 2,    /* until a block that was sent is in the list */
};

static struct {
	uint64_t asked_ns;  /* when the status that is checked was asked for */
	uint64_t well_tips; /* chain.n_tips since a node that is well is mined on, UINT64_MAX: none
			     */
} model;

void model_reply_begin(void)
{
	model.well_tips = UINT64_MAX;
}

static bool since(uint64_t from, uint64_t s)
{
	return from != UINT64_MAX && clock_now() >= from + s * CLOCK_S;
}

bool model_reply_error(const char *reply)
{
	return strstr(reply, "\"error\"");
}

bool model_reply_continues(const char *reply)
{
	return strstr(reply, "\"continues\":true");
}

/* The parameters of a reply, whose root is in ret_root, to be put. */
static struct json_object *parse(const char *reply, struct json_object **ret_root)
{
	*ret_root = json_tokener_parse(reply);
	VIOLATION_IF(!*ret_root, "a reply is no JSON: %.200s", reply);
	VIOLATION_IF(model_reply_error(reply), "a call that only reads is refused: %.200s", reply);
	return reply_get(*ret_root, "parameters");
}

static void check_shares(struct json_object *shares, bool fresh)
{
	VIOLATION_IF(
		reply_number(shares, "found") !=
			reply_number(shares, "accepted") + reply_number(shares, "rejected") +
				reply_number(shares, "stale") + reply_number(shares, "duplicate") +
				reply_number(shares, "unanswered") +
				reply_number(shares, "dropped") + reply_number(shares, "in_flight"),
		"the shares of the status do not add up: %s", json_object_to_json_string(shares));
	VIOLATION_IF(fresh && world.in_force.stop_shares && !world.daemon->stopping &&
			     (uint64_t)reply_number(shares, "accepted") >=
				     world.in_force.stop_shares,
		     "%" PRId64 " shares were accepted, and it does not stop after %u",
		     reply_number(shares, "accepted"), world.in_force.stop_shares);
	VIOLATION_IF(fresh && (uint64_t)reply_number(shares, "found") >
				      world.daemon->pools.stats.found,
		     "the status has more shares than were found");
}

/* Each pool of the configuration, in its order; the one that is mined on, and no other, is active.
 */
static void check_pools(struct json_object *pools, const char *active)
{
	const struct settings *settings = &world.in_force;
	unsigned n = (unsigned)json_object_array_length(pools);

	VIOLATION_IF(n != settings->n, "the status has %u pools of %u", n, settings->n);
	for (unsigned i = 0; i < n; i++) {
		struct json_object *pool = json_object_array_get_idx(pools, i);
		const char *name = reply_text(pool, "name");
		bool is_active = strcmp(reply_text(pool, "state"), "active") == 0;

		VIOLATION_IF(strcmp(name, world.servers[settings->order[i]].name) != 0,
			     "pool %u of the status is %s, and not %s", i, name,
			     world.servers[settings->order[i]].name);
		VIOLATION_IF(is_active != (strcmp(name, active) == 0),
			     "by the status %s is %s, and the pool is \"%s\"", name,
			     reply_text(pool, "state"), active);
	}
}

static void check_state(const char *state, const char *active)
{
	bool paused = strcmp(state, "paused") == 0;

	VIOLATION_IF(strcmp(state, "mining") == 0 && !*active, "it mines, and on no pool");
	VIOLATION_IF(strcmp(state, "idle") == 0 && *active, "it is idle, and mines on %s", active);
	VIOLATION_IF(model_control_sleeps() && !paused, "the status is \"%s\", though it is paused",
		     state);
	VIOLATION_IF(model_control_mines() && paused, "it is paused, and nobody has paused it");
}

/* Whether one of the blocks from i on is as `is` says and on the same parent. */
static bool has_later(const struct model_block *blocks, size_t i, size_t n,
		      bool (*is)(const struct model_block *block))
{
	for (size_t k = i + 1; k < MIN(n, i + REPLY_NEAR); k++)
		if (is(&blocks[k]) &&
		    memcmp(blocks[i].parent, blocks[k].parent, sizeof(blocks[i].parent)) == 0)
			return true;
	return false;
}

/* Parents of blocks of this run of the daemon that are so. */
static int64_t count_parents(bool (*is)(const struct model_block *block))
{
	size_t n;
	const struct model_block *blocks = model_node_found_blocks(&n);
	int64_t parents = 0;

	for (size_t i = n; i-- > 0 && blocks[i].run_ns == world.started_ns;)
		parents += is(&blocks[i]) && !has_later(blocks, i, n, is);
	return parents;
}

/* Before the status was asked for. */
static bool was_sent(const struct model_block *block)
{
	return block->sent_ns && block->sent_ns < model.asked_ns;
}

static bool was_taken(const struct model_block *block)
{
	return block->taken_ns;
}

bool model_reply_ended(uint64_t shares)
{
	const struct settings *limits = &world.in_force;
	int64_t taken = count_parents(was_taken) + model_blocks_sent_now();

	return (limits->stop_blocks && taken >= limits->stop_blocks) ||
	       (limits->stop_shares && shares >= limits->stop_shares);
}

/* Of this run of the daemon, one for each parent, as far as nodes know. */
static void check_counts(struct json_object *status)
{
	int64_t sent = count_parents(was_sent),
		taken = count_parents(was_taken) + model_blocks_sent_now();
	int64_t found = reply_number(status, "blocks_found"),
		accepted = reply_number(status, "blocks_accepted");

	VIOLATION_IF(found < sent, "%" PRId64 " blocks were found, and nodes got %" PRId64, found,
		     sent);
	VIOLATION_IF(accepted > taken,
		     "%" PRId64 " blocks were accepted, and nodes and pools took %" PRId64,
		     accepted, taken);
	VIOLATION_IF(world.in_force.stop_blocks && accepted >= world.in_force.stop_blocks &&
			     !world.daemon->stopping,
		     "%" PRId64 " blocks were accepted, and it does not stop after %u", accepted,
		     world.in_force.stop_blocks);
	VIOLATION_IF(accepted > found, "more blocks were accepted than found");
}

/* The block that is mined is the one after the best one that the node told of. */
static void check_network(struct json_object *network, const struct server *server)
{
	const struct bitcoind *node = server->node;
	const struct chain *chain = node->chain;
	uint64_t from_ns = MAX(node->told_ns, world.changed_ns);
	int64_t height = reply_number(network, "height");

	VIOLATION_IF(strcmp(reply_text(network, "chain"), chain->kind->name) != 0,
		     "the chain of %s is \"%s\" in the status", server->name,
		     reply_text(network, "chain"));
	if (node->told_ns == UINT64_MAX || !since(MAX(from_ns, world.resumed_ns), REPLY_QUIET_S) ||
	    !since(server->well_ns, REPLY_WELL_S))
		return;
	VIOLATION_IF(height != (int64_t)chain->blocks[node->told_parent].height + 1 &&
			     height != (int64_t)chain->blocks[chain->tip].height + 1,
		     "block %" PRId64 " is mined by the status, and %s told of %" PRIu32, height,
		     server->name, chain->blocks[node->told_parent].height);
}

static void check_fresh(struct json_object *status)
{
	const struct server *active = model_active_server();
	struct json_object *network = reply_get(status, "network");
	const char *name = reply_text(status, "pool");

	check_counts(status);
	if (!since(MAX(world.changed_ns, world.resumed_ns), REPLY_QUIET_S) ||
	    world.daemon->stopping)
		return;
	check_state(reply_text(status, "state"), name);
	if (!model_is_without())
		check_pools(reply_get(status, "pools"), name);
	if (active && active->node && network && strcmp(active->name, name) == 0)
		check_network(network, active);
}

void model_reply_status(const char *reply, uint64_t asked_ns)
{
	struct json_object *root, *status = parse(reply, &root);
	/* What the run before it counted may come when the next one runs. */
	bool fresh = asked_ns >= world.started_ns && asked_ns != UINT64_MAX && world.daemon;

	world.clients.replies++;
	check_shares(reply_get(status, "shares"), fresh);
	model.asked_ns = asked_ns;
	if (fresh)
		check_fresh(status);
	json_object_put(root);
}

/* 64 digits, to a hash as it stands in a header. */
static bool read_hash(uint8_t ret[32], const char *digits)
{
	uint8_t reversed[32];

	if (strlen(digits) != 64 || !hex_decode(reversed, sizeof(reversed), digits))
		return false;
	for (unsigned i = 0; i < 32; i++)
		ret[i] = reversed[31 - i];
	return true;
}

/* A block of a reply that workers have found. */
static const struct model_block *find_block(struct json_object *block, uint8_t hash[32])
{
	const struct model_block *found = NULL;

	if (read_hash(hash, reply_text(block, "hash")))
		found = model_node_block(hash);
	VIOLATION_IF(!found, "no worker has found the block %s", reply_text(block, "hash"));
	return found;
}

/* What a block is does not change. */
static void check_block(struct json_object *block, const struct model_block *found)
{
	const struct chain *chain = &world.chain;
	uint32_t parent = chain_find(chain, found->parent);
	const char *name = reply_text(block, "chain");
	uint8_t hash[32];

	VIOLATION_IF(!read_hash(hash, reply_text(block, "parent")) ||
			     memcmp(hash, found->parent, sizeof(hash)) != 0 ||
			     reply_number(block, "height") !=
				     (int64_t)chain->blocks[parent].height + 1,
		     "height or parent of a block is wrong: %s", json_object_to_json_string(block));
	VIOLATION_IF(*name && strcmp(name, chain->kind->name) != 0, "a block of chain %s: %s",
		     chain->kind->name, json_object_to_json_string(block));
	VIOLATION_IF(found->sent_ns && (reply_number(block, "value") != (int64_t)found->value ||
					reply_number(block, "time") != (int64_t)found->time),
		     "value or time of a block is wrong: %s", json_object_to_json_string(block));
}

/* All that is known about it was long ago. */
static bool is_settled(void)
{
	return model.well_tips != UINT64_MAX && world.chain.n_tips >= model.well_tips + REPLY_TIPS;
}

static int64_t confirmations(uint32_t index)
{
	const struct chain *chain = &world.chain;

	if (index == CHAIN_NONE || !chain_is_best(chain, index))
		return 0;
	return (int64_t)chain->blocks[chain->tip].height - chain->blocks[index].height + 1;
}

/* What became of it is what nodes said, and what the chain shows. */
static void check_became(struct json_object *block, const struct model_block *found, uint32_t index)
{
	const char *state = reply_text(block, "state"), *shown = json_object_to_json_string(block);
	bool watched = json_object_get_boolean(reply_get(block, "watched"));
	int64_t above = (int64_t)world.chain.blocks[world.chain.tip].height -
			reply_number(block, "height"),
		now = confirmations(index);

	if (strcmp(state, "accepted") == 0)
		VIOLATION_IF(!(found->said & MODEL_TAKEN) && index == CHAIN_NONE,
			     "no node has accepted the block %s", shown);
	else if (strcmp(state, "confirmed") == 0)
		VIOLATION_IF(now < REPLY_DEEP, "%" PRId64 " blocks confirm the block %s", now,
			     shown);
	else if (strcmp(state, "stale") == 0)
		VIOLATION_IF(!(found->said & MODEL_STALE), "no node has called it stale: %s",
			     shown);
	else if (strcmp(state, "orphaned") == 0)
		VIOLATION_IF(now && is_settled() && found->taken_ns && watched,
			     "it is in the best chain: %s", shown);
	else
		VIOLATION_IF(strcmp(state, "submitting") != 0, "no node has called it invalid: %s",
			     shown);
	VIOLATION_IF(reply_number(block, "confirmations") > now && now, "%" PRId64 " confirm %s",
		     now, shown);
	VIOLATION_IF(watched && above > REPLY_DEEP + REPLY_TIPS && is_settled(),
		     "%" PRId64 " blocks later nobody has asked for the block %s", above, shown);
}

/* What was sent is listed, unless 256 others are. */
static void check_missing(struct json_object *list, const bool *seen)
{
	size_t n;
	const struct model_block *blocks = model_node_found_blocks(&n);

	if (json_object_array_length(list) >= REPLY_LIST_MAX || memory_failed())
		return;
	for (size_t i = 0; i < n; i++) {
		bool kept = blocks[i].run_ns == world.started_ns
				    ? blocks[i].sent_ns && since(blocks[i].sent_ns, REPLY_SAVED_S)
				    : blocks[i].listed;

		VIOLATION_IF(kept && !seen[i],
			     "a block that was found %" PRIu64 " s ago is not listed",
			     (clock_now() - blocks[i].ns) / CLOCK_S);
	}
}

void model_reply_blocks(const char *reply, uint64_t asked_ns)
{
	struct json_object *root, *list = reply_get(parse(reply, &root), "blocks");
	size_t n;
	const struct model_block *blocks = model_node_found_blocks(&n);
	bool *seen = calloc(n + 1, sizeof(*seen));

	for (size_t i = 0; i < json_object_array_length(list); i++) {
		struct json_object *block = json_object_array_get_idx(list, i);
		const struct model_block *found;
		uint8_t hash[32];

		found = find_block(block, hash);
		VIOLATION_IF(seen[found - blocks], "a block is listed twice: %s",
			     reply_text(block, "hash"));
		seen[found - blocks] = true;
		check_block(block, found);
		check_became(block, found, chain_find(&world.chain, hash));
	}
	if (asked_ns >= world.started_ns)
		check_missing(list, seen);
	free(seen);
	json_object_put(root);
}

/* One of the two blocks that it names. */
static int64_t check_mined(struct json_object *mined, const char *key)
{
	struct json_object *block = reply_get(mined, key);
	uint8_t hash[32];

	if (!block)
		return 0;
	VIOLATION_IF(!find_block(block, hash)->taken_ns, "Mine(): no node has taken %s",
		     json_object_to_json_string(block));
	return reply_number(block, "height");
}

void model_reply_mine(const struct client *client, const char *reply, bool more)
{
	struct json_object *root, *mined = parse(reply, &root);
	int64_t n = reply_number(mined, "blocks"), taken = 0;
	int64_t first = check_mined(mined, "first"), last = check_mined(mined, "last");
	size_t n_blocks;
	const struct model_block *blocks = model_node_found_blocks(&n_blocks);

	for (size_t i = 0; i < n_blocks; i++)
		taken += blocks[i].again_ns >= client->asked_ns;
	VIOLATION_IF(more ? n >= client->wanted : n != client->wanted,
		     "Mine() of %u blocks says %" PRId64, client->wanted, n);
	VIOLATION_IF(!n != !first || !n != !last || first > last,
		     "Mine(): the first and the last block are wrong: %.200s", reply);
	VIOLATION_IF(taken < n, "Mine(): %" PRId64 " blocks, of which nodes took %" PRId64, n,
		     taken);
	VIOLATION_IF(n > 1 && first == last && world.chain.back_ns < client->asked_ns,
		     "Mine(): the first block is the last one: %.200s", reply);
	json_object_put(root);
}

void model_reply_check(const struct server *active)
{
	if (!active || !active->node || !since(active->well_ns, REPLY_WELL_S) ||
	    !since(MAX(world.changed_ns, world.resumed_ns), REPLY_WELL_S) ||
	    clock_now() < active->strange_ns || active->node->polls != BITCOIND_POLLS_WELL ||
	    memory_fails())
		model.well_tips = UINT64_MAX;
	else
		model.well_tips = MIN(model.well_tips, world.chain.n_tips);
}
