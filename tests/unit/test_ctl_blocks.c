/* SPDX-License-Identifier: MIT */
/* Blocks that were found on nodes, as minerctl shows them. */
#include <check.h>
#include <string.h>

#include "common/cleanup.h"
#include "ctl/view_blocks.h"
#include "suite_main.h"
#include "view_fixture.h"

static const char json[] =
	"{\"blocks\":["
	"{\"height\":102,\"hash\":\"00ab\",\"parent\":\"00cd\",\"time\":1700000000,"
	"\"value\":312500001,\"pool\":\"node\",\"chain\":\"main\",\"state\":\"accepted\","
	"\"watched\":true,\"confirmations\":7,\"answer\":\"null: accepted\"},"
	"{\"height\":99,\"hash\":\"00ef\",\"time\":1600000000,\"value\":5000000000,"
	"\"pool\":\"other\",\"state\":\"stale\",\"answer\":\"\"}]}";

START_TEST(a_table)
{
	CLEANUP(cleanup_free) char *text = view_fixture_shown(view_blocks, json);

	view_fixture_check_has(text, "HEIGHT  STATE     CONFIRMED  HASH");
	view_fixture_check_has(text, "   102  accepted          7  00ab   3.12500001  node   "
				     "2023-11-14 22:13 UTC  null: accepted\n");
	view_fixture_check_has(text, "    99  stale             0  00ef  50.00000000  other  "
				     "2020-09-13 12:26 UTC");
}
END_TEST

START_TEST(none)
{
	CLEANUP(cleanup_free) char *text = view_fixture_shown(view_blocks, "{\"blocks\":[]}");
	CLEANUP(cleanup_free) char *odd = view_fixture_shown(view_blocks, "{\"blocks\":7}");

	ck_assert_str_eq(text, "no blocks found on nodes\n");
	ck_assert_str_eq(odd, "no blocks found on nodes\n");
}
END_TEST

/* Members that another version does not have. */
START_TEST(what_is_missing)
{
	CLEANUP(cleanup_free) char *text = view_fixture_shown(view_blocks, "{\"blocks\":[{},7]}");

	view_fixture_check_has(text, "     0  ?              0  ?     0.00000000  ?");
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("ctl_blocks");
	TCase *tests = tcase_create("ctl_blocks");

	tcase_add_test(tests, a_table);
	tcase_add_test(tests, none);
	tcase_add_test(tests, what_is_missing);
	suite_add_tcase(suite, tests);
	return suite_main(suite);
}
