/* SPDX-License-Identifier: MIT */
#include "config/conf_read.h"

#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "common/container.h"

enum {
	CONF_KEY_MAX = 48, /* characters of a key that are compared and shown */
	CONF_NEAR = 3,	   /* letters a misspelt key may be off */
};

void conf_complain(struct conf_reader *reader, const config_setting_t *setting, const char *format,
		   ...)
{
	char message[CONF_MESSAGE_MAX];
	va_list args;
	int r;

	va_start(args, format);
	vsnprintf(message, sizeof(message), format, args);
	va_end(args);
	r = conf_error(reader->errors,
		       conf_text_origin(&reader->text, config_setting_source_line(setting)), "%s",
		       message);
	if (r < 0 && !reader->failure)
		reader->failure = r;
}

unsigned conf_line(const struct conf_reader *reader, const config_setting_t *setting)
{
	return conf_text_origin(&reader->text, config_setting_source_line(setting)).line;
}

void conf_set(struct conf_reader *reader, char **text, const char *value)
{
	char *copy = strdup(value);

	if (!copy) {
		reader->failure = -ENOMEM;
		return;
	}
	free(*text);
	*text = copy;
}

/* Letters to change, add or leave out to make b from a (Levenshtein's distance). */
static size_t conf_distance(const char *a, const char *b)
{
	size_t row[CONF_KEY_MAX + 1], n = strnlen(b, CONF_KEY_MAX);

	for (size_t j = 0; j <= n; j++)
		row[j] = j;
	for (size_t i = 1; a[i - 1] && i <= CONF_KEY_MAX; i++) {
		size_t above = row[0];

		row[0] = i;
		for (size_t j = 1; j <= n; j++) {
			size_t change = above + (a[i - 1] != b[j - 1]);
			size_t shift = MIN(row[j], row[j - 1]) + 1;

			above = row[j];
			row[j] = MIN(change, shift);
		}
	}
	return row[n];
}

static void conf_unknown(struct conf_reader *reader, const config_setting_t *setting,
			 const char *const *known)
{
	const char *name = config_setting_name(setting), *nearest = NULL;
	char list[512] = "";
	size_t best = CONF_NEAR, used = 0;

	for (const char *const *key = known; *key; key++) {
		size_t distance = conf_distance(name, *key);

		if (distance < best && distance < strlen(*key)) {
			best = distance;
			nearest = *key;
		}
		used += (size_t)snprintf(list + used, sizeof(list) - used, "%s%s", used ? ", " : "",
					 *key);
		if (used >= sizeof(list))
			break;
	}
	if (nearest)
		conf_complain(reader, setting, "unknown key \"%.*s\": is \"%s\" meant?",
			      CONF_KEY_MAX, name, nearest);
	else
		conf_complain(reader, setting, "unknown key \"%.*s\": known here are %s",
			      CONF_KEY_MAX, name, list);
}

void conf_read_keys(struct conf_reader *reader, const config_setting_t *group,
		    const char *const *known)
{
	for (int i = 0; i < config_setting_length(group); i++) {
		const config_setting_t *setting = config_setting_get_elem(group, (unsigned)i);
		const char *const *key = known;

		while (*key && strcmp(*key, config_setting_name(setting)) != 0)
			key++;
		if (!*key)
			conf_unknown(reader, setting, known);
	}
}

static const char *conf_type_name(const config_setting_t *setting)
{
	switch (config_setting_type(setting)) {
	case CONFIG_TYPE_INT:
	case CONFIG_TYPE_INT64:
		return "a whole number";
	case CONFIG_TYPE_FLOAT:
		return "a number with a decimal point";
	case CONFIG_TYPE_STRING:
		return "a text";
	case CONFIG_TYPE_BOOL:
		return "true or false";
	case CONFIG_TYPE_GROUP:
		return "a group { }";
	case CONFIG_TYPE_LIST:
		return "a list ( )";
	case CONFIG_TYPE_ARRAY:
		return "an array [ ]";
	default:
		return "something else";
	}
}

static void conf_wrong_type(struct conf_reader *reader, const config_setting_t *setting,
			    const char *wanted)
{
	conf_complain(reader, setting, "%s must be %s, not %s", config_setting_name(setting),
		      wanted, conf_type_name(setting));
}

config_setting_t *conf_read_group(struct conf_reader *reader, const config_setting_t *parent,
				  const char *key)
{
	config_setting_t *setting = config_setting_get_member(parent, key);

	if (!setting || config_setting_type(setting) == CONFIG_TYPE_GROUP)
		return setting;
	conf_wrong_type(reader, setting, "a group { key = value; .. }");
	return NULL;
}

config_setting_t *conf_read_list(struct conf_reader *reader, const config_setting_t *parent,
				 const char *key)
{
	config_setting_t *setting = config_setting_get_member(parent, key);
	bool right = setting && config_setting_type(setting) == CONFIG_TYPE_LIST;

	if (!setting)
		return NULL;
	for (int i = 0; right && i < config_setting_length(setting); i++) {
		config_setting_t *element = config_setting_get_elem(setting, (unsigned)i);

		right = config_setting_type(element) == CONFIG_TYPE_GROUP;
	}
	if (right)
		return setting;
	conf_complain(reader, setting,
		      "%s must be a list of groups, as in %s = ( { key = value; .. }, { .. } );",
		      key, key);
	return NULL;
}

const config_setting_t *conf_read_long_text(struct conf_reader *reader,
					    const config_setting_t *group, const char *key,
					    size_t max, char **ret)
{
	const config_setting_t *setting = config_setting_get_member(group, key);
	const char *value;

	if (!setting)
		return NULL;
	if (config_setting_type(setting) != CONFIG_TYPE_STRING) {
		conf_wrong_type(reader, setting, "a text in quotes");
		return NULL;
	}
	value = config_setting_get_string(setting);
	if (!*value || strlen(value) > max) {
		conf_complain(reader, setting, "%s must have 1 to %zu characters, not %zu", key,
			      max, strlen(value));
		return NULL;
	}
	/* The text itself is not shown: it may be a password. */
	for (const char *c = value; *c; c++) {
		if ((unsigned char)*c >= 0x20 && *c != 0x7f)
			continue;
		conf_complain(reader, setting, "%s holds a control character, \\x%02x at place %td",
			      key, (unsigned char)*c, c - value + 1);
		return NULL;
	}
	conf_set(reader, ret, value);
	return setting;
}

const config_setting_t *conf_read_text(struct conf_reader *reader, const config_setting_t *group,
				       const char *key, char **ret)
{
	return conf_read_long_text(reader, group, key, CONF_TEXT_MAX, ret);
}

void conf_read_bool(struct conf_reader *reader, const config_setting_t *group, const char *key,
		    bool *ret)
{
	const config_setting_t *setting = config_setting_get_member(group, key);

	if (!setting)
		return;
	if (config_setting_type(setting) != CONFIG_TYPE_BOOL)
		conf_wrong_type(reader, setting, "true or false, without quotes");
	else
		*ret = config_setting_get_bool(setting);
}

static bool conf_is_whole(const config_setting_t *setting, long long *ret)
{
	if (config_setting_type(setting) == CONFIG_TYPE_INT)
		*ret = config_setting_get_int(setting);
	else if (config_setting_type(setting) == CONFIG_TYPE_INT64)
		*ret = config_setting_get_int64(setting);
	else
		return false;
	return true;
}

void conf_read_count(struct conf_reader *reader, const config_setting_t *group, const char *key,
		     unsigned min, unsigned max, unsigned *ret)
{
	const config_setting_t *setting = config_setting_get_member(group, key);
	long long value;

	if (!setting)
		return;
	if (!conf_is_whole(setting, &value))
		conf_wrong_type(reader, setting, "a whole number, without quotes");
	else if (value < min || value > max)
		conf_complain(reader, setting, "%s = %lld is out of range: %u to %u", key, value,
			      min, max);
	else
		*ret = (unsigned)value;
}

void conf_read_number(struct conf_reader *reader, const config_setting_t *group, const char *key,
		      double min, double max, double *ret)
{
	const config_setting_t *setting = config_setting_get_member(group, key);
	long long whole;
	double value;

	if (!setting)
		return;
	if (conf_is_whole(setting, &whole)) {
		value = (double)whole;
	} else if (config_setting_type(setting) == CONFIG_TYPE_FLOAT) {
		value = config_setting_get_float(setting);
	} else {
		conf_wrong_type(reader, setting, "a number, without quotes");
		return;
	}
	/* Written so that a NaN is out of range. */
	if (value >= min && value <= max)
		*ret = value;
	else
		conf_complain(reader, setting, "%s = %g is out of range: %g to %g", key, value, min,
			      max);
}
