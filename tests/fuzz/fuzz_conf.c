/* SPDX-License-Identifier: MIT */
/* config/: any file is a configuration within its bounds, or is refused with a reason. */
#include <assert.h>
#include <string.h>

#include "bitcoin/address.h"
#include "common/utf8.h"
#include "conf_input.h"
#include "fuzz.h"

static void check(const struct conf *conf)
{
	assert(conf->n_pools > 0 && conf->n_pools <= CONF_POOLS_MAX);
	assert(conf->n_workers <= CONF_WORKERS_MAX && conf->control_socket);
	for (size_t i = 0; i < conf->n_pools; i++) {
		const struct conf_pool *pool = &conf->pools[i];

		assert(pool->url && pool->name && pool->user && pool->password && pool->user_agent);
		assert(pool->host && pool->host[0] && strlen(pool->host) <= CONF_HOST_MAX);
		assert(pool->port > 0 && pool->port < 65536);
		assert(conf_pool_compare(pool, pool, NULL, 0) == CONF_POOL_SAME);
		assert(!pool->payout.address || !address_wrong(pool->payout.address));
		assert(pool->payout.minimum_ppm > 0 && pool->payout.minimum_ppm <= CONF_PPM);
		assert(!pool->tls_ca == !pool->tls_ca_pem);
		for (size_t k = 0; k < i; k++)
			assert(strcmp(pool->name, conf->pools[k].name) != 0);
	}
	for (size_t i = 0; i < conf->n_workers; i++)
		assert(conf->workers[i].kernel && CPU_COUNT(&conf->workers[i].cpus) > 0);
}

/* Of the one file, printable, in the order of lines. */
static void check_message(const struct conf_message *message, const char *path, unsigned before)
{
	const char *text = message->text;
	uint32_t character;

	assert(strncmp(text, path, strlen(path)) == 0 && message->order >= before);
	for (size_t n = strlen(text), at = 0, size; at < n; at += size) {
		size = utf8_decode(&character, text + at, n - at);
		assert(size && !utf8_is_control(character));
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct conf_input input;
	const struct conf_messages *messages = &input.messages;

	if (!conf_input_is_whole(data, size))
		return 0;
	conf_input_init(&input, data, size);
	if (input.result == CONF_OK) {
		assert(messages->n_errors == 0);
		check(&input.conf);
	} else {
		assert(messages->n_errors > 0 && messages->n > 0 && input.conf.n_pools == 0);
		assert(messages->n + messages->omitted >= messages->n_errors);
		for (size_t i = 0; i < messages->n; i++)
			check_message(&messages->list[i], input.path,
				      i ? messages->list[i - 1].order : 0);
	}
	conf_input_deinit(&input);
	return 0;
}
