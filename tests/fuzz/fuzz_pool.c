/* SPDX-License-Identifier: MIT */
#include "fuzz_pool.h"

#include <assert.h>
#include <string.h>

#include "common/container.h"
#include "pool/pools_configure.h"

enum {
	VERSION_ROLLING = 1,
	EXTRANONCE_SUBSCRIBE = 2,
	SESSION_RESUME = 4,
	SUGGEST_DIFFICULTY = 8,
	SHARE_INTERVAL = 16,
	PAYOUT = 32,
	PAYOUT_ENFORCE = 64,
	IMPATIENT = 128,
};

static struct fuzz_pool *current;
static struct pools pools; /* zeroed memory for each run: most of it is never touched */

static void on_work(struct pools *self, struct job *job)
{
	job_unref(current->work);
	current->work = job ? job_ref(job) : NULL;
}

static void on_room(struct pools *self)
{
}

static struct conf_pool pool_conf(unsigned port, uint8_t settings)
{
	const char *address = "1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNa";

	return (struct conf_pool){
		.url = strdup("stratum+tcp://" FUZZ_WORLD_HOST),
		.host = strdup(FUZZ_WORLD_HOST),
		.port = port,
		.name = strdup("pool"),
		.user = strdup("user \"\\"),
		.password = strdup("x"),
		.user_agent = strdup("fuzz"),
		.version_rolling = settings & VERSION_ROLLING,
		.extranonce_subscribe = settings & EXTRANONCE_SUBSCRIBE,
		.session_resume = settings & SESSION_RESUME,
		.suggest_difficulty = settings & SUGGEST_DIFFICULTY ? 16 : 0,
		.share_interval = settings & SHARE_INTERVAL ? 2 : 0,
		.payout = {.address = settings & PAYOUT ? strdup(address) : NULL,
			   .minimum_ppm = CONF_PPM / 2,
			   .enforce = settings & PAYOUT_ENFORCE},
	};
}

static void configure(struct fuzz_pool *fuzz, uint8_t settings)
{
	struct conf conf = {
		.n_pools = 1,
		.pools = {pool_conf(fuzz->server.port, settings)},
		.failover = {.failback_after = 1,
			     .connect_timeout = 10,
			     .handshake_timeout = settings & IMPATIENT ? 3 : 30,
			     .job_timeout = settings & IMPATIENT ? 5 : 120,
			     .reply_timeout = 30,
			     .max_rejects = 3,
			     .backoff_max = 2},
	};
	struct pools_trust trust = {};

	pools_configure(fuzz->pools, &conf, &trust);
	conf_deinit(&conf);
}

void fuzz_pool_begin(struct fuzz_pool *fuzz, uint8_t settings)
{
	static const struct pools_handler handler = {.work = on_work, .room = on_room};

	*fuzz = (struct fuzz_pool){.pools = &pools};
	current = fuzz;
	fuzz_world_begin(&fuzz->world);
	stratum_server_begin(&fuzz->server);
	pools_init(fuzz->pools, &fuzz->world.ring, &fuzz->world.resolver, &handler);
	configure(fuzz, settings);
	upstream_model_init(&fuzz->model, &fuzz->pools->order[0]->upstream);
}

/* The workers have what the pool gives, and nothing of a pool that gives nothing. */
static void check(struct fuzz_pool *fuzz)
{
	upstream_model_check(&fuzz->model, fuzz->pools);
	assert(fuzz->work ==
	       (pool_usable(fuzz->pools->order[0]) ? fuzz->pools->order[0]->work.job : NULL));
}

void fuzz_pool_run(struct fuzz_pool *fuzz, unsigned ms)
{
	for (unsigned part; ms; ms -= part) {
		part = MIN(ms, (unsigned)FUZZ_POOL_STEP_MS);
		fuzz_world_run(&fuzz->world, part);
		stratum_server_look(&fuzz->server);
		check(fuzz);
	}
}

void fuzz_pool_find(struct fuzz_pool *fuzz, unsigned n, enum fuzz_pool_share kind)
{
	/* A share may end the login, and with it what the workers have. */
	for (; n && fuzz->work; n--) {
		struct share share = {.job = fuzz->work,
				      .ntime = fuzz->work->ntime,
				      .nonce = ++fuzz->nonce,
				      .version = fuzz->work->version};

		if (kind == FUZZ_POOL_SHARE)
			share.hash = fuzz->work->target;
		share.hash.word[kind == FUZZ_POOL_TOO_EASY ? 7 : 0] = fuzz->nonce;
		pools_share(fuzz->pools, &share);
		check(fuzz);
	}
}

void fuzz_pool_end(struct fuzz_pool *fuzz)
{
	pools_stop(fuzz->pools);
	fuzz_world_run(&fuzz->world, FUZZ_POOL_STEP_MS);
	assert(pools_closed(fuzz->pools));
	assert(share_stats_in_flight(&fuzz->pools->stats) == 0);
	job_unref(fuzz->work);
	pools_deinit(fuzz->pools);
	stratum_server_end(&fuzz->server);
	fuzz_world_end(&fuzz->world);
	assert(!pools.slots[1].used);
	memset(&pools.slots[0], 0, sizeof(pools.slots[0]));
	memset(&pools, 0, offsetof(struct pools, slots));
	memset(&pools.order, 0, sizeof(pools) - offsetof(struct pools, order));
}
