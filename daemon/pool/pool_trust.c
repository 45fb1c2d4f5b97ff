/* SPDX-License-Identifier: MIT */
#include "pool/pool_trust.h"

#include <stdio.h>
#include <string.h>

#include "common/assert.h"

static void pool_trust_init(struct pool_trust *trust, const struct conf_pool *conf)
{
	const struct tls_settings settings = {
		.ca_pem = conf->tls_ca_pem,
		.pin = conf->tls_pin,
		.verify = conf->tls_verify,
	};
	int r;

	*trust = POOL_TRUST_NULL;
	if (!conf_has_tls(conf->transport))
		return;
	r = tls_context_init(&trust->tls, &settings, trust->reason);
	trust->made = r == 0;
	if (r < 0 && !trust->reason[0])
		snprintf(trust->reason, sizeof(trust->reason), "TLS: %s", strerror(-r));
}

void pool_trust_deinit(struct pool_trust *trust)
{
	tls_context_deinit(&trust->tls);
	*trust = POOL_TRUST_NULL;
}

void pools_trust_init(struct pools_trust *trust, const struct conf *conf)
{
	assert(conf->n_pools <= CONF_POOLS_MAX);
	*trust = (struct pools_trust){};
	for (size_t i = 0; i < conf->n_pools; i++)
		pool_trust_init(&trust->pool[i], &conf->pools[i]);
}

void pools_trust_deinit(struct pools_trust *trust)
{
	for (size_t i = 0; i < CONF_POOLS_MAX; i++)
		pool_trust_deinit(&trust->pool[i]);
}
