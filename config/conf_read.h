/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * Typed reading of libconfig settings. Each function leaves *ret alone when the key is not there,
 * complains when it is there and wrong, and goes on, so that all mistakes are told at once.
 * Internal to config/; one thread.
 */
#include <libconfig.h>

#include "config/conf.h"
#include "config/conf_text.h"

struct conf_reader {
	struct conf_text text;
	config_t libconfig;
	const struct conf_known *known;
	struct conf_errors *errors;
	int failure; /* negative errno of the first failure of this machine, or 0 */
};

/* A mistake at the line of setting. */
void conf_complain(struct conf_reader *reader, const config_setting_t *setting, const char *format,
		   ...) __attribute__((format(printf, 3, 4)));

/* Line of a setting in its own file. */
unsigned conf_line(const struct conf_reader *reader, const config_setting_t *setting);

/* Complains about every member of group that known, a NULL-terminated list, does not name. */
void conf_read_keys(struct conf_reader *reader, const config_setting_t *group,
		    const char *const *known);

/* A member of the type given by example: "{ .. }" for a group, "( { .. }, .. )" for a list. */
config_setting_t *conf_read_group(struct conf_reader *reader, const config_setting_t *parent,
				  const char *key);
config_setting_t *conf_read_list(struct conf_reader *reader, const config_setting_t *parent,
				 const char *key);

/* 1 .. CONF_TEXT_MAX printable characters. The setting, for later complaints; NULL: no value. */
const config_setting_t *conf_read_text(struct conf_reader *reader, const config_setting_t *group,
				       const char *key, char **ret);

/* As conf_read_text(), with at most max characters. */
const config_setting_t *conf_read_long_text(struct conf_reader *reader,
					    const config_setting_t *group, const char *key,
					    size_t max, char **ret);

void conf_read_bool(struct conf_reader *reader, const config_setting_t *group, const char *key,
		    bool *ret);

/* A whole number min .. max. */
void conf_read_count(struct conf_reader *reader, const config_setting_t *group, const char *key,
		     unsigned min, unsigned max, unsigned *ret);

/* Any number min .. max, with or without a decimal point. */
void conf_read_number(struct conf_reader *reader, const config_setting_t *group, const char *key,
		      double min, double max, double *ret);

/* Replaces *text by a copy of value. */
void conf_set(struct conf_reader *reader, char **text, const char *value);
