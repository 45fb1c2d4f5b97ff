/* SPDX-License-Identifier: MIT */
#include "status/network.h"

#include <math.h>
#include <string.h>

#include "bitcoin/coinbase_height.h"

bool network_of_pool(struct network *ret, const struct pool *pool)
{
	const struct job *job = pool->work.job;
	struct upstream_snapshot upstream = {};

	*ret = (struct network){};
	if (!job)
		return false;
	/* A pool says nothing of it, and a snapshot takes a system call. */
	if (conf_is_node(pool->conf.transport))
		upstream_snapshot(&upstream, &pool->upstream);
	ret->difficulty = target_difficulty(&job->network_target);
	ret->block_hashes = target_hashes(&job->network_target);
	ret->share_hashes = target_hashes(&job->target);
	/* Up to extranonce2: what follows is no part of a height. */
	ret->height = upstream.height ? upstream.height
				      : coinbase_height(job->coinbase, job->extranonce2_offset);
	memcpy(ret->chain, upstream.chain, sizeof(ret->chain));
	return true;
}

double network_seconds(double hashes, double rate)
{
	return rate > 0 ? hashes / rate : NAN;
}
