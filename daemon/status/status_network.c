/* SPDX-License-Identifier: MIT */
#include "status/status_network.h"

#include <math.h>

#include "status/network.h"

/*
 * Hashes that a share takes on average, from which on luck is shown: the io thread counts the first
 * hashes of a job nowhere, and most of the shares that are easier come from these.
 */
static const double status_luck_hashes = 0x1p16;

static void status_height(struct json_writer *object, const struct network *network)
{
	if (network->height)
		json_writer_count(object, "height", network->height);
	else
		json_writer_null(object, "height");
	json_writer_string(object, "chain", network->chain[0] ? network->chain : NULL);
}

void status_network(struct json_writer *object, const struct status_source *source)
{
	double rate = rate_window(&source->stats->rate, RATE_1_M);
	double best = source->pools->stats.best_difficulty;
	const struct stats_file *kept = &source->persistent->kept;
	struct network network;

	if (!source->pools->active || !network_of_pool(&network, source->pools->active)) {
		json_writer_null(object, "network");
		return;
	}
	json_writer_open(object, "network");
	json_writer_number(object, "difficulty", network.difficulty);
	status_height(object, &network);
	json_writer_number(object, "expected_block_s", network_seconds(network.block_hashes, rate));
	json_writer_number(object, "expected_share_s", network_seconds(network.share_hashes, rate));
	json_writer_number(object, "best_share_fraction",
			   best > 0 ? best / network.difficulty : NAN);
	json_writer_number(object, "best_ever_fraction",
			   kept->has_best ? target_difficulty(&kept->best) / network.difficulty
					  : NAN);
	json_writer_close(object);
}

void status_network_of_pool(struct json_writer *object, const struct pool *pool)
{
	struct network network;
	bool known = network_of_pool(&network, pool);

	json_writer_number(object, "network_difficulty", known ? network.difficulty : NAN);
	status_height(object, &network);
}

void status_luck(struct json_writer *object, const struct status_source *source)
{
	const struct share_stats *stats = &source->pools->stats;
	double hashes = (double)workers_stats_hashes(source->stats, source->workers);
	bool known = hashes > 0 && stats->work >= (double)stats->found * status_luck_hashes &&
		     !workers_stats_overflows(source->stats, source->workers);

	json_writer_number(object, "luck_percent", known ? 100 * stats->work / hashes : NAN);
}
