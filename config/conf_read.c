/* SPDX-License-Identifier: MIT */
#include "config/conf_read.h"

#include <errno.h>
#include <math.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "common/assert.h"
#include "common/container.h"
#include "common/utf8.h"
#include "config/conf_scan.h"

enum {
	CONF_KEY_SHOWN = 48, /* bytes of a key that are compared and shown */
	CONF_NEAR = 3,	     /* letters that a misspelt key may be off */
};

struct conf_place conf_place(const struct conf_reader *reader, const config_setting_t *setting)
{
	return conf_text_place(&reader->text, config_setting_source_line(setting));
}

struct conf_place conf_place_of_element(const struct conf_reader *reader,
					const config_setting_t *group, size_t index)
{
	return conf_place(reader, conf_read_element(config_setting_parent(group), index));
}

struct conf_text_file *conf_file_of(const struct conf_reader *reader,
				    const config_setting_t *setting)
{
	return conf_text_line(&reader->text, config_setting_source_line(setting))->file;
}

static void conf_say(struct conf_reader *reader, const config_setting_t *setting,
		     enum conf_severity severity, const char *format, va_list args)
	__attribute__((format(printf, 4, 0)));

static void conf_say(struct conf_reader *reader, const config_setting_t *setting,
		     enum conf_severity severity, const char *format, va_list args)
{
	char message[CONF_MESSAGE_MAX];
	int r;

	if (conf_text_line(&reader->text, config_setting_source_line(setting))->broken)
		return;
	vsnprintf(message, sizeof(message), format, args);
	r = conf_messages_add(reader->messages, severity, conf_place(reader, setting), "%s",
			      message);
	if (r < 0)
		reader->failure = r;
}

void conf_complain(struct conf_reader *reader, const config_setting_t *setting, const char *format,
		   ...)
{
	va_list args;

	va_start(args, format);
	conf_say(reader, setting, CONF_ERROR, format, args);
	va_end(args);
}

void conf_warn(struct conf_reader *reader, const config_setting_t *setting, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	conf_say(reader, setting, CONF_WARNING, format, args);
	va_end(args);
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

char *conf_number_text(char ret[CONF_NUMBER_MAX], double value)
{
	char *exponent, *digits;

	snprintf(ret, CONF_NUMBER_MAX, "%.15g", value);
	exponent = strchr(ret, 'e');
	if (!exponent)
		return ret;
	digits = exponent + 1 + strspn(exponent + 1, "+0");
	if (exponent[1] == '-')
		digits = exponent + 2 + strspn(exponent + 2, "0");
	memmove(exponent + 1 + (exponent[1] == '-'), digits, strlen(digits) + 1);
	return ret;
}

/* How many letters to change, add or remove to make b from a (Levenshtein distance). */
static size_t conf_distance(const char *a, size_t n_a, const char *b)
{
	size_t row[CONF_KEY_SHOWN + 1], n = strnlen(b, CONF_KEY_SHOWN);

	for (size_t j = 0; j <= n; j++)
		row[j] = j;
	for (size_t i = 1; i <= MIN(n_a, (size_t)CONF_KEY_SHOWN); i++) {
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
			 enum conf_group group)
{
	const char *name = config_setting_name(setting);
	size_t best = CONF_NEAR, used = 0, n = conf_scan_key(name);
	int shown = (int)MIN(n, (size_t)CONF_KEY_SHOWN);
	const struct conf_key *key = NULL, *nearest = NULL;
	char list[CONF_CHANGED_MAX] = "";

	while ((key = conf_keys_next(group, key))) {
		size_t distance = conf_distance(name, n, key->name);

		if (distance < best && distance < strlen(key->name)) {
			best = distance;
			nearest = key;
		}
		if (used < sizeof(list))
			used += (size_t)snprintf(list + used, sizeof(list) - used, "%s%s",
						 used ? ", " : "", key->name);
	}
	if (nearest)
		conf_complain(reader, setting, "unknown key \"%.*s\"; did you mean \"%s\"?", shown,
			      name, nearest->name);
	else
		conf_complain(reader, setting, "unknown key \"%.*s\"; known here are %s", shown,
			      name, list);
}

/* Reports a key that its group has twice. */
static void conf_repeated(struct conf_reader *reader, const config_setting_t *setting,
			  const config_setting_t *first, const struct conf_key *key)
{
	struct conf_place place = conf_place(reader, first);

	conf_complain(reader, setting,
		      "duplicate key \"%s\": %s:%u sets it first; remove one of the two", key->name,
		      place.file, place.line);
}

static void conf_read_member(struct conf_reader *reader, const config_setting_t *setting,
			     const struct conf_key *key, void *base, struct conf_found *found)
{
	size_t at = (size_t)(key - conf_keys);

	if (found->settings[at]) {
		conf_repeated(reader, setting, found->settings[at], key);
		return;
	}
	found->settings[at] = setting;
	found->right[at] = key->type->read(reader, key, setting, base);
	if (found->right[at] && key->check)
		key->check(reader, key, setting, base);
}

void conf_read_group(struct conf_reader *reader, const config_setting_t *setting,
		     enum conf_group group, void *base, struct conf_found *ret_found)
{
	const struct conf_key *key = NULL;

	*ret_found = (struct conf_found){.group = group};
	for (int i = 0; i < config_setting_length(setting); i++) {
		const config_setting_t *member = config_setting_get_elem(setting, (unsigned)i);
		const char *name = config_setting_name(member);

		key = conf_keys_find(group, name, conf_scan_key(name));
		if (key)
			conf_read_member(reader, member, key, base, ret_found);
		else
			conf_unknown(reader, member, group);
	}
	/* A missing key may be in a file that could not be read. */
	if (reader->text.incomplete)
		return;
	key = NULL;
	while ((key = conf_keys_next(group, key)))
		if (key->needed && !conf_found(ret_found, key->name) &&
		    !(key->unless && conf_found(ret_found, key->unless)))
			conf_complain(reader, setting, "%s", key->needed);
}

const config_setting_t *conf_found(const struct conf_found *found, const char *name)
{
	const struct conf_key *key = conf_keys_find(found->group, name, strlen(name));

	assert(key);
	return found->settings[key - conf_keys];
}

const config_setting_t *conf_found_right(const struct conf_found *found, const char *name)
{
	const config_setting_t *setting = conf_found(found, name);
	const struct conf_key *key = conf_keys_find(found->group, name, strlen(name));

	return found->right[key - conf_keys] ? setting : NULL;
}

const config_setting_t *conf_read_element(const config_setting_t *list, size_t i)
{
	return config_setting_get_elem(list, (unsigned)i);
}

static const char *conf_type_name(const config_setting_t *setting)
{
	switch (config_setting_type(setting)) {
	case CONFIG_TYPE_INT:
	case CONFIG_TYPE_INT64:
	case CONFIG_TYPE_FLOAT:
		return "a number";
	case CONFIG_TYPE_STRING:
		return "a string";
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

void conf_wrong_type(struct conf_reader *reader, const struct conf_key *key,
		     const config_setting_t *setting)
{
	conf_complain(reader, setting, "%s: must be %s, not %s", key->name, key->type->wanted,
		      conf_type_name(setting));
}

int conf_read_list(struct conf_reader *reader, const struct conf_key *key,
		   const config_setting_t *setting)
{
	bool right = config_setting_type(setting) == CONFIG_TYPE_LIST;
	int n = right ? config_setting_length(setting) : 0;

	for (int i = 0; right && i < n; i++)
		right = config_setting_type(config_setting_get_elem(setting, (unsigned)i)) ==
			CONFIG_TYPE_GROUP;
	if (!right) {
		conf_complain(reader, setting,
			      "%s: must be a list of groups, as in %s = ( { key = value; .. }, "
			      "{ .. } );",
			      key->name, key->name);
		return -1;
	}
	if (n <= key->max)
		return n;
	conf_complain(reader, setting, "%s: %d groups are above the maximum %g", key->name, n,
		      key->max);
	return (int)key->max;
}

/* Whether a string is as long as its key allows; if not, reports it. */
static bool conf_check_length(struct conf_reader *reader, const struct conf_key *key,
			      const config_setting_t *setting, size_t n)
{
	if (!n && key->min > 0 && key->needed)
		conf_complain(reader, setting, "%s: is empty: %s", key->name, key->needed);
	else if (!n && key->min > 0)
		conf_complain(reader, setting, "%s: is empty; write a value or remove the line",
			      key->name);
	else if (n > (size_t)key->max)
		conf_complain(reader, setting, "%s: %zu bytes are above the maximum %g", key->name,
			      n, key->max);
	else
		return true;
	return false;
}

const char *conf_read_string(struct conf_reader *reader, const struct conf_key *key,
			     const config_setting_t *setting)
{
	const char *value = config_setting_get_string(setting);
	uint32_t character;

	if (config_setting_type(setting) != CONFIG_TYPE_STRING || !value) {
		conf_wrong_type(reader, key, setting);
		return NULL;
	}
	if (!conf_check_length(reader, key, setting, strlen(value)))
		return NULL;
	/* The string itself is not shown: it may be a password. */
	for (size_t n = strlen(value), at = 0, size; at < n; at += size) {
		size = utf8_decode(&character, value + at, n - at);
		if (size && !utf8_is_control(character))
			continue;
		conf_complain(reader, setting, "%s: byte %zu, \\x%02x, is %s", key->name, at + 1,
			      (unsigned char)value[at],
			      size ? "a control character; remove it"
				   : "not UTF-8; write the character as UTF-8");
		return NULL;
	}
	return value;
}

bool conf_read_file(struct conf_reader *reader, const config_setting_t *setting, const char *what,
		    const char *path, size_t max, struct conf_file *ret)
{
	char reason[CONF_REASON_MAX];
	int r = conf_file_read(ret, path, max, reason);

	if (r < 0)
		reader->failure = r;
	else if (r != CONF_FILE_OK)
		conf_complain(reader, setting, "cannot read %s %s: %s", what, path, reason);
	else if (!conf_user_reads(&reader->user, path, reason))
		conf_warn(reader, setting, "%s %s: user %s of the service %s", what, path,
			  reader->user.name, reason);
	return r == CONF_FILE_OK;
}
