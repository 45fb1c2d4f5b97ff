/* SPDX-License-Identifier: MIT */
#include "methods/demand.h"

#include <stdio.h>
#include <string.h>

#include "common/assert.h"
#include "common/clock.h"
#include "common/container.h"
#include "common/hot.h"
#include "common/log.h"
#include "systemd/ids.h"

static void demand_check_later(struct demand *demand)
{
	ring_timer_in(demand->target.ring, &demand->check, DEMAND_CHECK_MS * CLOCK_MS);
}

/* Blocks on their way to a node, of the chain of Mine(). */
static unsigned demand_under_way(const struct demand *demand)
{
	const struct found_block_list *list = &demand->target.found->list;
	unsigned n = 0;

	for (size_t i = 0; i < list->n; i++)
		n += list->list[i]->state == FOUND_BLOCK_SUBMITTING &&
		     strcmp(list->list[i]->chain, DEMAND_CHAIN) == 0;
	return n;
}

/* Why Mine() cannot mine on that pool; false: it can. */
static bool demand_refuses(const struct pool *pool, char *ret, size_t size)
{
	struct upstream_snapshot snapshot;

	if (!conf_is_node(pool->conf.transport)) {
		snprintf(ret, size,
			 "pool %s is active, which is not a node; switch to a node whose chain "
			 "is " DEMAND_CHAIN " (minerctl switch)",
			 pool->conf.name);
		return true;
	}
	upstream_snapshot(&snapshot, &pool->upstream);
	if (strcmp(snapshot.chain, DEMAND_CHAIN) == 0)
		return false;
	snprintf(ret, size,
		 "node %s is active, whose chain is %s; switch to a node whose chain "
		 "is " DEMAND_CHAIN " (minerctl switch)",
		 pool->conf.name, snapshot.chain[0] ? snapshot.chain : "unknown");
	return true;
}

HOT bool demand_sleeps(const struct demand *demand)
{
	const struct demand_mine *mine = &demand->mine;
	const struct pool *active = demand->target.pools->active;
	char reason[CONTROL_REASON_MAX];

	if (!mine->running)
		return demand->paused;
	return mine->accepted + demand_under_way(demand) >= mine->wanted ||
	       (active && demand_refuses(active, reason, sizeof(reason)));
}

bool demand_paused(const struct demand *demand)
{
	return demand->paused && !demand->mine.running;
}

static void demand_write_block(struct json_writer *writer, const char *name,
			       const struct demand_block *block)
{
	char hash[TARGET_TEXT_MAX];

	json_writer_open(writer, name);
	json_writer_count(writer, "height", block->height);
	json_writer_string(writer, "hash", target_text(hash, &block->hash));
	json_writer_close(writer);
}

/* The parameters of a reply: what was mined so far. */
static const char *demand_reply(struct demand *demand, size_t *ret_size)
{
	const struct demand_mine *mine = &demand->mine;
	struct json_writer *writer = &demand->reply;

	json_writer_reset(writer);
	json_writer_open(writer, NULL);
	json_writer_count(writer, "blocks", mine->accepted);
	if (mine->accepted) {
		demand_write_block(writer, "first", &mine->first);
		demand_write_block(writer, "last", &mine->last);
	} else {
		json_writer_null(writer, "first");
		json_writer_null(writer, "last");
	}
	json_writer_close(writer);
	return json_writer_text(writer, ret_size);
}

static void demand_end(struct demand *demand)
{
	demand->mine.running = false;
	ring_timer_stop(demand->target.ring, &demand->check);
}

/* Mine() is over before all blocks were accepted, and why. */
static void demand_fail(struct demand *demand, const char *why)
{
	const struct demand_mine *mine = &demand->mine;
	char reason[3 * CONTROL_REASON_MAX]; /* control_finish() cuts it */

	snprintf(reason, sizeof(reason), "%u of %u blocks mined: %s", mine->accepted, mine->wanted,
		 why);
	log_info("Mine() ends: %s", reason);
	demand_end(demand);
	control_finish(demand->target.control, mine->ticket, CONTROL_REFUSED, reason);
}

static void demand_succeed(struct demand *demand)
{
	const struct demand_mine *mine = &demand->mine;
	const char *reply;
	size_t n;

	log_info("Mine() ends: %u block%s mined on %s%s", mine->accepted,
		 mine->accepted == 1 ? "" : "s", mine->pool,
		 demand->paused ? "; paused again" : "");
	demand_end(demand);
	reply = demand_reply(demand, &n);
	control_reply(demand->target.control, mine->ticket, reply, n, false);
}

/* Why no block was accepted for DEMAND_STALL_S. */
static void demand_stalled(struct demand *demand)
{
	const struct demand_mine *mine = &demand->mine;
	const struct pools *pools = demand->target.pools;
	const char *lost = "see minerctl pools";
	char why[2 * CONTROL_REASON_MAX];

	for (size_t i = 0; i < pools->n; i++)
		if (strcmp(pools->order[i]->conf.name, mine->pool) == 0 &&
		    pools->order[i]->history.last_loss[0])
			lost = pools->order[i]->history.last_loss;
	if (!pools->active)
		snprintf(why, sizeof(why), "no block was accepted for %d s: node %s is lost: %s",
			 DEMAND_STALL_S, mine->pool, lost);
	else
		snprintf(why, sizeof(why), "no block was accepted for %d s: %s", DEMAND_STALL_S,
			 mine->refusal[0] ? mine->refusal
					  : "the workers found none, see minerctl status");
	demand_fail(demand, why);
}

static void demand_send_progress(struct demand *demand)
{
	size_t n;
	const char *reply = demand_reply(demand, &n);

	control_reply(demand->target.control, demand->mine.ticket, reply, n, true);
}

/* Whether Mine() goes on. */
static bool demand_look(struct demand *demand)
{
	struct demand_mine *mine = &demand->mine;
	const struct pool *active = demand->target.pools->active;
	char reason[CONTROL_REASON_MAX];

	if (!control_waits(demand->target.control, mine->ticket)) {
		log_info("Mine() ends: its client has left; %u of %u blocks mined", mine->accepted,
			 mine->wanted);
		demand_end(demand);
	} else if (active && demand_refuses(active, reason, sizeof(reason))) {
		demand_fail(demand, reason);
	} else if (clock_now() - mine->progress_ns >= DEMAND_STALL_S * CLOCK_S) {
		demand_stalled(demand);
	}
	if (mine->running && active)
		snprintf(mine->pool, sizeof(mine->pool), "%s", active->conf.name);
	return mine->running;
}

static void demand_on_check(struct ring_timer *timer)
{
	struct demand *demand = container_of(timer, struct demand, check);

	if (!demand_look(demand)) {
		demand->handler->changed(demand->target.minerd);
		return;
	}
	demand_check_later(demand);
	if (demand->mine.more)
		demand_send_progress(demand);
}

void demand_init(struct demand *demand, const struct demand_handler *handler,
		 const struct demand_target *target)
{
	*demand = DEMAND_NULL;
	demand->handler = handler;
	demand->target = *target;
	demand->check.fn = demand_on_check;
}

void demand_deinit(struct demand *demand)
{
	json_writer_deinit(&demand->reply);
}

void demand_stop(struct demand *demand)
{
	if (demand->mine.running)
		demand_fail(demand, "the daemon is stopping");
}

void demand_pause(struct demand *demand)
{
	if (!demand->paused)
		log_event(LOG_LEVEL_NOTICE,
			  LOG_FIELDS({"MESSAGE_ID", ID_PAUSED}, {"MINERD_STATE", "paused"}),
			  "paused by hand: the workers sleep, the pools stay connected");
	demand->paused = true;
	if (demand->mine.running)
		demand_fail(demand, "mining was paused meanwhile");
	demand->handler->changed(demand->target.minerd);
}

void demand_resume(struct demand *demand)
{
	if (!demand->paused)
		return;
	log_event(LOG_LEVEL_NOTICE, LOG_FIELDS({"MESSAGE_ID", ID_RESUMED}),
		  "resumed by hand: the workers hash again");
	demand->paused = false;
	/* The workers hash for Mine() anyway, or wait for its last block. */
	if (!demand->mine.running)
		demand->handler->changed(demand->target.minerd);
}

enum control_result demand_mine(struct demand *demand, unsigned blocks, struct control_call *call)
{
	const struct pool *active = demand->target.pools->active;

	assert(blocks > 0 && blocks <= DEMAND_BLOCKS_MAX);
	if (demand->mine.running) {
		snprintf(call->reason, sizeof(call->reason),
			 "another client waits for %u blocks; wait until it has them, or end it",
			 demand->mine.wanted);
		return CONTROL_REFUSED;
	}
	if (!active) {
		snprintf(call->reason, sizeof(call->reason),
			 "no pool can be mined on; it takes a node whose chain is " DEMAND_CHAIN
			 ": see minerctl pools");
		return CONTROL_REFUSED;
	}
	if (demand_refuses(active, call->reason, sizeof(call->reason)))
		return CONTROL_REFUSED;
	demand->mine = (struct demand_mine){
		.running = true,
		.more = call->more,
		.ticket = call->ticket,
		.wanted = blocks,
		.progress_ns = clock_now(),
	};
	snprintf(demand->mine.pool, sizeof(demand->mine.pool), "%s", active->conf.name);
	log_info("Mine() begins: %u block%s on %s", blocks, blocks == 1 ? "" : "s",
		 demand->mine.pool);
	demand_check_later(demand);
	/* Those that hash already do not begin anew. */
	if (demand->paused || demand_sleeps(demand))
		demand->handler->changed(demand->target.minerd);
	return CONTROL_PENDING;
}

void demand_block_found(struct demand *demand)
{
	if (demand->mine.running && demand_sleeps(demand))
		demand->handler->changed(demand->target.minerd);
}

static void demand_count(struct demand_mine *mine, const struct found_block *record)
{
	const struct demand_block block = {record->height, record->hash};

	/* After a loss of the node the answer to an earlier block may be the later one. */
	if (!mine->accepted || block.height < mine->first.height)
		mine->first = block;
	if (!mine->accepted || block.height >= mine->last.height)
		mine->last = block;
	mine->accepted++;
	mine->progress_ns = clock_now();
	mine->refusal[0] = '\0';
}

void demand_block_answered(struct demand *demand, const struct found_block *record,
			   enum found_block_state before)
{
	struct demand_mine *mine = &demand->mine;
	bool had = before == FOUND_BLOCK_ACCEPTED || before == FOUND_BLOCK_CONFIRMED;

	if (!mine->running || had || strcmp(record->chain, DEMAND_CHAIN) != 0)
		return;
	if (record->state == FOUND_BLOCK_ACCEPTED) {
		demand_count(mine, record);
		if (mine->accepted < mine->wanted)
			return;
		demand_succeed(demand);
		demand->handler->changed(demand->target.minerd);
		return;
	}
	snprintf(mine->refusal, sizeof(mine->refusal), "%s", record->answer);
	/* Another one is wanted in its place. */
	if (before == FOUND_BLOCK_SUBMITTING && !demand_sleeps(demand))
		demand->handler->changed(demand->target.minerd);
}
