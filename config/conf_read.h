/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * Reads the groups of a configuration by the table of keys. It reports each error and goes on, so
 * that all are found at once. Internal to config/; no other folder knows libconfig.
 */
#include <libconfig.h>

#include "config/conf.h"
#include "config/conf_file.h"
#include "config/conf_keys.h"
#include "config/conf_text.h"
#include "config/conf_user.h"

enum {
	CONF_PATH_MAX = 1023, /* bytes of a path */
	CONF_NUMBER_MAX = 32, /* bytes of a number as text, and its NUL */
};

struct conf_reader {
	struct conf_text text;
	config_t libconfig;
	const struct conf_known *known;
	struct conf_user user; /* who must be able to read all files */
	struct conf_messages *messages;
	int failure; /* negative errno of the first failure of this machine, or 0 */
};

/* What was found of the keys of a group. */
struct conf_found {
	enum conf_group group;
	/* By the key's place in the table. */
	const config_setting_t *settings[CONF_KEYS_MAX];
	bool right[CONF_KEYS_MAX];
};

/* Reports an error, or a warning, at the line of setting. */
void conf_complain(struct conf_reader *reader, const config_setting_t *setting, const char *format,
		   ...) __attribute__((format(printf, 3, 4)));
void conf_warn(struct conf_reader *reader, const config_setting_t *setting, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

/* The place of a setting. */
struct conf_place conf_place(const struct conf_reader *reader, const config_setting_t *setting);
/* The place of another element of the list that a group is in. */
struct conf_place conf_place_of_element(const struct conf_reader *reader,
					const config_setting_t *group, size_t index);
struct conf_text_file *conf_file_of(const struct conf_reader *reader,
				    const config_setting_t *setting);

/* Reads each key of a group into base; reports unknown, duplicate and missing ones. */
void conf_read_group(struct conf_reader *reader, const config_setting_t *setting,
		     enum conf_group group, void *base, struct conf_found *ret_found);

/* The setting of a key, which the table has; NULL when the file does not have it. */
const config_setting_t *conf_found(const struct conf_found *found, const char *name);

/* The same; NULL also when its value is wrong. */
const config_setting_t *conf_found_right(const struct conf_found *found, const char *name);

/* The element of a list, which is a group. */
const config_setting_t *conf_read_element(const config_setting_t *list, size_t i);

/* How many groups a list has, at most key->max; -1: it is not a list of groups. Reports both. */
int conf_read_list(struct conf_reader *reader, const struct conf_key *key,
		   const config_setting_t *setting);

/*
 * A string of key->min to key->max bytes of printable UTF-8; NULL: an error, reported. Borrowed.
 */
const char *conf_read_string(struct conf_reader *reader, const struct conf_key *key,
			     const config_setting_t *setting);

/* Reports that a value is not of key's type. */
void conf_wrong_type(struct conf_reader *reader, const struct conf_key *key,
		     const config_setting_t *setting);

/* Replaces *text, which is freed, by a copy of value. */
void conf_set(struct conf_reader *reader, char **text, const char *value);

/*
 * Reads a file that a key names. false: it cannot be read, which is reported. Warns when the user
 * of the service could not read it. what: the key, for messages.
 */
bool conf_read_file(struct conf_reader *reader, const config_setting_t *setting, const char *what,
		    const char *path, size_t max, struct conf_file *ret);

/* Writes a number as people do: 5e-5 and 1e15, not 5e-05 and 1e+15. Returns ret. */
char *conf_number_text(char ret[CONF_NUMBER_MAX], double value);
