/* SPDX-License-Identifier: MIT */
#include <stdio.h>
#include <string.h>

#include "config/conf_types.h"

/* What differs so far. */
struct conf_differences {
	bool of[CONF_CHANGE_RESTART + 1]; /* whether a key differs whose change needs that */
	size_t n;
	bool only_some; /* counts and names only those that need `only` */
	enum conf_change only;
	char *changed; /* or NULL */
	size_t size, used;
};

static void conf_differ(struct conf_differences *all, const struct conf_key *key,
			const char *prefix)
{
	all->of[key->change] = true;
	if (all->only_some && key->change != all->only)
		return;
	all->n++;
	if (all->changed && all->used < all->size)
		all->used += (size_t)snprintf(all->changed + all->used, all->size - all->used,
					      "%s%s%s%s", all->used ? ", " : "", prefix,
					      *prefix ? "." : "", key->name);
}

/* prefix: the group's name as its keys have it in a list of those that differ; "" for none. */
static void conf_compare_group(struct conf_differences *all, enum conf_group group,
			       const char *prefix, const void *a, const void *b)
{
	const struct conf_key *key = NULL;

	while ((key = conf_keys_next(group, key)))
		if (key->type == &conf_type_group)
			conf_compare_group(all, key->holds, key->name, a, b);
		else if (key->type->equal && !key->type->equal(key, a, b))
			conf_differ(all, key, prefix);
}

/* A node's work pays the address, where a pool's work is only checked. */
static bool conf_pays_others(const struct conf_pool *a, const struct conf_pool *b)
{
	return conf_is_node(a->transport) && conf_is_node(b->transport) &&
	       strcmp(a->payout.address, b->payout.address) != 0;
}

enum conf_pool_change conf_pool_compare(const struct conf_pool *a, const struct conf_pool *b,
					char *changed, size_t size)
{
	struct conf_differences all = {.changed = changed, .size = size};

	if (changed && size)
		changed[0] = '\0';
	conf_compare_group(&all, CONF_GROUP_POOL, "", a, b);
	for (size_t i = CONF_CHANGE_LIVE + 1; i <= CONF_CHANGE_RESTART; i++)
		if (all.of[i])
			return CONF_POOL_REPLACED;
	if (conf_pays_others(a, b))
		return CONF_POOL_REPLACED;
	return all.n ? CONF_POOL_TUNED : CONF_POOL_SAME;
}

size_t conf_changed(const struct conf *a, const struct conf *b, enum conf_change change,
		    char *changed, size_t size)
{
	struct conf_differences all = {
		.only_some = true,
		.only = change,
		.changed = changed,
		.size = size,
	};

	if (changed && size)
		changed[0] = '\0';
	conf_compare_group(&all, CONF_GROUP_ROOT, "", a, b);
	if (a->n_workers != b->n_workers)
		conf_differ(&all, conf_keys_find(CONF_GROUP_ROOT, "workers", 7), "");
	for (size_t i = 0; i < a->n_workers && i < b->n_workers; i++)
		conf_compare_group(&all, CONF_GROUP_WORKERS, "workers", &a->workers[i],
				   &b->workers[i]);
	return all.n;
}
