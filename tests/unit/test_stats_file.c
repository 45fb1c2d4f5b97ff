/* SPDX-License-Identifier: MIT */
/* stats_file: there and back, cut at each byte, with each byte changed, and invalid files. */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/container.h"
#include "memory_fixture.h"
#include "state/stats_file.h"
#include "suite_main.h"

#define HASH	"00000000000000000000000000000000000000000000000000000000ffff0000"
#define HEAD	"{\"version\":1,\"since\":1700000000,\"accepted\":12,\"blocks_found\":3,"
#define GENESIS "000000000019d6689c085ae165831e934ff763ae46a2a6c172b3f1b60a8ce26f"
#define BEST                                                                   \
	HEAD "\"best\":{\"difficulty\":2536.4262984453103,\"hash\":\"" GENESIS \
	     "\",\"time\":1,\"pool\":"

/* Of the hash of block 0, whose difficulty people know as 2536.4. */
static const struct stats_file genesis = {
	.since_s = 1700000000,
	.accepted = 12345678901,
	.blocks_found = 2,
	.blocks_accepted = 1,
	.has_best = true,
	.best.word = {0x0a8ce26f, 0x72b3f1b6, 0x46a2a6c1, 0x4ff763ae, 0x65831e93, 0x9c085ae1,
		      0x0019d668, 0},
	.best_s = 1231006505,
	.best_pool = "a \"pool\"\\ of m\xc3\xbcnchen:3333",
};

static const char *parse(struct stats_file *ret, const char *text)
{
	return stats_file_parse(ret, text, strlen(text));
}

static void check_wrong(const char *text, const char *why)
{
	struct stats_file stats = {.accepted = 99};
	const char *wrong = parse(&stats, text);

	ck_assert_msg(wrong && strstr(wrong, why), "\"%s\" is not \"%s\" for %s",
		      wrong ? wrong : "right", why, text);
	ck_assert_uint_eq(stats.accepted, 99);
}

static void check_equal(const struct stats_file *a, const struct stats_file *b)
{
	ck_assert_uint_eq(a->since_s, b->since_s);
	ck_assert_uint_eq(a->accepted, b->accepted);
	ck_assert_uint_eq(a->blocks_found, b->blocks_found);
	ck_assert_uint_eq(a->blocks_accepted, b->blocks_accepted);
	ck_assert(a->has_best == b->has_best);
	ck_assert_mem_eq(&a->best, &b->best, sizeof(a->best));
	ck_assert_uint_eq(a->best_s, b->best_s);
	ck_assert_str_eq(a->best_pool, b->best_pool);
}

START_TEST(there_and_back)
{
	char text[STATS_FILE_SIZE_MAX];
	struct stats_file stats = {}, empty = {.since_s = 7};
	size_t n = stats_file_text(text, &genesis);

	ck_assert_uint_gt(n, 0);
	ck_assert_ptr_null(stats_file_parse(&stats, text, n));
	check_equal(&stats, &genesis);
	text[n] = '\0';
	ck_assert_ptr_nonnull(strstr(text, "\"hash\":\"" GENESIS "\""));
	ck_assert_ptr_nonnull(strstr(text, "\"difficulty\":2536.4"));
	n = stats_file_text(text, &empty);
	ck_assert_ptr_null(stats_file_parse(&stats, text, n));
	check_equal(&stats, &empty);
}
END_TEST

START_TEST(best_shares_of_any_size)
{
	char text[STATS_FILE_SIZE_MAX];
	struct stats_file stats = {};

	for (unsigned bit = 0; bit < 256; bit++) {
		struct stats_file one = genesis;
		size_t n;

		memset(&one.best, 0, sizeof(one.best));
		one.best.word[bit / 32] = 1u << bit % 32 | 1;
		n = stats_file_text(text, &one);
		ck_assert_msg(!stats_file_parse(&stats, text, n), "bit %u: %.*s", bit, (int)n,
			      text);
		check_equal(&stats, &one);
	}
}
END_TEST

/* Whichever allocation fails. */
START_TEST(whole_or_not_there)
{
	char whole[STATS_FILE_SIZE_MAX], text[STATS_FILE_SIZE_MAX];
	size_t size = stats_file_text(whole, &genesis), n = 0;
	unsigned failures = 0;

	if (!memory_fixture_works())
		return;
	for (unsigned i = 1; !n; i++) {
		memory_fixture_fail(i);
		n = stats_file_text(text, &genesis);
		failures += memory_fixture_failed();
		memory_fixture_fail(0);
	}
	ck_assert_uint_gt(failures, 0);
	ck_assert_uint_eq(n, size);
	ck_assert_mem_eq(text, whole, size);
}
END_TEST

START_TEST(the_longest_name)
{
	char text[STATS_FILE_SIZE_MAX];
	struct stats_file stats = {}, one = genesis;
	size_t n;

	memset(one.best_pool, '"', sizeof(one.best_pool) - 1);
	n = stats_file_text(text, &one);
	ck_assert_uint_gt(n, 0);
	ck_assert_ptr_null(stats_file_parse(&stats, text, n));
	check_equal(&stats, &one);
}
END_TEST

START_TEST(cut_anywhere)
{
	char text[STATS_FILE_SIZE_MAX];
	size_t n = stats_file_text(text, &genesis);

	for (size_t k = 0; k < n; k++) {
		struct stats_file stats = {.accepted = 99};
		char *copy = malloc(k ? k : 1);

		ck_assert_ptr_nonnull(copy);
		memcpy(copy, text, k);
		ck_assert_msg(stats_file_parse(&stats, copy, k) != NULL, "%zu of %zu", k, n);
		ck_assert_uint_eq(stats.accepted, 99);
		free(copy);
	}
}
END_TEST

/* Nothing of the best share changes unseen that anybody would see. */
START_TEST(each_byte_changed)
{
	char text[STATS_FILE_SIZE_MAX];
	size_t n = stats_file_text(text, &genesis);

	for (size_t i = 0; i < n; i++) {
		char was = text[i];

		for (int bit = 0; bit < 8; bit++) {
			struct stats_file stats = {};

			text[i] = (char)(was ^ 1 << bit);
			if (!stats_file_parse(&stats, text, n) && stats.has_best)
				ck_assert_double_eq_tol(target_difficulty(&stats.best),
							target_difficulty(&genesis.best), 1e-5);
		}
		text[i] = was;
	}
}
END_TEST

START_TEST(invalid_files)
{
	char text[STATS_FILE_POOL_MAX + 256];

	check_wrong("", "empty");
	check_wrong("\n", "not a JSON object");
	check_wrong("hello\n", "not a JSON object");
	check_wrong("[]\n", "not a JSON object");
	check_wrong("null\n", "not a JSON object");
	check_wrong("{}\n", "no version");
	check_wrong("{} {}\n", "not a JSON object");
	check_wrong("{\"version\":2}\n", "another version");
	check_wrong("{\"version\":\"1\"}\n", "no version");
	check_wrong("{\"version\":1}\n", "a member is missing");
	check_wrong(HEAD "\"best\":null}", "not one line");
	check_wrong(HEAD "\"best\":1}\n", "incomplete");
	check_wrong(HEAD "\"best\":{}}\n", "incomplete");
	check_wrong(HEAD "\"best\":{\"difficulty\":1,\"hash\":\"" HASH "\",\"time\":1}}\n",
		    "incomplete");
	check_wrong(HEAD "\"best\":{\"difficulty\":1,\"hash\":\"" HASH
			 "\",\"time\":1,\"pool\":null}}\n",
		    "does not match the hash");
	check_wrong(HEAD "\"best\":{\"difficulty\":\"x\",\"hash\":\"" GENESIS
			 "\",\"time\":1,\"pool\":null}}\n",
		    "does not match the hash");
	check_wrong(HEAD "\"best\":{\"difficulty\":2536.42737,\"hash\":\"" GENESIS
			 "\",\"time\":-1,\"pool\":null}}\n",
		    "incomplete");
	check_wrong(
		"{\"version\":1,\"since\":1,\"accepted\":-1,\"blocks_found\":3,\"best\":null}\n",
		"a member is missing");
	check_wrong(
		"{\"version\":1,\"since\":1,\"accepted\":1.5,\"blocks_found\":3,\"best\":null}\n",
		"a member is missing");
	check_wrong(HEAD "\"blocks_accepted\":\"2\",\"best\":null}\n",
		    "blocks_accepted is not a count");
	check_wrong(BEST "5}}\n", "the pool of its best share is not a name");
	snprintf(text, sizeof(text), BEST "\"%0*d\"}}\n", STATS_FILE_POOL_MAX, 7);
	check_wrong(text, "the pool of its best share is not a name");
	check_wrong("[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[\n", "not a JSON object");
}
END_TEST

START_TEST(a_nul_within)
{
	static const char text[] = HEAD "\"best\":null}\0\n";
	struct stats_file stats;

	ck_assert_ptr_nonnull(stats_file_parse(&stats, text, sizeof(text) - 1));
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("stats_file");
	TCase *tests = tcase_create("stats_file");

	tcase_add_test(tests, there_and_back);
	tcase_add_test(tests, best_shares_of_any_size);
	tcase_add_test(tests, whole_or_not_there);
	tcase_add_test(tests, the_longest_name);
	tcase_add_test(tests, cut_anywhere);
	tcase_add_test(tests, each_byte_changed);
	tcase_add_test(tests, invalid_files);
	tcase_add_test(tests, a_nul_within);
	suite_add_tcase(suite, tests);
	return suite_main(suite);
}
