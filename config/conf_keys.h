/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * The one table of all configuration keys, which is in conf_table.c. Reading, defaults, comparison,
 * freeing, the keys that a message about an unknown one lists, and the check of manual and example
 * come from it. Internal to config/.
 */
#include <libconfig.h>
#include <stdbool.h>
#include <stddef.h>

#include "config/conf.h"

struct conf_reader; /* conf_read.h */

enum { CONF_KEYS_MAX = 64 /* keys of the table */ };

/* Groups of keys, and the struct that the values of each go to. */
enum conf_group {
	CONF_GROUP_NONE,
	CONF_GROUP_ROOT,   /* outside of all groups; this and those without a struct: struct conf */
	CONF_GROUP_POOL,   /* struct conf_pool */
	CONF_GROUP_PAYOUT, /* within a pool: struct conf_pool */
	CONF_GROUP_WORKERS, /* struct conf_workers */
	CONF_GROUP_STOP_AFTER,
	CONF_GROUP_FAILOVER,
	CONF_GROUP_CONTROL,
	CONF_GROUP_STATE,
	CONF_GROUP_LOG,
};

struct conf_key;

/*
 * The functions of a type of keys. base is the struct that the group's values go to. Any of the
 * last three may be NULL: there is no default, nothing to compare, nothing to release.
 */
struct conf_type {
	const char *wanted; /* for a message about a value of another type */
	size_t size;	    /* of the struct member; 0: of more than one, or none. Tests .. */
	/* Stores the value; false: it is wrong, and a message says so. */
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

/* What an upstream is that a key of a pool is for. */
enum conf_kind {
	CONF_KIND_ANY,
	CONF_KIND_STRATUM,
	CONF_KIND_NODE,
	CONF_KIND_TLS, /* of a pool or of a node */
};

struct conf_key {
	enum conf_group group;
	enum conf_kind kind; /* of a pool's: it means nothing to others, and is an error there */
	const char *name;
	const struct conf_type *type;
	size_t offset;	 /* of the value in the struct */
	size_t size;	 /* .. compare it with this */
	double min, max; /* of a number; of the bytes of a string */
	const char
		*fallback; /* the default as the file would have it, without quotes; NULL: none */
	const struct conf_choice *choices;
	enum conf_change change;
	enum conf_group holds; /* of a group: whose keys stand in it */
	const char *needed;    /* NULL, or the message when the key is missing */
	const char *unless;    /* NULL, or the key of the group that can stand in its place */
	/* NULL, or what type and range do not say. Called with a value that these allow. */
	void (*check)(struct conf_reader *reader, const struct conf_key *key,
		      const config_setting_t *setting, void *base);
};

extern const struct conf_key conf_keys[];
extern const size_t conf_n_keys;

/*
 * Iterates over the keys of a group: the one after `after`, or the first for NULL; NULL: no more.
 */
const struct conf_key *conf_keys_next(enum conf_group group, const struct conf_key *after);

/* The key with a name of n characters; NULL: the group has none. */
const struct conf_key *conf_keys_find(enum conf_group group, const char *name, size_t n);

static inline void *conf_keys_value(const struct conf_key *key, void *base)
{
	return (char *)base + key->offset;
}

static inline const void *conf_keys_value_const(const struct conf_key *key, const void *base)
{
	return (const char *)base + key->offset;
}

/* Sets each key of a group, and of the groups in it, to its default. */
void conf_keys_set_defaults(struct conf_reader *reader, enum conf_group group, void *base);

/* Releases the value of each key of a group, and of the groups in it. */
void conf_keys_release(enum conf_group group, void *base);
