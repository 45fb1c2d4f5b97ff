/* SPDX-License-Identifier: MIT */
/*
 * Invariant: of a block that is being submitted there is a reference in its record, and either it
 * was given to the handler or it is about to be: the disk works on it, and the timer is armed.
 */
#include "state/found_blocks.h"

#include <stdio.h>
#include <string.h>

#include "common/assert.h"
#include "common/cleanup.h"
#include "common/clock.h"
#include "common/container.h"
#include "state/found_blocks_file.h"
#include "state/found_blocks_log.h"

/* A node that does not tell its chain, or a file that does not, may be of any. */
static bool found_blocks_same_chain(const struct found_block *record, const char *chain)
{
	return !*chain || !record->chain[0] || strcmp(record->chain, chain) == 0;
}

static void found_blocks_changed(struct found_blocks *found)
{
	found_blocks_store_changed(&found->store);
	found_blocks_store_update(&found->store);
}

static void found_blocks_submit(struct found_blocks *found, struct found_block *record)
{
	record->due_ns = record->again_ns = 0;
	found->handler->submit(found, record);
}

/* Its first answer, or that there will be none. */
static void found_blocks_settle(struct found_block *record, enum found_block_state state)
{
	record->state = state;
	record->watched = state == FOUND_BLOCK_ACCEPTED || state == FOUND_BLOCK_ORPHANED;
	record->due_ns = record->again_ns = 0;
	block_unref(TAKE(record->block));
}

/* Whether it became a block after all, the chain will show. */
static void found_blocks_give_up(struct found_block *record)
{
	snprintf(record->answer, sizeof(record->answer), "no node answered");
	found_blocks_settle(record, FOUND_BLOCK_ORPHANED);
}

static void found_blocks_on_saved(struct found_blocks_store *store, struct found_block *record,
				  int result)
{
	struct found_blocks *found = container_of(store, struct found_blocks, store);

	if (!record->due_ns)
		return; /* it was submitted before */
	if (result < 0)
		found_blocks_log_unsaved(record, strerror(-result));
	found_blocks_submit(found, record);
}

static void found_blocks_on_late(struct ring_timer *timer)
{
	struct found_blocks *found = container_of(timer, struct found_blocks, late);
	uint64_t now = clock_now(), next = UINT64_MAX;

	for (size_t i = 0; i < found->list.n; i++) {
		struct found_block *record = found->list.list[i];

		if (record->due_ns && record->due_ns <= now) {
			found_blocks_log_unsaved(record, "the disk takes longer than 2 s");
			found_blocks_submit(found, record);
		} else if (record->due_ns) {
			next = MIN(next, record->due_ns);
		}
	}
	if (next != UINT64_MAX)
		ring_timer_at(found->ring, timer, next);
}

static int found_blocks_load(struct found_blocks *found)
{
	int r = found_blocks_store_load(&found->store);

	if (r < 0)
		return r;
	for (size_t i = 0; i < found->list.n; i++)
		if (found->list.list[i]->state == FOUND_BLOCK_SUBMITTING &&
		    !found->list.list[i]->block)
			found_blocks_give_up(found->list.list[i]); /* it could not be saved */
	return 0;
}

int found_blocks_init(struct found_blocks *found, struct ring *ring,
		      const struct found_blocks_handler *handler, const struct store *beside,
		      const char *directory)
{
	*found = FOUND_BLOCKS_NULL;
	found->ring = ring;
	found->handler = handler;
	found->late.fn = found_blocks_on_late;
	found_blocks_store_init(&found->store, ring, &found->list, found_blocks_on_saved);
	if (!beside)
		return 0;
	found_blocks_store_open(&found->store, beside, directory);
	return found_blocks_load(found);
}

void found_blocks_deinit(struct found_blocks *found)
{
	found_blocks_store_deinit(&found->store);
	found_block_list_deinit(&found->list);
	json_writer_deinit(&found->reply);
}

/* Room for one more. */
static void found_blocks_make_room(struct found_blocks *found)
{
	struct found_block *oldest;
	size_t n;

	oldest = found_block_list_pending(&found->list, &n);
	if (n == FOUND_BLOCK_PENDING_MAX) {
		found_blocks_log_given_up(oldest);
		found_blocks_give_up(oldest);
	}
	if (found->list.n < FOUND_BLOCK_LIST_MAX)
		return;
	oldest = found_block_list_oldest(&found->list);
	assert(oldest);
	found_blocks_store_forget(&found->store, oldest);
	found_block_list_remove(&found->list, oldest);
}

static struct found_block found_blocks_record(struct block *block, const char *pool,
					      const char *chain)
{
	struct found_block record = {
		.hash = block->hash,
		.height = block->height,
		.time = block->ntime,
		.value = block->value,
		.block = block,
		.slot = -1,
		.due_ns = clock_now() + FOUND_BLOCKS_DISK_MS * CLOCK_MS,
	};

	target_from_hash(&record.parent, block->prevhash);
	snprintf(record.pool, sizeof(record.pool), "%s", pool);
	snprintf(record.chain, sizeof(record.chain), "%s", chain);
	return record;
}

/* A block that is to be saved first, if anything can save it. */
static void found_blocks_begin(struct found_blocks *found, struct found_block *record)
{
	const char *refusal = found_blocks_store_refusal(&found->store, record->block);

	if (refusal) {
		/* That there is no directory was logged at the start. */
		if (found_blocks_store_is_open(&found->store))
			found_blocks_log_unsaved(record, refusal);
		found_blocks_submit(found, record);
	} else if (!found->late.armed) {
		ring_timer_at(found->ring, &found->late, record->due_ns);
	}
	found_blocks_changed(found);
}

void found_blocks_add(struct found_blocks *found, struct block *block, const char *pool,
		      const char *chain)
{
	struct found_block record = found_blocks_record(block, pool, chain), *kept;

	if (found_block_list_find(&found->list, &block->hash)) {
		block_unref(block);
		return;
	}
	found_blocks_make_room(found);
	kept = found_block_list_add(&found->list, &record);
	if (kept) {
		found_blocks_begin(found, kept);
		return;
	}
	found_blocks_log_unsaved(&record, "out of memory");
	found->handler->submit(found, &record);
	block_unref(block);
}

void found_blocks_ready(struct found_blocks *found, const char *chain)
{
	for (size_t i = 0; i < found->list.n; i++) {
		struct found_block *record = found->list.list[i];

		if (record->block && !record->due_ns && found_blocks_same_chain(record, chain))
			found_blocks_submit(found, record);
	}
}

/* What the answer makes of a block in this state: of several nodes the best one counts. */
static enum found_block_state found_blocks_judge(enum found_block_state state,
						 enum block_verdict verdict)
{
	bool open = state == FOUND_BLOCK_SUBMITTING || state == FOUND_BLOCK_REJECTED;

	switch (verdict) {
	case BLOCK_ACCEPTED:
		return state == FOUND_BLOCK_CONFIRMED ? state : FOUND_BLOCK_ACCEPTED;
	case BLOCK_INCONCLUSIVE:
		return open || state == FOUND_BLOCK_STALE ? FOUND_BLOCK_ORPHANED : state;
	case BLOCK_STALE:
		return open ? FOUND_BLOCK_STALE : state;
	case BLOCK_INVALID:
		return state == FOUND_BLOCK_SUBMITTING ? FOUND_BLOCK_REJECTED : state;
	case BLOCK_UNANSWERED:
		break;
	}
	return state;
}

void found_blocks_answered(struct found_blocks *found, const struct block *block,
			   const struct block_answer *answer, const char *pool)
{
	struct found_block *record = found_block_list_find(&found->list, &block->hash);
	enum found_block_state state;

	if (!record)
		return;
	state = found_blocks_judge(record->state, answer->verdict);
	if (state == record->state && state != FOUND_BLOCK_SUBMITTING)
		return; /* another node has said as much, or more */
	snprintf(record->answer, sizeof(record->answer), "%s", answer->text);
	found_blocks_log_answer(record, pool, answer->verdict);
	if (state == FOUND_BLOCK_SUBMITTING)
		record->again_ns = clock_now() + FOUND_BLOCKS_AGAIN_MS * CLOCK_MS;
	else
		found_blocks_settle(record, state);
	found_blocks_changed(found);
}

/* Whether the next answer may settle it. */
static bool found_blocks_is_deep(const struct found_blocks *found, const struct found_block *record)
{
	return found->tip >= record->height &&
	       found->tip - record->height >= FOUND_BLOCK_CONFIRMATIONS - 1;
}

/*
 * The watched block to ask for next: one that is deep enough, else the one that was not asked for
 * the longest time. NULL: all were asked for since the question number `begin`.
 */
static struct found_block *found_blocks_to_ask(const struct found_blocks *found, uint64_t begin)
{
	struct found_block *best = NULL;

	for (size_t i = 0; i < found->list.n; i++) {
		struct found_block *record = found->list.list[i];
		bool deep = found_blocks_is_deep(found, record);

		if (!record->watched || record->asked > begin || record->height > found->tip ||
		    !found_blocks_same_chain(record, found->chain))
			continue;
		if (!best || deep > found_blocks_is_deep(found, best) ||
		    (deep == found_blocks_is_deep(found, best) && record->asked < best->asked))
			best = record;
	}
	return best;
}

void found_blocks_tip(struct found_blocks *found, const char *chain, uint32_t height)
{
	const uint64_t begin = found->asks;

	if (height == found->tip && strcmp(chain, found->chain) == 0)
		return;
	found->tip = height;
	snprintf(found->chain, sizeof(found->chain), "%s", chain);
	for (unsigned i = 0; i < FOUND_BLOCKS_ASKS; i++) {
		struct found_block *record = found_blocks_to_ask(found, begin);

		if (!record || !found->handler->ask(found, record))
			return;
		record->asked = ++found->asks;
	}
}

/* It is not in the best chain, as far as the node knows. */
static void found_blocks_unseen(struct found_blocks *found, struct found_block *record)
{
	bool first = record->state != FOUND_BLOCK_ORPHANED;

	record->state = FOUND_BLOCK_ORPHANED;
	record->confirmations = 0;
	if (found->tip - record->height >= FOUND_BLOCK_CONFIRMATIONS)
		record->watched = false;
	if (first)
		found_blocks_log_orphaned(record, found->tip);
}

static void found_blocks_in_chain(struct found_block *record, int64_t confirmations)
{
	bool back = record->state == FOUND_BLOCK_ORPHANED;

	record->state = FOUND_BLOCK_ACCEPTED;
	record->confirmations = (uint32_t)MIN(confirmations, (int64_t)UINT32_MAX);
	if (back)
		found_blocks_log_back(record);
	if (confirmations < FOUND_BLOCK_CONFIRMATIONS)
		return;
	record->state = FOUND_BLOCK_CONFIRMED;
	record->watched = false;
	found_blocks_log_confirmed(record);
}

void found_blocks_seen(struct found_blocks *found, const struct target *hash, int64_t confirmations)
{
	struct found_block *record = found_block_list_find(&found->list, hash);

	if (!record || !record->watched)
		return;
	if (confirmations > 0)
		found_blocks_in_chain(record, confirmations);
	else if (found->tip >= record->height)
		found_blocks_unseen(found, record);
	else
		return; /* the node is behind */
	found_blocks_changed(found);
}

void found_blocks_tick(struct found_blocks *found)
{
	for (size_t i = 0; i < found->list.n; i++) {
		struct found_block *record = found->list.list[i];

		if (record->block && record->again_ns && clock_now() >= record->again_ns)
			found_blocks_submit(found, record);
	}
	found_blocks_store_update(&found->store);
}

void found_blocks_stop(struct found_blocks *found)
{
	ring_timer_stop(found->ring, &found->late);
	for (size_t i = 0; i < found->list.n; i++)
		if (found->list.list[i]->due_ns)
			found_blocks_submit(found, found->list.list[i]);
	found_blocks_store_stop(&found->store);
}

bool found_blocks_busy(const struct found_blocks *found)
{
	return found_blocks_store_busy(&found->store);
}

const char *found_blocks_json(struct found_blocks *found, size_t *ret_size)
{
	json_writer_reset(&found->reply);
	found_blocks_file_reply(&found->reply, &found->list);
	return json_writer_text(&found->reply, ret_size);
}
