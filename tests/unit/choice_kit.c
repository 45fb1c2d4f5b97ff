/* SPDX-License-Identifier: MIT */
#include "choice_kit.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/clock.h"
#include "common/log.h"
#include "turn_kit.h"

static struct choice_kit *current; /* for what knows no owner */

static void on_work(struct pools *pools, struct job *job)
{
	current->work = job;
	current->works++;
}

static void on_room(struct pools *pools)
{
}

static const struct pools_handler handler = {.work = on_work, .room = on_room};

static void quiet(enum log_level level, const char *text, const struct log_field *fields)
{
}

void choice_kit_configure_with(struct choice_kit *kit, unsigned n, unsigned standby,
			       void (*change)(struct conf_pool *pool))
{
	struct conf conf = {
		.n_pools = n,
		.failover = {.standby = standby,
			     .failback_after = 1,
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
	char text[64];

	for (unsigned i = 0; i < n; i++) {
		struct conf_pool *pool = &conf.pools[i];

		snprintf(text, sizeof(text), "stratum+tcp://127.0.0.1:%u", kit->servers[i].port);
		pool->url = strdup(text);
		pool->host = strdup("127.0.0.1");
		pool->port = kit->servers[i].port;
		snprintf(text, sizeof(text), "pool%u", i);
		pool->name = strdup(text);
		snprintf(text, sizeof(text), "user%u", i);
		pool->user = strdup(text);
		pool->password = strdup("x");
		pool->user_agent = strdup("test");
		pool->version_rolling = true;
		pool->extranonce_subscribe = true;
		pool->session_resume = true;
		pool->tls_verify = true;
		if (change)
			change(pool);
	}
	pools_trust_init(&trust, &conf);
	pools_configure(kit->pools, &conf, &trust);
	pools_trust_deinit(&trust);
	conf_deinit(&conf);
}

void choice_kit_configure(struct choice_kit *kit, unsigned n, unsigned standby)
{
	choice_kit_configure_with(kit, n, standby, NULL);
}

const char *choice_kit_active(const struct choice_kit *kit)
{
	return kit->pools->active ? kit->pools->active->conf.name : "";
}

void choice_kit_init(struct choice_kit *kit)
{
	*kit = (struct choice_kit){};
	current = kit;
	log_set_sink(quiet);
	ck_assert_int_eq(ring_init(&kit->ring), 0);
	ck_assert_int_eq(resolver_init(&kit->resolver, &kit->ring), 0);
	kit->pools = calloc(1, sizeof(*kit->pools));
	pools_init(kit->pools, &kit->ring, &kit->resolver, &handler);
	for (unsigned i = 0; i < CHOICE_KIT_SERVERS; i++)
		server_start(&kit->servers[i], &kit->ring, i);
}

void choice_kit_deinit(struct choice_kit *kit)
{
	pools_stop(kit->pools);
	resolver_stop(&kit->resolver);
	for (unsigned i = 0; i < CHOICE_KIT_SERVERS; i++) {
		close(kit->servers[i].listener);
		kit->servers[i].listener = -1;
		stream_close(&kit->servers[i].stream);
	}
	turn_kit_for(&kit->ring, 20 * CLOCK_MS);
	ck_assert(pools_closed(kit->pools));
	ring_deinit(&kit->ring);
	for (unsigned i = 0; i < CHOICE_KIT_SERVERS; i++)
		stream_deinit(&kit->servers[i].stream);
	pools_deinit(kit->pools);
	resolver_deinit(&kit->resolver);
	free(kit->pools);
}
