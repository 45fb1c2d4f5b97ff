/* SPDX-License-Identifier: MIT */
#include "config/conf_types.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/assert.h"

/* bool */

static bool conf_bool_read(struct conf_reader *reader, const struct conf_key *key,
			   const config_setting_t *setting, void *base)
{
	if (config_setting_type(setting) != CONFIG_TYPE_BOOL) {
		conf_wrong_type(reader, key, setting);
		return false;
	}
	*(bool *)conf_keys_value(key, base) = config_setting_get_bool(setting);
	return true;
}

static void conf_bool_default(struct conf_reader *reader, const struct conf_key *key, void *base)
{
	*(bool *)conf_keys_value(key, base) = strcmp(key->fallback, "true") == 0;
}

static bool conf_bool_equal(const struct conf_key *key, const void *a, const void *b)
{
	return *(const bool *)conf_keys_value_const(key, a) ==
	       *(const bool *)conf_keys_value_const(key, b);
}

const struct conf_type conf_type_bool = {
	.wanted = "true or false without quotes",
	.size = sizeof(bool),
	.read = conf_bool_read,
	.set_default = conf_bool_default,
	.equal = conf_bool_equal,
};

/* Numbers. libconfig's three types of them are one here: 60, 60.0 and 6e1 mean the same. */

static bool conf_read_double(struct conf_reader *reader, const struct conf_key *key,
			     const config_setting_t *setting, double *ret)
{
	char shown[CONF_NUMBER_MAX], limit[CONF_NUMBER_MAX];
	double value;

	switch (config_setting_type(setting)) {
	case CONFIG_TYPE_INT:
		value = config_setting_get_int(setting);
		break;
	case CONFIG_TYPE_INT64:
		value = (double)config_setting_get_int64(setting);
		break;
	case CONFIG_TYPE_FLOAT:
		value = config_setting_get_float(setting);
		break;
	default:
		conf_wrong_type(reader, key, setting);
		return false;
	}
	if (value >= key->min && value <= key->max) {
		*ret = value;
		return true;
	}
	conf_complain(reader, setting, "%s: %s is %s %s", key->name, conf_number_text(shown, value),
		      value > key->max ? "above the maximum" : "below the minimum",
		      conf_number_text(limit, value > key->max ? key->max : key->min));
	return false;
}

static bool conf_number_read(struct conf_reader *reader, const struct conf_key *key,
			     const config_setting_t *setting, void *base)
{
	return conf_read_double(reader, key, setting, conf_keys_value(key, base));
}

static void conf_number_default(struct conf_reader *reader, const struct conf_key *key, void *base)
{
	*(double *)conf_keys_value(key, base) = strtod(key->fallback, NULL);
}

static bool conf_number_equal(const struct conf_key *key, const void *a, const void *b)
{
	return fabs(*(const double *)conf_keys_value_const(key, a) -
		    *(const double *)conf_keys_value_const(key, b)) <= 0;
}

const struct conf_type conf_type_number = {
	.wanted = "a number without quotes",
	.size = sizeof(double),
	.read = conf_number_read,
	.set_default = conf_number_default,
	.equal = conf_number_equal,
};

static bool conf_count_read(struct conf_reader *reader, const struct conf_key *key,
			    const config_setting_t *setting, void *base)
{
	char shown[CONF_NUMBER_MAX];
	double value;

	if (!conf_read_double(reader, key, setting, &value))
		return false;
	*(unsigned *)conf_keys_value(key, base) = (unsigned)value;
	if (fabs(value - (unsigned)value) <= 0)
		return true;
	conf_complain(reader, setting, "%s: %s is not a whole number", key->name,
		      conf_number_text(shown, value));
	return false;
}

static void conf_count_default(struct conf_reader *reader, const struct conf_key *key, void *base)
{
	*(unsigned *)conf_keys_value(key, base) =
		key->fallback ? (unsigned)strtoul(key->fallback, NULL, 10) : 0;
}

static bool conf_count_equal(const struct conf_key *key, const void *a, const void *b)
{
	return *(const unsigned *)conf_keys_value_const(key, a) ==
	       *(const unsigned *)conf_keys_value_const(key, b);
}

const struct conf_type conf_type_count = {
	.wanted = "a whole number without quotes",
	.size = sizeof(unsigned),
	.read = conf_count_read,
	.set_default = conf_count_default,
	.equal = conf_count_equal,
};

/* Stored as millionths: a binary fraction is seldom the decimal one that the file has. */
static const double conf_ppm_of_percent = CONF_PPM / 100.0;

static bool conf_percent_read(struct conf_reader *reader, const struct conf_key *key,
			      const config_setting_t *setting, void *base)
{
	unsigned *ppm = conf_keys_value(key, base);
	double percent;

	if (!conf_read_double(reader, key, setting, &percent))
		return false;
	*ppm = (unsigned)lround(percent * conf_ppm_of_percent);
	if (fabs(percent * conf_ppm_of_percent - *ppm) <= 1e-6)
		return true;
	conf_complain(reader, setting, "%s: %.10g has more than the four decimals allowed",
		      key->name, percent);
	return false;
}

static void conf_percent_default(struct conf_reader *reader, const struct conf_key *key, void *base)
{
	*(unsigned *)conf_keys_value(key, base) =
		(unsigned)lround(strtod(key->fallback, NULL) * conf_ppm_of_percent);
}

const struct conf_type conf_type_percent = {
	.wanted = "a number without quotes",
	.size = sizeof(unsigned),
	.read = conf_percent_read,
	.set_default = conf_percent_default,
	.equal = conf_count_equal,
};

/* Strings */

static bool conf_string_read(struct conf_reader *reader, const struct conf_key *key,
			     const config_setting_t *setting, void *base)
{
	const char *value = conf_read_string(reader, key, setting);

	if (value)
		conf_set(reader, conf_keys_value(key, base), value);
	return value != NULL;
}

static void conf_string_default(struct conf_reader *reader, const struct conf_key *key, void *base)
{
	if (key->fallback)
		conf_set(reader, conf_keys_value(key, base), key->fallback);
}

static bool conf_string_equal(const struct conf_key *key, const void *a, const void *b)
{
	const char *first = *(char *const *)conf_keys_value_const(key, a);
	const char *second = *(char *const *)conf_keys_value_const(key, b);

	return first && second ? strcmp(first, second) == 0 : first == second;
}

static void conf_string_release(const struct conf_key *key, void *base)
{
	char **text = conf_keys_value(key, base);

	free(*text);
	*text = NULL;
}

const struct conf_type conf_type_string = {
	.wanted = "a string in double quotes",
	.size = sizeof(char *),
	.read = conf_string_read,
	.set_default = conf_string_default,
	.equal = conf_string_equal,
	.release = conf_string_release,
};

/* Names that stand for a value */

static const struct conf_choice *conf_choice_find(const struct conf_key *key, const char *name)
{
	const struct conf_choice *choice = key->choices;

	while (choice->name && strcmp(choice->name, name) != 0)
		choice++;
	return choice->name ? choice : NULL;
}

static const struct conf_choice *conf_choice_named(struct conf_reader *reader,
						   const struct conf_key *key,
						   const config_setting_t *setting)
{
	const char *name = config_setting_get_string(setting);
	const struct conf_choice *found;
	char list[256] = "";
	size_t used = 0;

	if (config_setting_type(setting) != CONFIG_TYPE_STRING || !name) {
		conf_wrong_type(reader, key, setting);
		return NULL;
	}
	found = conf_choice_find(key, name);
	if (found)
		return found;
	for (const struct conf_choice *c = key->choices; c->name && used < sizeof(list); c++)
		used += (size_t)snprintf(list + used, sizeof(list) - used, "%s\"%s\"",
					 used ? ", " : "", c->name);
	conf_complain(reader, setting, "%s: \"%.64s\" is not one of %s", key->name, name, list);
	return NULL;
}

static bool conf_choice_read(struct conf_reader *reader, const struct conf_key *key,
			     const config_setting_t *setting, void *base)
{
	const struct conf_choice *choice = conf_choice_named(reader, key, setting);

	if (choice)
		*(int *)conf_keys_value(key, base) = choice->value;
	return choice != NULL;
}

static void conf_choice_default(struct conf_reader *reader, const struct conf_key *key, void *base)
{
	const struct conf_choice *choice = conf_choice_find(key, key->fallback);

	assert(choice);
	*(int *)conf_keys_value(key, base) = choice->value;
}

static bool conf_choice_equal(const struct conf_key *key, const void *a, const void *b)
{
	return *(const int *)conf_keys_value_const(key, a) ==
	       *(const int *)conf_keys_value_const(key, b);
}

const struct conf_type conf_type_choice = {
	.wanted = "a name in double quotes",
	.size = sizeof(int),
	.read = conf_choice_read,
	.set_default = conf_choice_default,
	.equal = conf_choice_equal,
};

static bool conf_switch_read(struct conf_reader *reader, const struct conf_key *key,
			     const config_setting_t *setting, void *base)
{
	const struct conf_choice *choice = conf_choice_named(reader, key, setting);

	if (choice)
		*(bool *)conf_keys_value(key, base) = choice->value;
	return choice != NULL;
}

static void conf_switch_default(struct conf_reader *reader, const struct conf_key *key, void *base)
{
	const struct conf_choice *choice = conf_choice_find(key, key->fallback);

	assert(choice);
	*(bool *)conf_keys_value(key, base) = choice->value;
}

const struct conf_type conf_type_switch = {
	.wanted = "a name in double quotes",
	.size = sizeof(bool),
	.read = conf_switch_read,
	.set_default = conf_switch_default,
	.equal = conf_bool_equal,
};

/* A group in a group */

static bool conf_group_read(struct conf_reader *reader, const struct conf_key *key,
			    const config_setting_t *setting, void *base)
{
	struct conf_found found;

	if (config_setting_type(setting) != CONFIG_TYPE_GROUP) {
		conf_wrong_type(reader, key, setting);
		return false;
	}
	conf_read_group(reader, setting, key->holds, base, &found);
	return true;
}

static void conf_group_default(struct conf_reader *reader, const struct conf_key *key, void *base)
{
	conf_keys_set_defaults(reader, key->holds, base);
}

static void conf_group_release(const struct conf_key *key, void *base)
{
	conf_keys_release(key->holds, base);
}

/*
 * No equal(): conf_compare.c compares the keys of the group one by one, to name those that differ.
 */
const struct conf_type conf_type_group = {
	.wanted = "a group { key = value; .. }",
	.read = conf_group_read,
	.set_default = conf_group_default,
	.release = conf_group_release,
};
