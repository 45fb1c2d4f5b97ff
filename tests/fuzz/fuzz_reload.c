/* SPDX-License-Identifier: MIT */
/*
 * From one configuration to the next and back again: the input is two files with a line "---"
 * between them, or one that is reloaded. What differs is the same both ways; the pools are those of
 * the new file, and one that did not change stays as it is.
 */
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "conf_input.h"
#include "fuzz.h"
#include "fuzz_world.h"
#include "listener.h"
#include "pool/pools_configure.h"

enum { RELOAD_MS = 500, RELOAD_PORT = 3333 /* where somebody listens, who says nothing */ };

static void on_work(struct pools *pools, struct job *job)
{
	assert(!job);
}

static void on_room(struct pools *pools)
{
}

static void check_pools(const struct conf_pool *a, const struct conf_pool *b)
{
	char forth[CONF_CHANGED_MAX], back[CONF_CHANGED_MAX];
	enum conf_pool_change change = conf_pool_compare(a, b, forth, sizeof(forth));

	assert(conf_pool_compare(b, a, back, sizeof(back)) == change && strcmp(forth, back) == 0);
	assert((change == CONF_POOL_SAME) == (forth[0] == '\0'));
	assert(strlen(forth) < sizeof(forth) - 1);
}

/* Returns how many keys outside of pools differ. */
static size_t check_changes(const struct conf *a, const struct conf *b)
{
	char forth[CONF_CHANGED_MAX], back[CONF_CHANGED_MAX];
	size_t all = 0;

	for (size_t i = 0; i < a->n_pools; i++)
		for (size_t k = 0; k < b->n_pools; k++)
			check_pools(&a->pools[i], &b->pools[k]);
	for (enum conf_change change = CONF_CHANGE_LIVE; change <= CONF_CHANGE_RESTART; change++) {
		size_t n = conf_changed(a, b, change, forth, sizeof(forth));

		assert(conf_changed(b, a, change, back, sizeof(back)) == n);
		assert(strcmp(forth, back) == 0 && !n == !forth[0]);
		all += n;
	}
	return all;
}

static struct pool *find(const struct pools *pools, const struct conf_pool *conf)
{
	for (size_t i = 0; i < pools->n; i++)
		if (strcmp(pools->order[i]->conf.name, conf->name) == 0 &&
		    conf_pool_compare(&pools->order[i]->conf, conf, NULL, 0) == CONF_POOL_SAME)
			return pools->order[i];
	return NULL;
}

/* The text is of a valid file. */
static void reload(struct pools *pools, const uint8_t *text, size_t size)
{
	struct pool *same[CONF_POOLS_MAX];
	struct conf_input input, kept;
	struct pools_trust trust;

	conf_input_init(&input, text, size);
	conf_input_init(&kept, text, size);
	assert(!check_changes(&input.conf, &kept.conf));
	for (size_t i = 0; i < kept.conf.n_pools; i++)
		same[i] = find(pools, &kept.conf.pools[i]);
	pools_trust_init(&trust, &input.conf);
	pools_configure(pools, &input.conf, &trust);
	pools_trust_deinit(&trust);
	assert(pools->n == kept.conf.n_pools);
	for (size_t i = 0; i < pools->n; i++) {
		assert(find(pools, &kept.conf.pools[i]) == pools->order[i]);
		assert(!same[i] || same[i] == pools->order[i]);
	}
	conf_input_deinit(&kept);
	conf_input_deinit(&input);
}

static void check_reloads(const uint8_t *a, size_t a_size, const uint8_t *b, size_t b_size)
{
	static const struct pools_handler handler = {.work = on_work, .room = on_room};
	struct pools *pools = calloc(1, sizeof(*pools));
	unsigned port = RELOAD_PORT;
	struct fuzz_world world;
	int listener;

	assert(pools);
	fuzz_world_begin(&world);
	listener = listener_open(&port);
	pools_init(pools, &world.ring, &world.resolver, &handler);
	reload(pools, a, a_size);
	fuzz_world_run(&world, RELOAD_MS);
	reload(pools, b, b_size);
	fuzz_world_run(&world, RELOAD_MS);
	reload(pools, a, a_size);
	pools_stop(pools);
	fuzz_world_run(&world, RELOAD_MS);
	assert(pools_closed(pools));
	pools_deinit(pools);
	listener_close(listener);
	fuzz_world_end(&world);
	free(pools);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char between[] = "\n---\n";
	const uint8_t *mark = memmem(data, size, between, strlen(between));
	const uint8_t *b = mark ? mark + strlen(between) : data;
	size_t a_size = mark ? (size_t)(mark - data) + 1 : size, b_size = size - (size_t)(b - data);
	struct conf_input first, second;

	if (!conf_input_is_whole(data, size))
		return 0;
	conf_input_init(&first, data, a_size);
	conf_input_init(&second, b, b_size);
	if (first.result == CONF_OK && second.result == CONF_OK) {
		assert(!check_changes(&first.conf, &second.conf) || mark);
		check_reloads(data, a_size, b, b_size);
	}
	conf_input_deinit(&second);
	conf_input_deinit(&first);
	return 0;
}
