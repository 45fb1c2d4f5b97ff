/* SPDX-License-Identifier: MIT */
#include "config/conf_keys.h"

#include <string.h>

#include "common/assert.h"

const struct conf_key *conf_keys_next(enum conf_group group, const struct conf_key *after)
{
	const struct conf_key *key = after ? after + 1 : conf_keys;

	assert(!after || after->group == group);
	while (key < conf_keys + conf_n_keys && key->group != group)
		key++;
	return key < conf_keys + conf_n_keys ? key : NULL;
}

const struct conf_key *conf_keys_find(enum conf_group group, const char *name, size_t n)
{
	const struct conf_key *key = NULL;

	while ((key = conf_keys_next(group, key)))
		if (strlen(key->name) == n && strncmp(key->name, name, n) == 0)
			break;
	return key;
}

void conf_keys_set_defaults(struct conf_reader *reader, enum conf_group group, void *base)
{
	const struct conf_key *key = NULL;

	while ((key = conf_keys_next(group, key)))
		if (key->type->set_default)
			key->type->set_default(reader, key, base);
}

void conf_keys_release(enum conf_group group, void *base)
{
	const struct conf_key *key = NULL;

	while ((key = conf_keys_next(group, key)))
		if (key->type->release)
			key->type->release(key, base);
}
