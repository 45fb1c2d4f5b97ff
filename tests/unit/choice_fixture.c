/* SPDX-License-Identifier: MIT */
#include "choice_fixture.h"
#include "pool/pools_configure.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/clock.h"
#include "common/log.h"
#include "iterate_fixture.h"

static struct choice_fixture *current; /* for what knows no owner */

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

void choice_fixture_configure_with(struct choice_fixture *fixture, unsigned n, unsigned standby,
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

		snprintf(text, sizeof(text), "stratum+tcp://127.0.0.1:%u",
			 fixture->servers[i].port);
		pool->url = strdup(text);
		pool->host = strdup("127.0.0.1");
		pool->port = fixture->servers[i].port;
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
	pools_configure(fixture->pools, &conf, &trust);
	pools_trust_deinit(&trust);
	conf_deinit(&conf);
}

void choice_fixture_configure(struct choice_fixture *fixture, unsigned n, unsigned standby)
{
	choice_fixture_configure_with(fixture, n, standby, NULL);
}

const char *choice_fixture_active(const struct choice_fixture *fixture)
{
	return fixture->pools->active ? fixture->pools->active->conf.name : "";
}

void choice_fixture_init(struct choice_fixture *fixture)
{
	*fixture = (struct choice_fixture){};
	current = fixture;
	log_set_sink(quiet);
	ck_assert_int_eq(ring_init(&fixture->ring), 0);
	ck_assert_int_eq(resolver_init(&fixture->resolver, &fixture->ring), 0);
	fixture->pools = calloc(1, sizeof(*fixture->pools));
	pools_init(fixture->pools, &fixture->ring, &fixture->resolver, &handler);
	for (unsigned i = 0; i < CHOICE_FIXTURE_SERVERS; i++)
		server_start(&fixture->servers[i], &fixture->ring, i);
}

void choice_fixture_deinit(struct choice_fixture *fixture)
{
	pools_stop(fixture->pools);
	resolver_stop(&fixture->resolver);
	for (unsigned i = 0; i < CHOICE_FIXTURE_SERVERS; i++) {
		server_refuse(&fixture->servers[i]);
	}
	iterate_for(&fixture->ring, 20 * CLOCK_MS);
	ck_assert(pools_closed(fixture->pools));
	ring_deinit(&fixture->ring);
	for (unsigned i = 0; i < CHOICE_FIXTURE_SERVERS; i++)
		stream_deinit(&fixture->servers[i].stream);
	pools_deinit(fixture->pools);
	resolver_deinit(&fixture->resolver);
	free(fixture->pools);
}
