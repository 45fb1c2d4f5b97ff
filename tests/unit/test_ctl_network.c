/* SPDX-License-Identifier: MIT */
/* What minerctl shows of the network: what a block takes, and how near a share came. */
#include <check.h>
#include <locale.h>
#include <string.h>

#include "common/cleanup.h"
#include "common/container.h"
#include "ctl/view_status.h"
#include "suite_main.h"
#include "view_fixture.h"

/* As on regtest, before a share, and without what is not known. */
START_TEST(the_network)
{
	CLEANUP(cleanup_free) char *easy = NULL, *paused = NULL, *metrics = NULL;

	easy = view_fixture_shown(
		view_status,
		"{\"network\":{\"difficulty\":4.6565e-10,\"height\":null,\"chain\":null,"
		"\"expected_block_s\":2e-6,\"expected_share_s\":1.3046,"
		"\"best_share_fraction\":98765.4},\"shares\":{\"luck_percent\":null}}");
	ck_assert_msg(strstr(easy, "  network     difficulty 4.66e-10\n"
				   "  expected    share every 1.30 s, block every 2.00 µs\n"
				   "  best share  98.8k times the network difficulty\n") != NULL,
		      "%s", easy);
	paused = view_fixture_shown(
		view_status,
		"{\"network\":{\"difficulty\":1,\"height\":17,\"expected_block_s\":null,"
		"\"expected_share_s\":null,\"best_share_fraction\":null}}");
	ck_assert_ptr_nonnull(strstr(paused, "  network     height 17, difficulty 1\n"));
	ck_assert_ptr_null(strstr(paused, "expected"));
	ck_assert_ptr_null(strstr(paused, "best share"));
	metrics = view_fixture_shown(view_fixture_metrics,
				     "{\"network\":null,\"shares\":{\"luck_percent\":null}}");
	ck_assert_ptr_null(strstr(metrics, "network"));
	ck_assert_ptr_null(strstr(metrics, "luck"));
}
END_TEST

START_TEST(metrics)
{
	CLEANUP(cleanup_free)
	char *text = view_fixture_shown(
		view_fixture_metrics,
		"{\"network\":{\"difficulty\":86388558925171.0,\"height\":840000,"
		"\"chain\":\"main\",\"expected_block_s\":9.782856e13,\"expected_share_s\":83.2,"
		"\"best_share_fraction\":1.1112e-5,\"best_ever_fraction\":1.25},"
		"\"shares\":{\"luck_percent\":104.3},\"pools\":[{\"name\":\"example\","
		"\"network_difficulty\":4.6565423739e-10,\"height\":101},"
		"{\"name\":\"second\",\"network_difficulty\":null,\"height\":null}]}");
	static const char *const samples[] = {
		"\nminerd_network_difficulty 86388558925171\n",
		"\nminerd_block_height 840000\n",
		"\nminerd_expected_block_seconds 97828560000000\n",
		"\nminerd_expected_share_seconds 83.2\n",
		"\nminerd_best_share_block_ratio 1.1112e-05\n",
		"\nminerd_best_share_block_ratio_ever 1.25\n",
		"\nminerd_share_luck_ratio 1.043\n",
		"\nminerd_pool_network_difficulty{pool=\"example\"} 4.6565423739e-10\n",
		"\nminerd_pool_block_height{pool=\"example\"} 101\n",
	};

	for (size_t i = 0; i < ARRAY_SIZE(samples); i++)
		view_fixture_check_has(text, samples[i]);
	ck_assert_ptr_null(strstr(text, "block_height{pool=\"second\""));
}
END_TEST

/* As the program does it: widths are those of the locale. */
static void use_utf8(void)
{
	ck_assert_ptr_nonnull(setlocale(LC_CTYPE, "C.UTF-8"));
}

int main(void)
{
	Suite *suite = suite_create("ctl_network");
	TCase *tests = tcase_create("network");

	tcase_add_checked_fixture(tests, use_utf8, NULL);
	tcase_add_test(tests, the_network);
	tcase_add_test(tests, metrics);
	suite_add_tcase(suite, tests);
	return suite_main(suite);
}
