/* SPDX-License-Identifier: MIT */
#include "pool/pool_tune.h"

#include <math.h>

#include "common/assert.h"
#include "pool/pool_events.h"

void pool_set_rate(struct pool *pool, double rate)
{
	bool ready = upstream_state(&pool->upstream) == UPSTREAM_READY;
	double difficulty = suggest_difficulty_set_rate(&pool->suggest, rate, ready);

	if (difficulty > 0)
		upstream_suggest_difficulty(&pool->upstream, difficulty);
}

void pool_tune(struct pool *pool, struct conf_pool *conf)
{
	struct conf_pool before = pool->conf;
	char changed[CONF_CHANGED_MAX];
	enum conf_pool_change change = conf_pool_compare(&before, conf, changed, sizeof(changed));

	assert(change != CONF_POOL_REPLACED);
	if (change == CONF_POOL_SAME) {
		conf_pool_deinit(conf);
		return;
	}
	pool_events_tuned(&pool->conf, conf->name, changed);
	pool->conf = *conf;
	*conf = (struct conf_pool){};
	upstream_conf_changed(&pool->upstream);
	payout_init(&pool->payout, &pool->conf.payout);
	if (fabs(before.suggest_difficulty - pool->conf.suggest_difficulty) > 0 ||
	    fabs(before.share_interval - pool->conf.share_interval) > 0)
		upstream_suggest_difficulty(&pool->upstream,
					    suggest_difficulty_begin(&pool->suggest));
	conf_pool_deinit(&before);
	if (pool_usable(pool))
		pool_check_payout(pool);
}
