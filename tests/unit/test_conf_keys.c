/* SPDX-License-Identifier: MIT */
/* config/: the table of keys, and that manual and example know each key as the table has it. */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/cleanup.h"
#include "common/container.h"
#include "config/conf_types.h"
#include "suite_main.h"
#include "tests/unit/conf_fixture.h"

static char *manual, *example;

static char *whole(const char *path)
{
	FILE *file = fopen(path, "r");
	char *text = calloc(1, 65536);

	ck_assert_ptr_nonnull(file);
	ck_assert_uint_gt(fread(text, 1, 65535, file), 0);
	ck_assert_int_eq(fclose(file), 0);
	return text;
}

static void setup(void)
{
	manual = whole(SOURCE_ROOT "/man/minerd.conf.5.scd");
	example = whole(SOURCE_ROOT "/config/minerd.conf.example");
}

static void teardown(void)
{
	free(manual);
	free(example);
}

/* "1 to 86400" of a key with a number, else "". */
static void range(char ret[80], const struct conf_key *key)
{
	char least[CONF_NUMBER_MAX], most[CONF_NUMBER_MAX];

	ret[0] = '\0';
	if (key->type == &conf_type_count || key->type == &conf_type_number ||
	    key->type == &conf_type_percent)
		snprintf(ret, 80, "%s to %s", conf_number_text(least, key->min),
			 conf_number_text(most, key->max));
}

/* The default as it is written, with the quotes of a string; "" for none, or one that is computed.
 */
static void fallback(char ret[128], const struct conf_key *key)
{
	bool quoted = key->type == &conf_type_string || key->type == &conf_type_choice ||
		      key->type == &conf_type_switch;

	snprintf(ret, 128, quoted ? "\"%s\"" : "%s", key->fallback ? key->fallback : "");
	if (!key->fallback)
		ret[0] = '\0';
}

/* What stands in brackets behind the key where the manual explains it: "*key* (..)". */
static bool in_manual(const struct conf_key *key, char ret[256])
{
	char head[64];
	const char *at, *end;

	snprintf(head, sizeof(head), "\n%s*%s* (", key->group == CONF_GROUP_PAYOUT ? "\t" : "",
		 key->name);
	at = strstr(manual, head);
	end = at ? strstr(at, ")\n") : NULL;
	if (!end)
		return false;
	at += strlen(head);
	snprintf(ret, 256, "%.*s", (int)(end - at), at);
	return true;
}

START_TEST(the_manual_has_every_key)
{
	for (const struct conf_key *key = conf_keys; key < conf_keys + conf_n_keys; key++) {
		char said[256], limits[80], value[128];

		if (key->holds) {
			snprintf(said, sizeof(said), "*%s*", key->name);
			ck_assert_msg(strstr(manual, said) != NULL, "no %s", key->name);
			continue;
		}
		ck_assert_msg(in_manual(key, said), "the manual needs a line \"*%s* (..)\"",
			      key->name);
		range(limits, key);
		ck_assert_msg(strstr(said, limits) != NULL, "*%s* (%s) does not say %s", key->name,
			      said, limits);
		fallback(value, key);
		if (strstr(value, MINERD_VERSION))
			strcpy(value, "\"minerd/VERSION\"");
		ck_assert_msg(strstr(said, value) != NULL, "*%s* (%s) does not say %s", key->name,
			      said, value);
		ck_assert_msg(!key->needed == !strstr(said, "required"), "*%s* (%s)", key->name,
			      said);
		for (const struct conf_choice *c = key->choices; c && c->name; c++) {
			snprintf(value, sizeof(value), "\"%s\"", c->name);
			ck_assert_msg(strstr(said, value) != NULL, "*%s* (%s) does not say %s",
				      key->name, said, value);
		}
	}
}
END_TEST

/* The paragraph of the example, between empty lines, that sets a key; ret is "" for none. */
static void in_example(const struct conf_key *key, char ret[4096])
{
	char set[64];
	const char *at, *begin, *end;

	ret[0] = '\0';
	snprintf(set, sizeof(set), "%s = ", key->name);
	for (at = strstr(example, set); at; at = strstr(at + 1, set))
		if (strchr(" \t", at[-1]) || at[-1] == '\n')
			break;
	if (!at)
		return;
	for (begin = at; begin > example && strncmp(begin, "\n\n", 2) != 0; begin--)
		;
	end = strstr(at, "\n\n");
	snprintf(ret, 4096, "%.*s", end ? (int)(end - begin) : 4095, begin);
}

START_TEST(the_example_has_every_key)
{
	for (const struct conf_key *key = conf_keys; key < conf_keys + conf_n_keys; key++) {
		char said[4096], limits[80], value[128], set[256];

		in_example(key, said);
		ck_assert_msg(said[0], "the example needs a line \"%s = ..\"", key->name);
		range(limits, key);
		ck_assert_msg(strstr(said, limits) != NULL, "%s: no %s in:%s", key->name, limits,
			      said);
		fallback(value, key);
		if (!value[0])
			continue;
		snprintf(set, sizeof(set), "%s = %s;", key->name, value);
		ck_assert_msg(strstr(said, set) != NULL, "no %s in:%s", set, said);
	}
}
END_TEST

/* What the table promises to those who read it. */
START_TEST(the_table_is_in_order)
{
	size_t names = 0;

	for (const struct conf_key *key = conf_keys; key < conf_keys + conf_n_keys; key++) {
		ck_assert_uint_ne(key->group, CONF_GROUP_NONE);
		ck_assert_ptr_nonnull(key->type);
		ck_assert_ptr_nonnull(key->type->read);
		ck_assert_ptr_eq(conf_keys_find(key->group, key->name, strlen(key->name)), key);
		ck_assert_msg(key->min <= key->max, "%s", key->name);
		if (key->holds)
			ck_assert_ptr_nonnull(conf_keys_next(key->holds, NULL));
		if (key->type == &conf_type_choice || key->type == &conf_type_switch)
			ck_assert_ptr_nonnull(key->choices);
		/* Only what is given can be compared and released. */
		if (key->type->release && !key->holds)
			ck_assert_ptr_nonnull(key->type->equal);
		/* As in "failover.standby, ". */
		names += strlen("failover., ") + strlen(key->name);
	}
	ck_assert_uint_lt(names, CONF_CHANGED_MAX);
}
END_TEST

#define TLS(x) "pools = ( { url = \"stratum+tls://h:1\"; user = \"u\"; " x " } );\n"

#define NODE(x)                                                                                \
	"pools = ( { url = \"http://127.0.0.1:1\"; cookie_file = \"c\"; payout = { address = " \
	"\"b\"; "                                                                              \
	"}; " x " } );\n"

/* A configuration that sets a key to its default. */
static void with_default(char ret[1024], const struct conf_key *key)
{
	const struct conf_key *holder = conf_keys;
	char value[128];

	fallback(value, key);
	while (key->group != CONF_GROUP_ROOT && holder->holds != key->group)
		holder++;
	if (key->group == CONF_GROUP_ROOT)
		snprintf(ret, 1024, TLS("") "%s = %s;", key->name, value);
	else if (key->kind == CONF_KIND_NODE)
		snprintf(ret, 1024, NODE("%s = %s;"), key->name, value);
	else if (key->group == CONF_GROUP_POOL)
		snprintf(ret, 1024, TLS("%s = %s;"), key->name, value);
	else if (key->group == CONF_GROUP_PAYOUT)
		snprintf(ret, 1024, TLS("payout = { address = \"b\"; %s = %s; };"), key->name,
			 value);
	else if (key->group == CONF_GROUP_WORKERS)
		snprintf(ret, 1024, TLS("") "workers = ( { %s = %s; } );", key->name, value);
	else
		snprintf(ret, 1024, TLS("") "%s = { %s = %s; };", holder->name, key->name, value);
}

/* Each default is a value that the file could set, and setting it changes nothing. */
START_TEST(defaults_can_be_set)
{
	static const enum conf_change changes[] = {CONF_CHANGE_LIVE, CONF_CHANGE_CONNECTION,
						   CONF_CHANGE_WORKERS, CONF_CHANGE_RESTART};

	for (const struct conf_key *key = conf_keys; key < conf_keys + conf_n_keys; key++) {
		CLEANUP(conf_deinit) struct conf with = CONF_NULL, without = CONF_NULL;
		char text[1024], changed[CONF_CHANGED_MAX];

		if (!key->fallback)
			continue;
		with_default(text, key);
		conf_fixture_load(&with, text);
		conf_fixture_load(&without, key->kind == CONF_KIND_NODE ? NODE("")
					    : key->group == CONF_GROUP_PAYOUT
						    ? TLS("payout = { address = \"b\"; };")
						    : TLS(""));
		for (size_t i = 0; i < ARRAY_SIZE(changes); i++)
			ck_assert_uint_eq(
				conf_changed(&with, &without, changes[i], changed, sizeof(changed)),
				0);
		ck_assert_msg(conf_pool_compare(&with.pools[0], &without.pools[0], changed,
						sizeof(changed)) == CONF_POOL_SAME,
			      "%s", key->name);
	}
}
END_TEST

/* offsetof() takes a member of any type. */
START_TEST(members_have_the_types_of_their_rows)
{
	for (const struct conf_key *key = conf_keys; key < conf_keys + conf_n_keys; key++)
		ck_assert_msg(!key->type->size || key->size == key->type->size,
			      "%s: the struct member has %zu bytes, its type (config/conf_types.h) "
			      "has %zu",
			      key->name, key->size, key->type->size);
}
END_TEST

START_TEST(each_row_says_what_a_change_needs)
{
	for (const struct conf_key *key = conf_keys; key < conf_keys + conf_n_keys; key++)
		ck_assert_msg((key->type == &conf_type_group) == (key->change == CONF_CHANGE_NONE),
			      "%s: LIVE, CONNECTION, NEW_THREADS or RESTART is missing", key->name);
}
END_TEST

START_TEST(numbers_as_people_write_them)
{
	static const struct {
		double value;
		const char *text;
	} numbers[] = {
		{0, "0"},	    {86400, "86400"},	{1e15, "1e15"},
		{6e15, "6e15"},	    {0.0001, "0.0001"}, {5e-5, "5e-5"},
		{-1.5, "-1.5"},	    {1e100, "1e100"},	{5e9, "5000000000"},
		{1e-100, "1e-100"},
	};
	char text[CONF_NUMBER_MAX];

	for (size_t i = 0; i < ARRAY_SIZE(numbers); i++)
		ck_assert_str_eq(conf_number_text(text, numbers[i].value), numbers[i].text);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("conf_keys");
	TCase *tests = tcase_create("conf_keys");

	tcase_add_checked_fixture(tests, conf_fixture_setup, conf_fixture_teardown);
	tcase_add_checked_fixture(tests, setup, teardown);
	tcase_add_test(tests, the_manual_has_every_key);
	tcase_add_test(tests, the_example_has_every_key);
	tcase_add_test(tests, the_table_is_in_order);
	tcase_add_test(tests, defaults_can_be_set);
	tcase_add_test(tests, members_have_the_types_of_their_rows);
	tcase_add_test(tests, each_row_says_what_a_change_needs);
	tcase_add_test(tests, numbers_as_people_write_them);
	suite_add_tcase(suite, tests);
	return suite_main(suite);
}
