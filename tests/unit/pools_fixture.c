/* SPDX-License-Identifier: MIT */
#include "pools_fixture.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "iterate_fixture.h"
#include "pool/pools_configure.h"

static void fill_in(struct conf_pool *pool, unsigned index, unsigned port)
{
	char text[64];

	snprintf(text, sizeof(text), "stratum+tcp://127.0.0.1:%u", port);
	pool->url = strdup(text);
	pool->host = strdup("127.0.0.1");
	pool->port = port;
	snprintf(text, sizeof(text), "pool%u", index);
	pool->name = strdup(text);
	snprintf(text, sizeof(text), "user%u", index);
	pool->user = strdup(text);
	pool->password = strdup("x");
	pool->user_agent = strdup("test");
	pool->version_rolling = true;
	pool->extranonce_subscribe = true;
	pool->session_resume = true;
	pool->tls_verify = true;
}

size_t pools_fixture_configure(struct pools *pools, const struct server *servers, unsigned n,
			       unsigned standby, void (*change)(struct conf_pool *pool))
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
	size_t not_made;

	for (unsigned i = 0; i < n; i++) {
		fill_in(&conf.pools[i], i, servers[i].port);
		if (change)
			change(&conf.pools[i]);
	}
	pools_trust_init(&trust, &conf);
	not_made = pools_configure(pools, &conf, &trust);
	pools_trust_deinit(&trust);
	conf_deinit(&conf);
	return not_made;
}

static bool is_closed(const struct pools *pools, const struct resolver *resolver,
		      const struct server *servers, unsigned n)
{
	for (unsigned i = 0; i < n; i++)
		if (servers[i].stream.state != STREAM_CLOSED || servers[i].accept_op.armed)
			return false;
	return pools_closed(pools) && !resolver->op.armed;
}

void pools_fixture_close(struct ring *ring, struct pools *pools, struct resolver *resolver,
			 struct server *servers, unsigned n)
{
	pools_stop(pools);
	resolver_stop(resolver);
	for (unsigned i = 0; i < n; i++)
		server_refuse(&servers[i]);
	ITERATE_UNTIL(ring, is_closed(pools, resolver, servers, n));
	ring_deinit(ring);
	for (unsigned i = 0; i < n; i++)
		stream_deinit(&servers[i].stream);
	pools_deinit(pools);
	resolver_deinit(resolver);
	free(pools);
}
