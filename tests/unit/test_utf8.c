/* SPDX-License-Identifier: MIT */
/* common/: UTF-8. */
#include <check.h>
#include <string.h>

#include "common/container.h"
#include "common/utf8.h"
#include "suite_main.h"

START_TEST(characters)
{
	static const struct {
		const char *text;
		uint32_t character;
	} right[] = {
		{"a", 'a'},
		{"\x7f", 0x7f},
		{"\xc2\x80", 0x80},
		{"\xdf\xbf", 0x7ff},
		{"\xe0\xa0\x80", 0x800},
		{"\xe2\x82\xbf", 0x20bf},
		{"\xed\x9f\xbf", 0xd7ff},
		{"\xee\x80\x80", 0xe000},
		{"\xef\xbf\xbf", 0xffff},
		{"\xf0\x90\x80\x80", 0x10000},
		{"\xf4\x8f\xbf\xbf", 0x10ffff},
	};

	for (size_t i = 0; i < ARRAY_SIZE(right); i++) {
		size_t n = strlen(right[i].text);
		uint32_t character = 1;

		ck_assert_uint_eq(utf8_decode(&character, right[i].text, n), n);
		ck_assert_uint_eq(character, right[i].character);
		/* The same with more behind it, and with its last byte missing. */
		ck_assert_uint_eq(utf8_decode(&character, right[i].text, n + 1), n);
		if (n > 1)
			ck_assert_uint_eq(utf8_decode(&character, right[i].text, n - 1), 0);
	}
}
END_TEST

START_TEST(what_is_none)
{
	static const char *const wrong[] = {
		"\x80",
		"\xbf",
		"\xc0\x80",
		"\xc1\xbf",
		"\xe0\x9f\xbf",
		"\xed\xa0\x80",
		"\xed\xbf\xbf",
		"\xf0\x8f\xbf\xbf",
		"\xf4\x90\x80\x80",
		"\xf8\x88\x80\x80",
		"\xfe",
		"\xff",
		"\xe9t\xe9",
		"\xc3",
		"\xe2\x28\xa1",
		"\xf0\x28\x8c\xbc",
	};

	for (size_t i = 0; i < ARRAY_SIZE(wrong); i++) {
		uint32_t character = 1;

		ck_assert_uint_eq(utf8_decode(&character, wrong[i], strlen(wrong[i])), 0);
		ck_assert_uint_eq(character, 1);
		ck_assert_uint_eq(utf8_prefix(wrong[i], strlen(wrong[i])), 0);
	}
}
END_TEST

START_TEST(prefixes)
{
	ck_assert_uint_eq(utf8_prefix("", 0), 0);
	ck_assert_uint_eq(utf8_prefix("a\xc3\xa4z", 4), 4);
	ck_assert_uint_eq(utf8_prefix("a\xc3\xa4z\xff", 5), 4);
	ck_assert_uint_eq(utf8_prefix("a\xc3\xa4", 2), 1);
	ck_assert_uint_eq(utf8_prefix("a\0b", 3), 3);
}
END_TEST

START_TEST(controls)
{
	ck_assert(utf8_is_control(0) && utf8_is_control(0x1b) && utf8_is_control(0x1f));
	ck_assert(utf8_is_control(0x7f) && utf8_is_control(0x80) && utf8_is_control(0x9f));
	ck_assert(!utf8_is_control(' ') && !utf8_is_control('~') && !utf8_is_control(0xa0));
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("utf8");
	TCase *tests = tcase_create("utf8");

	tcase_add_test(tests, characters);
	tcase_add_test(tests, what_is_none);
	tcase_add_test(tests, prefixes);
	tcase_add_test(tests, controls);
	suite_add_tcase(suite, tests);
	return suite_main(suite);
}
