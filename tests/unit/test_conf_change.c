/* SPDX-License-Identifier: MIT */
/* config/: what differs between two configurations, and what that needs. */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/cleanup.h"
#include "common/container.h"
#include "suite_main.h"
#include "tests/unit/conf_fixture.h"

#define POOL_WITH(x) "{ url = \"stratum+tcp://a.example:3333\"; user = \"u\"; name = \"n\"; " x "}"
#define TUNE(x)	     "pools = ( " POOL_WITH(x) " );"
#define TLS(x)	     "pools = ( { url = \"stratum+tls://h:1\"; user = \"u\"; " x " } );"

static void compare_pools(const char *first, const char *second, enum conf_pool_change change,
			  const char *changed)
{
	CLEANUP(conf_deinit) struct conf a = CONF_NULL, b = CONF_NULL;
	char text[CONF_CHANGED_MAX];

	conf_fixture_load(&a, first);
	conf_fixture_load(&b, second);
	ck_assert_int_eq(conf_pool_compare(&a.pools[0], &b.pools[0], text, sizeof(text)), change);
	ck_assert_str_eq(text, changed);
	ck_assert_int_eq(conf_pool_compare(&b.pools[0], &a.pools[0], text, sizeof(text)), change);
	ck_assert_str_eq(text, changed);
	ck_assert_int_eq(conf_pool_compare(&a.pools[0], &b.pools[0], NULL, 0), change);
}

START_TEST(pools_that_are_the_same)
{
	compare_pools(TUNE(""), "\n\n" TUNE(""), CONF_POOL_SAME, "");
	compare_pools(TUNE(""),
		      TUNE("password = \"x\"; suggest_difficulty = 0.0; session_resume = true;"),
		      CONF_POOL_SAME, "");
}
END_TEST

START_TEST(pools_that_are_tuned)
{
	static const struct {
		const char *text, *changed;
	} tuned[] = {
		{TUNE("suggest_difficulty = 0.5;"), "suggest_difficulty"},
		{TUNE("share_interval = 0.5;"), "share_interval"},
		{TUNE("payout = { address = \"b\"; };"), "payout.address"},
		{TUNE("payout = { address = \"b\"; action = \"enforce\"; minimum_percent = 50; };"),
		 "payout.address, payout.minimum_percent, payout.action"},
		{"pools = ( { url = \"stratum+tcp://a.example:3333\"; user = \"u\"; name = \"m\"; "
		 "} );",
		 "name"},
		{"pools = ( { url = \"stratum+tcp://a.example:3333\"; user = \"u\";\n"
		 "suggest_difficulty = 1; } );",
		 "name, suggest_difficulty"},
	};

	for (size_t i = 0; i < ARRAY_SIZE(tuned); i++)
		compare_pools(TUNE(""), tuned[i].text, CONF_POOL_TUNED, tuned[i].changed);
}
END_TEST

START_TEST(pools_that_are_replaced)
{
	static const struct {
		const char *text, *changed;
	} replaced[] = {
		{TUNE("password = \"\";"), "password"},
		{TUNE("user_agent = \"p\";"), "user_agent"},
		{TUNE("version_rolling = false;"), "version_rolling"},
		{TUNE("extranonce_subscribe = false;"), "extranonce_subscribe"},
		{TUNE("session_resume = false;"), "session_resume"},
		{TUNE("proxy = \"socks5://h:1\";"), "proxy"},
		{TUNE("proxy = \"socks5://h:1\"; share_interval = 3;"), "share_interval, proxy"},
		{"pools = ( { url = \"stratum+tcp://a.example:3334\"; user = \"u\"; name = \"n\"; "
		 "} );",
		 "url"},
		{"pools = ( { url = \"stratum+tls://a.example:3333\"; user = \"v\"; } );",
		 "url, user, name"},
	};

	for (size_t i = 0; i < ARRAY_SIZE(replaced); i++)
		compare_pools(TUNE(""), replaced[i].text, CONF_POOL_REPLACED, replaced[i].changed);
	compare_pools(TLS(""), TLS("tls_verify = false;"), CONF_POOL_REPLACED, "tls_verify");
	compare_pools(TLS(""),
		      TLS("tls_pin = \"sha256//47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=\";"),
		      CONF_POOL_REPLACED, "tls_pin");
}
END_TEST

START_TEST(proxies)
{
	static const char *const texts[] = {
		POOLS,
		WITH("proxy = \"socks5://h:1\";"),
		WITH("proxy = \"socks5://i:1\";"),
		WITH("proxy = \"socks5://h:2\";"),
		WITH("proxy = \"socks5://u:p@h:1\";"),
		WITH("proxy = \"socks5://v:p@h:1\";"),
		WITH("proxy = \"socks5://u:q@h:1\";"),
	};

	for (size_t i = 0; i < ARRAY_SIZE(texts); i++)
		for (size_t j = 0; j < ARRAY_SIZE(texts); j++)
			compare_pools(texts[i], texts[j],
				      i == j ? CONF_POOL_SAME : CONF_POOL_REPLACED,
				      i == j ? "" : "proxy");
}
END_TEST

/* A file that is read counts by what it holds. */
START_TEST(contents_of_files)
{
	CLEANUP(cleanup_free) char *ca = conf_fixture_put("ca.pem", "CERTIFICATE 1");
	CLEANUP(cleanup_free) char *same = conf_fixture_put("secret", "one\n");
	CLEANUP(conf_deinit) struct conf a = CONF_NULL, b = CONF_NULL, c = CONF_NULL;
	char text[512], changed[CONF_CHANGED_MAX];

	snprintf(text, sizeof(text), TLS("tls_ca = \"%s\"; password_file = \"%s\";"), ca, same);
	conf_fixture_load(&a, text);
	conf_fixture_load(&b, text);
	ck_assert_int_eq(conf_pool_compare(&a.pools[0], &b.pools[0], changed, sizeof(changed)),
			 CONF_POOL_SAME);
	free(conf_fixture_put("ca.pem", "CERTIFICATE 2"));
	free(conf_fixture_put("secret", "two\n"));
	conf_fixture_load(&c, text);
	ck_assert_int_eq(conf_pool_compare(&a.pools[0], &c.pools[0], changed, sizeof(changed)),
			 CONF_POOL_REPLACED);
	ck_assert_str_eq(changed, "password, tls_ca");
}
END_TEST

START_TEST(certificates_of_its_own)
{
	CLEANUP(cleanup_free)
	char *ca = conf_fixture_put("ca.pem", "-----BEGIN CERTIFICATE-----\nx\n");
	CLEANUP(cleanup_free) char *with = NULL;

	if (asprintf(&with, TLS("tls_ca = \"%s\";"), ca) < 0)
		ck_abort_msg("no memory");
	compare_pools(TLS(""), with, CONF_POOL_REPLACED, "tls_ca");
}
END_TEST

START_TEST(a_short_list_of_keys_is_cut)
{
	CLEANUP(conf_deinit) struct conf a = CONF_NULL, b = CONF_NULL;
	char text[] = "0123456789";

	conf_fixture_load(&a, POOLS);
	conf_fixture_load(&b, WITH("version_rolling = false; user_agent = \"x\"; name = \"y\";"));
	ck_assert_int_eq(conf_pool_compare(&a.pools[0], &b.pools[0], text, 8), CONF_POOL_REPLACED);
	ck_assert_str_eq(text, "name, u");
	ck_assert_int_eq(text[8], '8');
}
END_TEST

static void compare(const char *first, const char *second, enum conf_change change,
		    const char *changed)
{
	CLEANUP(conf_deinit) struct conf a = CONF_NULL, b = CONF_NULL;
	char text[CONF_CHANGED_MAX];
	size_t n = 0;

	conf_fixture_load(&a, first);
	conf_fixture_load(&b, second);
	for (const char *c = changed; *c; c++)
		n += *c == ',';
	n += *changed != 0;
	ck_assert_uint_eq(conf_changed(&a, &b, change, text, sizeof(text)), n);
	ck_assert_str_eq(text, changed);
	ck_assert_uint_eq(conf_changed(&a, &a, change, text, sizeof(text)), 0);
	ck_assert_str_eq(text, "");
}

START_TEST(other_groups)
{
	static const char other[] =
		POOLS "workers = ( { threads_per_core = 2; cpu_limit = 50; } );\n"
		      "failover = { standby = 0; job_timeout = 5; };\n"
		      "priority = \"batch\";\n"
		      "control = { socket = \"/x\"; };\n"
		      "state = { directory = \"/\"; interval = 1; };\n"
		      "log = { level = \"debug\"; report_interval = 1; };";

	compare(POOLS, other, CONF_CHANGE_RESTART, "control.socket, state.directory");
	compare(POOLS, other, CONF_CHANGE_WORKERS, "priority, workers.threads_per_core");
	compare(POOLS, other, CONF_CHANGE_LIVE,
		"failover.standby, failover.job_timeout, state.interval, log.level, "
		"log.report_interval, workers.cpu_limit");
	compare(POOLS, other, CONF_CHANGE_CONNECTION, "");
	compare(POOLS,
		POOLS "workers = ( { cpus = \"0\"; kernel = \"generic\"; hashrate_limit = 1; } );",
		CONF_CHANGE_LIVE, "workers.hashrate_limit");
	/* Pools are compared by themselves. */
	compare(POOLS, WITH("user_agent = \"x\";"), CONF_CHANGE_CONNECTION, "");
}
END_TEST

/* The struct may hold more groups than the file. */
START_TEST(numbers_of_worker_groups)
{
	CLEANUP(conf_deinit) struct conf a = CONF_NULL, b = CONF_NULL;
	char text[CONF_CHANGED_MAX];

	conf_fixture_load(&a, POOLS);
	conf_fixture_load(&b, POOLS);
	b.n_workers = 2;
	ck_assert_uint_eq(conf_changed(&a, &b, CONF_CHANGE_WORKERS, text, sizeof(text)), 1);
	ck_assert_str_eq(text, "workers");
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("conf_change");
	TCase *tests = tcase_create("conf_change");

	tcase_add_checked_fixture(tests, conf_fixture_setup, conf_fixture_teardown);
	tcase_add_test(tests, pools_that_are_the_same);
	tcase_add_test(tests, pools_that_are_tuned);
	tcase_add_test(tests, pools_that_are_replaced);
	tcase_add_test(tests, proxies);
	tcase_add_test(tests, contents_of_files);
	tcase_add_test(tests, certificates_of_its_own);
	tcase_add_test(tests, a_short_list_of_keys_is_cut);
	tcase_add_test(tests, other_groups);
	tcase_add_test(tests, numbers_of_worker_groups);
	suite_add_tcase(suite, tests);
	return suite_main(suite);
}
