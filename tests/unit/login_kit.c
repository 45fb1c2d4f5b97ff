/* SPDX-License-Identifier: MIT */
#include "login_kit.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "books_kit.h"
#include "common/clock.h"
#include "common/container.h"
#include "turn_kit.h"

static struct login_kit *current; /* for the log, which knows no owner */

static void on_work(struct pools *pools, struct job *job)
{
	current->work = job;
}

static void on_room(struct pools *pools)
{
}

static const struct pools_handler handler = {.work = on_work, .room = on_room};

static void on_log(enum log_level level, const char *text, const struct log_field *fields)
{
	if (level >= LOG_LEVEL_DEBUG)
		return;
	current->n_lines++;
	for (; fields && fields->name; fields++)
		if (current->watch && strcmp(fields->name, "MESSAGE_ID") == 0 &&
		    strcmp(fields->value, current->watch) == 0)
			snprintf(current->watched, sizeof(current->watched), "%s", text);
}

static void configure(struct login_kit *kit, double difficulty)
{
	struct conf conf = {
		.n_pools = 1,
		.failover = {.failback_after = 1,
			     .connect_timeout = 10,
			     .proxy_timeout = 10,
			     .tls_timeout = 10,
			     .handshake_timeout = 30,
			     .job_timeout = 120,
			     .reply_timeout = 30,
			     .max_rejects = 3,
			     .backoff_max = 1},
	};
	struct pools_trust trust;
	struct conf_pool *pool = &conf.pools[0];
	char url[64];

	snprintf(url, sizeof(url), "stratum+tcp://127.0.0.1:%u", kit->server.port);
	pool->url = strdup(url);
	pool->host = strdup("127.0.0.1");
	pool->port = kit->server.port;
	pool->name = strdup("pool");
	pool->user = strdup("user0");
	pool->password = strdup("x");
	pool->user_agent = strdup("test");
	pool->version_rolling = true;
	pool->extranonce_subscribe = true;
	pool->session_resume = true;
	pool->suggest_difficulty = difficulty;
	pools_trust_init(&trust, &conf);
	pools_configure(kit->pools, &conf, &trust);
	pools_trust_deinit(&trust);
	conf_deinit(&conf);
}

void login_kit_init(struct login_kit *kit)
{
	login_kit_init_suggesting(kit, 0);
}

void login_kit_init_suggesting(struct login_kit *kit, double difficulty)
{
	*kit = (struct login_kit){};
	current = kit;
	log_set_sink(on_log);
	ck_assert_int_eq(ring_init(&kit->ring), 0);
	ck_assert_int_eq(resolver_init(&kit->resolver, &kit->ring), 0);
	kit->pools = calloc(1, sizeof(*kit->pools));
	pools_init(kit->pools, &kit->ring, &kit->resolver, &handler);
	server_start(&kit->server, &kit->ring, 0);
	kit->server.session = "first-id";
	configure(kit, difficulty);
}

void login_kit_deinit(struct login_kit *kit)
{
	pools_stop(kit->pools);
	resolver_stop(&kit->resolver);
	close(kit->server.listener);
	kit->server.listener = -1;
	stream_close(&kit->server.stream);
	turn_kit_for(&kit->ring, 20 * CLOCK_MS);
	ck_assert(pools_closed(kit->pools));
	ring_deinit(&kit->ring);
	stream_deinit(&kit->server.stream);
	pools_deinit(kit->pools);
	resolver_deinit(&kit->resolver);
	free(kit->pools);
}

struct share login_kit_share(struct job *job, uint32_t nonce)
{
	struct share share = {
		.job = job, .ntime = job->ntime, .nonce = nonce, .version = job->version};

	share.hash.word[0] = nonce;
	share.hash.word[6] = 0xfffe0000;
	return share;
}

void login_kit_give(struct login_kit *kit, struct job *job, uint32_t nonce)
{
	struct share share = login_kit_share(job, nonce);

	pools_share(kit->pools, &share);
}

void login_kit_give_block(struct login_kit *kit, struct job *job, uint32_t nonce)
{
	struct share share = login_kit_share(job, nonce);

	share.hash.word[6] = 0x1000;
	pools_share(kit->pools, &share);
}

void login_kit_check_books(const struct login_kit *kit)
{
	const struct ledger *books[] = {&kit->pools->ledger, &kit->pools->order[0]->ledger};

	for (size_t i = 0; i < ARRAY_SIZE(books); i++) {
		const struct ledger *l = books[i];

		ck_assert_uint_eq(books_in_flight(l), pools_waiting(kit->pools));
	}
}
