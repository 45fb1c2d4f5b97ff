/* SPDX-License-Identifier: MIT */
#include "upstream/node/node_shares.h"

#include <string.h>

#include "common/assert.h"
#include "common/clock.h"

void node_shares_built(struct node_shares *shares, const struct target *hash)
{
	shares->built[shares->next_built++ % NODE_SHARES_BUILT] = *hash;
}

static bool node_shares_is_built(const struct node_shares *shares, const struct target *hash)
{
	for (unsigned i = 0; i < NODE_SHARES_BUILT; i++)
		if (memcmp(&shares->built[i], hash, sizeof(*hash)) == 0)
			return true;
	return false;
}

void node_shares_login(struct node_shares *shares)
{
	shares->login_built = shares->next_built;
}

bool node_shares_is_new(const struct node_shares *shares, const struct target *hash)
{
	for (unsigned i = shares->login_built; i != shares->next_built; i++)
		if (memcmp(&shares->built[i % NODE_SHARES_BUILT], hash, sizeof(*hash)) == 0)
			return true;
	return false;
}

bool node_shares_add(struct node_shares *shares, const struct share *share)
{
	bool block = node_shares_is_built(shares, &share->hash);

	assert(!node_shares_full(shares));
	shares->list[shares->n++] =
		(struct node_share){.share = share, .ns = clock_now(), .block = block};
	shares->n_blocks += block;
	return block;
}

bool node_shares_has_block(const struct node_shares *shares, const uint8_t parent[32])
{
	for (unsigned i = 0; shares->n_blocks && i < shares->n; i++)
		if (shares->list[i].block &&
		    memcmp(shares->list[i].share->job->prevhash, parent, 32) == 0)
			return true;
	return false;
}

void node_shares_clear(struct node_shares *shares)
{
	shares->n = shares->n_blocks = 0;
}

bool node_shares_full(const struct node_shares *shares)
{
	return shares->n == NODE_SHARES_MAX;
}

static void node_shares_remove(struct node_shares *shares, unsigned i, struct node_share *ret)
{
	*ret = shares->list[i];
	shares->n--;
	shares->n_blocks -= ret->block;
	memmove(shares->list + i, shares->list + i + 1, (shares->n - i) * sizeof(*shares->list));
}

bool node_shares_take(struct node_shares *shares, struct node_share *ret)
{
	for (unsigned i = 0; i < shares->n; i++)
		if (!shares->list[i].block) {
			node_shares_remove(shares, i, ret);
			return true;
		}
	return false;
}

bool node_shares_take_block(struct node_shares *shares, const struct target *hash,
			    struct node_share *ret)
{
	for (unsigned i = 0; i < shares->n; i++)
		if (shares->list[i].block &&
		    memcmp(&shares->list[i].share->hash, hash, sizeof(*hash)) == 0) {
			node_shares_remove(shares, i, ret);
			return true;
		}
	return false;
}

struct share_answer node_shares_answer(const struct node_share *share,
				       const struct block_answer *answer)
{
	uint64_t now = clock_now();
	struct share_answer ret = {
		.rejected = answer->verdict != BLOCK_ACCEPTED,
		.reason = REJECT_OTHER,
		.text = answer->text,
		.received_ns = now,
		.reply_ns = now - share->ns,
	};

	if (answer->verdict == BLOCK_STALE || answer->verdict == BLOCK_INCONCLUSIVE)
		ret.reason = REJECT_STALE;
	return ret;
}
