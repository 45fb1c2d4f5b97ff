/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * The one table of all configuration keys. Reading, defaults, comparison, freeing, the keys that a
 * message about an unknown one names, and the check of manual and example come from it. Internal to
 * config/.
 */
#include <libconfig.h>
#include <stdbool.h>
#include <stddef.h>

#include "config/conf.h"

struct conf_reader; /* conf_read.h */

enum { CONF_KEYS_MAX = 64 /* keys of the table */ };

/* What a group is written in, and which struct its values go to. */
enum conf_group {
	CONF_GROUP_NONE,
	CONF_GROUP_ROOT,    /* outside of all groups: struct conf, as all but the next three */
	CONF_GROUP_POOL,    /* struct conf_pool */
	CONF_GROUP_PAYOUT,  /* within a pool: struct conf_pool */
	CONF_GROUP_WORKERS, /* struct conf_workers */
	CONF_GROUP_FAILOVER,
	CONF_GROUP_CONTROL,
	CONF_GROUP_STATE,
	CONF_GROUP_LOG,
};

struct conf_key;

/*
 * What a type of keys does with the struct that a group's values go to (base). Any of the last
 * three may be NULL: there is no default, nothing to compare, nothing to release.
 */
struct conf_type {
	const char *wanted; /* for a message about a value of another type */
	/* Takes the value over; false: it is wrong, and a message says so. */
	bool (*read)(struct conf_reader *reader, const struct conf_key *key,
		     const config_setting_t *setting, void *base);
	void (*set_default)(struct conf_reader *reader, const struct conf_key *key, void *base);
	bool (*equal)(const struct conf_key *key, const void *a, const void *b);
	void (*release)(const struct conf_key *key, void *base);
};

/* A name that stands for a value. A list of them ends with an empty one. */
struct conf_choice {
	const char *name;
	int value;
};

struct conf_key {
	enum conf_group group;
	const char *name;
	const struct conf_type *type;
	size_t offset;	 /* of the value in the struct */
	double min, max; /* of a number; of the bytes of a string */
	const char
		*fallback; /* the default as the file would have it, without quotes; NULL: none */
	const struct conf_choice *choices;
	enum conf_change change;
	enum conf_group holds; /* of a group: whose keys stand in it */
	const char *needed;    /* NULL, or the message when the key is missing */
	/* NULL, or what type and range do not say. Called with a value that these allow. */
	void (*check)(struct conf_reader *reader, const struct conf_key *key,
		      const config_setting_t *setting, void *base);
};

extern const struct conf_key conf_keys[];
extern const size_t conf_n_keys;

/* The keys of a group in turn: the one after `after`, or the first for NULL; NULL: no more. */
const struct conf_key *conf_keys_next(enum conf_group group, const struct conf_key *after);

/* n characters of name; NULL: the group has no such key. */
const struct conf_key *conf_keys_find(enum conf_group group, const char *name, size_t n);

static inline void *conf_keys_value(const struct conf_key *key, void *base)
{
	return (char *)base + key->offset;
}

static inline const void *conf_keys_value_const(const struct conf_key *key, const void *base)
{
	return (const char *)base + key->offset;
}

/* Gives each key of a group its default, and those of the groups within. */
void conf_keys_set_defaults(struct conf_reader *reader, enum conf_group group, void *base);

/* Releases the value of each key of a group, and of those within. */
void conf_keys_release(enum conf_group group, void *base);
