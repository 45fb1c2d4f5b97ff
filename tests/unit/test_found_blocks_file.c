/* SPDX-License-Identifier: MIT */
/* state/found_blocks_file: what is written is read, and nothing that was cut or changed. */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/cleanup.h"
#include "common/container.h"
#include "state/found_blocks_file.h"
#include "suite_main.h"

static const struct found_block first = {
	.hash.word = {1, 2, 3, 4, 5, 6, 7, 0},
	.parent.word = {9},
	.height = 850000,
	.time = 1700000000,
	.value = 312500000,
	.pool = "node \"one\"",
	.chain = "main",
	.state = FOUND_BLOCK_ACCEPTED,
	.watched = true,
	.confirmations = 5,
	.answer = "null: accepted",
	.slot = -1,
};

static struct found_block_list list;
static struct json_writer text;

static void setup(void)
{
	struct found_block second = first;

	list = (struct found_block_list){};
	text = JSON_WRITER_NULL;
	ck_assert_ptr_nonnull(found_block_list_add(&list, &first));
	second.hash.word[0]++;
	second.state = FOUND_BLOCK_SUBMITTING;
	second.watched = false;
	second.answer[0] = '\0';
	ck_assert_ptr_nonnull(found_block_list_add(&list, &second));
}

static void teardown(void)
{
	found_block_list_deinit(&list);
	json_writer_deinit(&text);
}

static void check_same(const struct found_block *a, const struct found_block *b)
{
	ck_assert_mem_eq(&a->hash, &b->hash, sizeof(a->hash));
	ck_assert_mem_eq(&a->parent, &b->parent, sizeof(a->parent));
	ck_assert_uint_eq(a->height, b->height);
	ck_assert_uint_eq(a->time, b->time);
	ck_assert_uint_eq(a->value, b->value);
	ck_assert_str_eq(a->pool, b->pool);
	ck_assert_str_eq(a->chain, b->chain);
	ck_assert_str_eq(a->answer, b->answer);
	ck_assert_int_eq(a->state, b->state);
	ck_assert_int_eq(a->watched, b->watched);
	ck_assert_uint_eq(a->confirmations, b->confirmations);
	ck_assert_int_eq(b->slot, -1);
	ck_assert_ptr_null(b->block);
}

/* NULL: it is good. In memory that ends with the last byte. */
static const char *parse(const char *bytes, size_t size, struct found_block_list *ret)
{
	CLEANUP(cleanup_free) char *copy = malloc(size ? size : 1);

	memcpy(copy, bytes, size);
	*ret = (struct found_block_list){};
	return found_blocks_file_parse(ret, copy, size);
}

/* The text of the list and its end of line. */
static char *list_text(size_t *ret_size)
{
	const char *written;
	char *copy;

	json_writer_reset(&text);
	found_blocks_file_list(&text, &list);
	written = json_writer_text(&text, ret_size);
	ck_assert_ptr_nonnull(written);
	copy = malloc(*ret_size + 2);
	memcpy(copy, written, *ret_size);
	strcpy(copy + (*ret_size)++, "\n");
	return copy;
}

START_TEST(there_and_back)
{
	struct found_block_list again;
	size_t size;
	CLEANUP(cleanup_free) char *bytes = list_text(&size);

	ck_assert_ptr_null(parse(bytes, size, &again));
	ck_assert_uint_eq(again.n, 2);
	for (size_t i = 0; i < again.n; i++)
		check_same(list.list[i], again.list[i]);
	found_block_list_deinit(&again);
}
END_TEST

START_TEST(cut_anywhere)
{
	struct found_block_list again;
	size_t size;
	CLEANUP(cleanup_free) char *bytes = list_text(&size);

	for (size_t n = 0; n < size; n++) {
		ck_assert_ptr_nonnull(parse(bytes, n, &again));
		found_block_list_deinit(&again);
	}
}
END_TEST

START_TEST(wrong_members)
{
	static const struct {
		const char *from, *to;
	} changes[] = {
		{"\"version\":1", "\"version\":2"},
		{"\"version\":1", "\"version\":true"},
		{"\"blocks\":", "\"block\":"},
		{"\"height\":850000", "\"height\":-1"},
		{"\"height\":850000", "\"height\":4294967296"},
		{"\"hash\":\"0", "\"hash\":\"x"},
		{"\"hash\":\"0", "\"hash\":\""},
		{"\"parent\":\"0", "\"parent\":\"00"},
		{"\"value\":312500000", "\"value\":\"312500000\""},
		{"\"pool\":\"node", "\"pool\":\"\\u0000node"},
		{"\"chain\":\"main\"", "\"chain\":\"0123456789012345678901234567890123\""},
		{"\"chain\":\"main\"", "\"chain\":null"},
		{"\"state\":\"accepted\"", "\"state\":\"better\""},
		{"\"state\":\"accepted\"", "\"state\":\"rejected\""}, /* and watched */
		{"\"watched\":true", "\"watched\":1"},
		{"\"answer\":", "\"answers\":"},
		{"[{", "[7,{"},
	};
	struct found_block_list again;
	size_t size;
	CLEANUP(cleanup_free) char *bytes = list_text(&size);

	for (size_t i = 0; i < ARRAY_SIZE(changes); i++) {
		char wrong[4096];
		const char *at = strstr(bytes, changes[i].from);

		ck_assert_ptr_nonnull(at);
		snprintf(wrong, sizeof(wrong), "%.*s%s%s", (int)(at - bytes), bytes, changes[i].to,
			 at + strlen(changes[i].from));
		ck_assert_msg(parse(wrong, strlen(wrong), &again) != NULL, "%s", wrong);
		found_block_list_deinit(&again);
	}
}
END_TEST

START_TEST(a_block_twice)
{
	struct found_block_list again;
	size_t size;
	CLEANUP(cleanup_free) char *bytes = NULL;

	list.list[1]->hash = list.list[0]->hash;
	bytes = list_text(&size);
	ck_assert_str_eq(parse(bytes, size, &again), "it has a block twice");
	found_block_list_deinit(&again);
}
END_TEST

/* The file of a block: its head, and six digits. */
static size_t block_file(char ret[4096])
{
	const char *head;
	size_t size;

	json_writer_reset(&text);
	found_blocks_file_head(&text, list.list[1], 6);
	head = json_writer_text(&text, &size);
	ck_assert_ptr_nonnull(head);
	return (size_t)snprintf(ret, 4096, "%s\n%s\n", head, "01020f");
}

START_TEST(file_of_a_block)
{
	char bytes[4096];
	size_t size = block_file(bytes), digits;
	struct found_block again;
	const char *hex;

	ck_assert_ptr_null(found_blocks_file_parse_block(&again, &hex, &digits, bytes, size));
	check_same(list.list[1], &again);
	ck_assert_uint_eq(digits, 6);
	ck_assert_mem_eq(hex, "01020f\n", 7);
	for (size_t n = 0; n < size; n++) {
		CLEANUP(cleanup_free) char *copy = malloc(n ? n : 1);

		memcpy(copy, bytes, n);
		ck_assert_ptr_nonnull(
			found_blocks_file_parse_block(&again, &hex, &digits, copy, n));
	}
	strcpy(bytes + size, "\n");
	ck_assert_ptr_nonnull(
		found_blocks_file_parse_block(&again, &hex, &digits, bytes, size + 1));
}
END_TEST

/* The longest texts, each character escaped. */
START_TEST(the_longest_texts)
{
	struct found_block_list again;
	CLEANUP(cleanup_free) char *bytes = NULL;
	size_t size;

	found_block_list_deinit(&list);
	for (unsigned i = 0; i < FOUND_BLOCK_LIST_MAX; i++) {
		struct found_block record = first;

		record.hash.word[0] = i;
		memset(record.pool, 1, sizeof(record.pool) - 1);
		memset(record.answer, 1, sizeof(record.answer) - 1);
		memset(record.chain, 1, sizeof(record.chain) - 1);
		ck_assert_ptr_nonnull(found_block_list_add(&list, &record));
	}
	bytes = list_text(&size);
	ck_assert_uint_lt(size, FOUND_BLOCKS_LIST_MAX);
	ck_assert_ptr_null(parse(bytes, size, &again));
	ck_assert_uint_eq(again.n, FOUND_BLOCK_LIST_MAX);
	found_block_list_deinit(&again);
	json_writer_reset(&text);
	found_blocks_file_head(&text, list.list[0], FOUND_BLOCKS_HEX_MAX);
	ck_assert_ptr_nonnull(json_writer_text(&text, &size));
	ck_assert_uint_lt(size, FOUND_BLOCKS_HEAD_MAX);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("found_blocks_file");
	TCase *tc = tcase_create("found_blocks_file");

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, there_and_back);
	tcase_add_test(tc, cut_anywhere);
	tcase_add_test(tc, wrong_members);
	tcase_add_test(tc, a_block_twice);
	tcase_add_test(tc, file_of_a_block);
	tcase_add_test(tc, the_longest_texts);
	suite_add_tcase(suite, tc);
	return suite_main(suite);
}
