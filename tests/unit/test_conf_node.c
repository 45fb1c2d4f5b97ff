/* SPDX-License-Identifier: MIT */
/* config/: nodes, stop_after, and a configuration that the command line makes. */
#include <check.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "common/cleanup.h"
#include "common/container.h"
#include "suite_main.h"
#include "tests/unit/conf_fixture.h"

#define AT(url, x) "pools = ( { url = \"" url "\"; " x " } );\n"
#define PAYS	   "payout = { address = \"b\"; }; "
#define COOKIE	   "cookie_file = \"/x/.cookie\"; "
#define LOGIN	   "user = \"u\"; password = \"p\"; "
#define NODE(x)	   AT("http://127.0.0.1:8332", PAYS x)

START_TEST(a_node_with_a_cookie)
{
	CLEANUP(conf_deinit) struct conf conf = CONF_NULL;
	const struct conf_pool *node = &conf.pools[0];

	conf_fixture_load(&conf, NODE(COOKIE));
	ck_assert_int_eq(node->transport, CONF_TRANSPORT_HTTP);
	ck_assert_str_eq(node->host, "127.0.0.1");
	ck_assert_uint_eq(node->port, 8332);
	ck_assert_str_eq(node->name, "127.0.0.1:8332");
	ck_assert_str_eq(node->cookie_file, "/x/.cookie");
	ck_assert_str_eq(node->user, "");
	ck_assert_str_eq(node->password, "");
	ck_assert_str_eq(node->payout.address, "b");
	ck_assert_str_eq(node->coinbase_text, "");
	ck_assert_uint_eq(node->template_interval, 30);
	ck_assert_double_eq(node->share_interval, 10);
}
END_TEST

START_TEST(a_node_with_every_key)
{
	CLEANUP(conf_deinit) struct conf conf = CONF_NULL;
	const struct conf_pool *node = &conf.pools[0];

	conf_fixture_load(&conf, AT("HTTPS://[::1]:8332/",
				    LOGIN PAYS "coinbase_text = \"\xe2\x82\xbf\"; "
					       "template_interval = 3600; version_rolling = false; "
					       "suggest_difficulty = 0.5; user_agent = \"a\"; "
					       "name = \"n\"; tls_verify = false;"));
	ck_assert_int_eq(node->transport, CONF_TRANSPORT_HTTPS);
	ck_assert_str_eq(node->host, "::1");
	ck_assert_str_eq(node->user, "u");
	ck_assert_str_eq(node->password, "p");
	ck_assert_ptr_null(node->cookie_file);
	ck_assert_str_eq(node->coinbase_text, "\xe2\x82\xbf");
	ck_assert_uint_eq(node->template_interval, 3600);
	ck_assert_double_eq(node->suggest_difficulty, 0.5);
	ck_assert_double_eq(node->share_interval, 0);
	ck_assert(!node->tls_verify);
}
END_TEST

START_TEST(a_share_interval_of_ones_own)
{
	CLEANUP(conf_deinit) struct conf conf = CONF_NULL;

	conf_fixture_load(&conf, NODE(COOKIE "share_interval = 0;"));
	ck_assert_double_eq(conf.pools[0].share_interval, 0);
}
END_TEST

START_TEST(urls_of_nodes_that_are_wrong)
{
	REFUSE(AT("http://127.0.0.1", LOGIN PAYS),
	       "minerd.conf:1: url: \"http://127.0.0.1\": it has no port");
	REFUSE(AT("http://127.0.0.1:8332/x", LOGIN PAYS),
	       "minerd.conf:1: url: \"http://127.0.0.1:8332/x\": nothing may follow the port");
	REFUSE(AT("http://127.0.0.1:8332/wallet/a", LOGIN PAYS),
	       "minerd.conf:1: url: \"http://127.0.0.1:8332/wallet/a\": mining needs no wallet");
	REFUSE(AT("http://u:p@127.0.0.1:8332", LOGIN PAYS),
	       "minerd.conf:1: url: user and password have keys of their own");
	REFUSE(AT("127.0.0.1:8332", LOGIN PAYS),
	       "minerd.conf:1: url: \"127.0.0.1:8332\": it has no scheme; write "
	       "stratum+tcp://HOST:PORT or stratum+tls://HOST:PORT, or http://HOST:PORT for a");
}
END_TEST

/* Each way to log in excludes the others, and there is one. */
START_TEST(one_way_to_log_in)
{
	CLEANUP(cleanup_free) char *file = conf_fixture_put("password", "secret\n");
	CLEANUP(conf_deinit) struct conf conf = CONF_NULL;
	char text[512];

	REFUSE(NODE(""), "minerd.conf:1: the pool has no user; write user = \"..\"; with what the "
			 "pool asks for, most often ADDRESS.WORKER; for a node, write cookie_file");
	REFUSE(NODE("user = \"u\";"), "minerd.conf:1: user: a node wants a password, too; write");
	REFUSE(NODE("password = \"p\";"), "minerd.conf:1: the pool has no user");
	REFUSE(NODE("user = \"u\";\n" COOKIE), "minerd.conf:2: cookie_file: excludes user,");
	REFUSE(NODE("password = \"p\";\n" COOKIE),
	       "minerd.conf:2: cookie_file: excludes password;");
	REFUSE(NODE("password_file = \"/x\";\n" COOKIE),
	       "minerd.conf:2: cookie_file: excludes password_file;");
	REFUSE(NODE("cookie_file = \"\";"), "minerd.conf:1: cookie_file: is empty");
	snprintf(text, sizeof(text), NODE("user = \"u\"; password_file = \"%s\";"), file);
	conf_fixture_load(&conf, text);
	ck_assert_str_eq(conf.pools[0].password, "secret");
	conf_deinit(&conf);
	conf_fixture_load(&conf, NODE("user = \"u\"; password = \"\";"));
	ck_assert_str_eq(conf.pools[0].password, "");
}
END_TEST

START_TEST(credentials_of_nodes)
{
	CLEANUP(conf_deinit) struct conf conf = CONF_NULL;

	free(conf_fixture_put("pool-password-n", "secret"));
	ck_assert_int_eq(setenv("CREDENTIALS_DIRECTORY", conf_fixture_folder, 1), 0);
	conf_fixture_load(&conf, NODE("user = \"u\"; name = \"n\";"));
	ck_assert_str_eq(conf.pools[0].password, "secret");
	REFUSE(NODE(COOKIE "name = \"n\";"),
	       "minerd.conf:1: cookie_file: excludes the credential pool-password-n;");
	ck_assert_int_eq(unsetenv("CREDENTIALS_DIRECTORY"), 0);
}
END_TEST

START_TEST(an_address_to_pay)
{
	REFUSE(AT("http://127.0.0.1:8332", COOKIE),
	       "minerd.conf:1: the node has no address to pay its blocks to; write payout = {");
	REFUSE(AT("http://127.0.0.1:8332", COOKIE "payout = {};"),
	       "minerd.conf:1: payout has no address");
	REFUSE(AT("http://127.0.0.1:8332", COOKIE "payout = { address = \"x\"; };"),
	       "minerd.conf:1: address: \"x\": it does not begin with a b");
}
END_TEST

START_TEST(keys_of_the_other_kind)
{
	REFUSE(NODE(COOKIE "\nextranonce_subscribe = true;\nsession_resume = true;\n"
			   "tls_verify = true;"),
	       "minerd.conf:2: extranonce_subscribe: is for Stratum pools (stratum+tcp:// or "
	       "stratum+tls://) only, and the url of this pool is http://; remove it",
	       "minerd.conf:3: session_resume: is for Stratum pools",
	       "minerd.conf:4: tls_verify: is for stratum+tls:// and https:// only");
	REFUSE(AT("https://127.0.0.1:8332", COOKIE "\npayout = { address = \"b\";\n"
						   "minimum_percent = 98;\naction = \"warn\"; };"),
	       "minerd.conf:3: minimum_percent: is for Stratum pools",
	       "minerd.conf:4: action: is for Stratum pools");
	REFUSE(WITH("\n" COOKIE "\ncoinbase_text = \"\";\ntemplate_interval = 30;"),
	       "minerd.conf:2: cookie_file: is for nodes (http:// or https://) only, and the url "
	       "of this pool is stratum+tcp://; remove it",
	       "minerd.conf:3: coinbase_text: is for nodes",
	       "minerd.conf:4: template_interval: is for nodes");
}
END_TEST

#define TEN "0123456789"

START_TEST(texts_and_intervals_out_of_range)
{
	CLEANUP(conf_deinit) struct conf conf = CONF_NULL;

	REFUSE(NODE(COOKIE "coinbase_text = \"" TEN TEN TEN TEN TEN TEN TEN TEN "x\";"),
	       "minerd.conf:1: coinbase_text: 81 bytes are above the maximum 80");
	REFUSE(NODE(COOKIE "coinbase_text = \"a\\xff\";"),
	       "minerd.conf:1: coinbase_text: byte 2, \\xff, is not UTF-8");
	REFUSE(NODE(COOKIE "template_interval = 0;"),
	       "minerd.conf:1: template_interval: 0 is below the minimum 1");
	REFUSE(NODE(COOKIE "template_interval = 3601;"),
	       "minerd.conf:1: template_interval: 3601 is above the maximum 3600");
	conf_fixture_load(&conf,
			  NODE(COOKIE "coinbase_text = \"" TEN TEN TEN TEN TEN TEN TEN TEN "\";"));
}
END_TEST

START_TEST(http_can_be_read_on_the_way)
{
	static const char *const near[] = {
		AT("http://127.1.2.3:1", LOGIN PAYS),
		AT("http://[::1]:1", LOGIN PAYS),
		AT("http://localhost:1", LOGIN PAYS),
		AT("http://node.LOCALHOST:1", LOGIN PAYS),
		AT("https://node.example:1", LOGIN PAYS),
		AT("http://a.onion:1", LOGIN PAYS "proxy = \"socks5://127.0.0.1:9050\";"),
	};

	for (size_t i = 0; i < ARRAY_SIZE(near); i++) {
		CLEANUP(conf_deinit) struct conf conf = CONF_NULL;

		conf_fixture_load(&conf, near[i]);
	}
	for (int i = 0; i < 4; i++) {
		CLEANUP(conf_deinit) struct conf conf = CONF_NULL;

		if (i == 0)
			WARN(&conf, AT("http://node.example:1", LOGIN PAYS),
			     "minerd.conf:1: warning: url: http:// does not encrypt: everybody on "
			     "the way to node.example can read the password");
		else if (i == 1)
			WARN(&conf, AT("http://128.0.0.1:1", COOKIE PAYS),
			     "minerd.conf:1: warning: url: http:// does not encrypt: everybody on "
			     "the way to 128.0.0.1 can read the cookie");
		else if (i == 2)
			WARN(&conf, AT("http://notlocalhost:1", COOKIE PAYS),
			     "minerd.conf:1: warning: url: http:// does not encrypt");
		else
			WARN(&conf, AT("http://a.onion:1", COOKIE PAYS),
			     "minerd.conf:1: warning: url: http:// does not encrypt");
	}
}
END_TEST

/* Of a pool the address is only checked, a node pays it. */
START_TEST(changes_of_a_node)
{
	static const struct {
		const char *text, *changed;
		enum conf_pool_change change;
	} others[] = {
		{NODE(COOKIE), "", CONF_POOL_SAME},
		{NODE(COOKIE "template_interval = 9;"), "template_interval", CONF_POOL_TUNED},
		{NODE(COOKIE "share_interval = 9;"), "share_interval", CONF_POOL_TUNED},
		{NODE(COOKIE "coinbase_text = \"a\";"), "coinbase_text", CONF_POOL_REPLACED},
		{NODE("cookie_file = \"/y\";"), "cookie_file", CONF_POOL_REPLACED},
		{AT("http://127.0.0.1:8332", COOKIE "payout = { address = \"bc\"; };"),
		 "payout.address", CONF_POOL_REPLACED},
		{NODE(LOGIN), "user, password, cookie_file", CONF_POOL_REPLACED},
	};
	CLEANUP(conf_deinit) struct conf before = CONF_NULL;

	conf_fixture_load(&before, NODE(COOKIE));
	for (size_t i = 0; i < ARRAY_SIZE(others); i++) {
		CLEANUP(conf_deinit) struct conf after = CONF_NULL;
		char changed[CONF_CHANGED_MAX];

		conf_fixture_load(&after, others[i].text);
		ck_assert_int_eq(conf_pool_compare(&before.pools[0], &after.pools[0], changed,
						   sizeof(changed)),
				 others[i].change);
		ck_assert_str_eq(changed, others[i].changed);
	}
}
END_TEST

START_TEST(limits_to_stop_after)
{
	CLEANUP(conf_deinit) struct conf conf = CONF_NULL, none = CONF_NULL;
	char changed[CONF_CHANGED_MAX];

	conf_fixture_load(&none, POOLS);
	ck_assert_uint_eq(none.stop_after.blocks, 0);
	ck_assert_uint_eq(none.stop_after.shares, 0);
	ck_assert_uint_eq(none.stop_after.seconds, 0);
	conf_fixture_load(&conf,
			  POOLS "stop_after = { blocks = 1; shares = 2; seconds = 1000000000; };");
	ck_assert_uint_eq(conf.stop_after.blocks, 1);
	ck_assert_uint_eq(conf.stop_after.shares, 2);
	ck_assert_uint_eq(conf.stop_after.seconds, 1000000000);
	ck_assert_uint_eq(conf_changed(&none, &conf, CONF_CHANGE_LIVE, changed, sizeof(changed)),
			  3);
	ck_assert_str_eq(changed, "stop_after.blocks, stop_after.shares, stop_after.seconds");
	REFUSE(POOLS "stop_after = { blocks = -1;\nshares = 0.5;\nseconds = 1000000001; };",
	       "minerd.conf:2: blocks: -1 is below the minimum 0",
	       "minerd.conf:3: shares: 0.5 is not a whole number",
	       "minerd.conf:4: seconds: 1000000001 is above the maximum 1000000000");
}
END_TEST

START_TEST(lines_of_the_command_line)
{
	static const struct conf_line lines[] = {
		{"--url", "pools = ( { url = \"stratum+tcp://h:1\";"},
		{"--user", "user = \"u\";"},
		{"--pass", "password = \"p\"; } );"},
	};
	CLEANUP(conf_messages_deinit) struct conf_messages messages = CONF_MESSAGES_NULL;
	CLEANUP(conf_deinit) struct conf conf = CONF_NULL;

	ck_assert_int_eq(conf_fixture_read_lines(&conf, lines, ARRAY_SIZE(lines), &messages),
			 CONF_OK);
	ck_assert_uint_eq(messages.n, 0);
	ck_assert_ptr_null(conf.file);
	ck_assert_uint_eq(conf.n_pools, 1);
	ck_assert_str_eq(conf.pools[0].user, "u");
	ck_assert_str_eq(conf.pools[0].password, "p");
	ck_assert(!conf.pools[0].log_shares && !conf.pools[0].log_lines);
}
END_TEST

/* The option stands where a file has its name and the line; in the order of the options. */
START_TEST(messages_name_the_option)
{
	static const struct conf_line lines[] = {
		{"minerd: --url", "pools = ( { url = \"h:1\";"},
		{"minerd: --user", "user = \"u;"},
		{"minerd: --payout", "payout = { address = \"x\"; }; } );"},
		{"minerd: --stop-after", "stop_after = { blocks = 2000000000; };"},
	};
	static const char *const wanted[] = {
		"minerd: --url: url: \"h:1\": it has no scheme",
		"minerd: --user: a string has no end on this line",
	};
	CLEANUP(conf_messages_deinit) struct conf_messages messages = CONF_MESSAGES_NULL;
	struct conf_line right[ARRAY_SIZE(lines)];
	struct conf conf = {.n_pools = 99};

	ck_assert_int_eq(conf_fixture_read_lines(&conf, lines, ARRAY_SIZE(lines), &messages),
			 CONF_INVALID);
	ck_assert_uint_eq(conf.n_pools, 99);
	for (size_t i = 0; i < messages.n; i++)
		ck_assert_msg(strncmp(messages.list[i].text, "minerd: --", 10) == 0, "%s",
			      messages.list[i].text);
	ck_assert_msg(strncmp(messages.list[1].text, wanted[1], strlen(wanted[1])) == 0, "%s",
		      messages.list[1].text);
	conf_messages_deinit(&messages);
	memcpy(right, lines, sizeof(right));
	right[1].text = "user = \"u\";";
	ck_assert_int_eq(conf_fixture_read_lines(&conf, right, ARRAY_SIZE(right), &messages),
			 CONF_INVALID);
	ck_assert_uint_eq(messages.n, 3);
	ck_assert_msg(strncmp(messages.list[0].text, wanted[0], strlen(wanted[0])) == 0, "%s",
		      messages.list[0].text);
	ck_assert_str_eq(messages.list[1].text,
			 "minerd: --payout: address: \"x\": it does not begin with a b");
	ck_assert_str_eq(messages.list[2].text, "minerd: --stop-after: blocks: 2000000000 is above "
						"the maximum 1000000000");
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("conf_node");
	TCase *tests = tcase_create("conf_node");

	tcase_add_checked_fixture(tests, conf_fixture_setup, conf_fixture_teardown);
	tcase_add_test(tests, a_node_with_a_cookie);
	tcase_add_test(tests, a_node_with_every_key);
	tcase_add_test(tests, a_share_interval_of_ones_own);
	tcase_add_test(tests, urls_of_nodes_that_are_wrong);
	tcase_add_test(tests, one_way_to_log_in);
	tcase_add_test(tests, credentials_of_nodes);
	tcase_add_test(tests, an_address_to_pay);
	tcase_add_test(tests, keys_of_the_other_kind);
	tcase_add_test(tests, texts_and_intervals_out_of_range);
	tcase_add_test(tests, http_can_be_read_on_the_way);
	tcase_add_test(tests, changes_of_a_node);
	tcase_add_test(tests, limits_to_stop_after);
	tcase_add_test(tests, lines_of_the_command_line);
	tcase_add_test(tests, messages_name_the_option);
	suite_add_tcase(suite, tests);
	return suite_main(suite);
}
