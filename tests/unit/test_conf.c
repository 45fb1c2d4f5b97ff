/* SPDX-License-Identifier: MIT */
/* config/: keys, types, ranges, workers, the example. */
#include <check.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/cleanup.h"
#include "common/container.h"
#include "common/log.h"
#include "suite_main.h"
#include "tests/unit/conf_fixture.h"

#define EXAMPLE SOURCE_ROOT "/config/minerd.conf.example"

START_TEST(defaults)
{
	CLEANUP(conf_deinit) struct conf conf = CONF_NULL;
	cpu_set_t allowed;

	conf_fixture_load(&conf, POOLS);
	ck_assert_uint_eq(conf.n_pools, 1);
	ck_assert_int_eq(conf.pools[0].transport, CONF_TRANSPORT_TCP);
	ck_assert_str_eq(conf.pools[0].url, "stratum+tcp://a.example:3333");
	ck_assert_str_eq(conf.pools[0].host, "a.example");
	ck_assert_uint_eq(conf.pools[0].port, 3333);
	ck_assert_str_eq(conf.pools[0].name, "a.example:3333");
	ck_assert_str_eq(conf.pools[0].user, "u");
	ck_assert_str_eq(conf.pools[0].password, "x");
	ck_assert_str_eq(conf.pools[0].user_agent, "minerd/" MINERD_VERSION);
	ck_assert_double_eq(conf.pools[0].suggest_difficulty, 0);
	ck_assert_double_eq(conf.pools[0].share_interval, 0);
	ck_assert(conf.pools[0].version_rolling);
	ck_assert(conf.pools[0].extranonce_subscribe);
	ck_assert(conf.pools[0].session_resume);
	ck_assert(conf.pools[0].tls_verify);
	ck_assert_ptr_null(conf.pools[0].tls_ca);
	ck_assert_ptr_null(conf.pools[0].tls_ca_pem);
	ck_assert_ptr_null(conf.pools[0].tls_pin);
	ck_assert_uint_eq(conf.n_workers, 1);
	ck_assert_int_eq(sched_getaffinity(0, sizeof(allowed), &allowed), 0);
	ck_assert(CPU_EQUAL(&conf.workers[0].cpus, &allowed));
	ck_assert_str_eq(conf.workers[0].kernel, "auto");
	ck_assert_double_eq(conf.workers[0].hashrate_limit, 0);
	ck_assert_uint_eq(conf.workers[0].cpu_limit, 100);
	ck_assert_uint_eq(conf.workers[0].threads_per_core, 0);
	ck_assert_uint_eq(conf.workers[0].line, 0);
	ck_assert_uint_eq(conf.failover.standby, 1);
	ck_assert_uint_eq(conf.failover.failback_after, 120);
	ck_assert_uint_eq(conf.failover.connect_timeout, 10);
	ck_assert_uint_eq(conf.failover.proxy_timeout, 60);
	ck_assert_uint_eq(conf.failover.tls_timeout, 10);
	ck_assert_uint_eq(conf.failover.handshake_timeout, 30);
	ck_assert_uint_eq(conf.failover.job_timeout, 120);
	ck_assert_uint_eq(conf.failover.reply_timeout, 30);
	ck_assert_uint_eq(conf.failover.tcp_timeout, 30);
	ck_assert_uint_eq(conf.failover.keepalive, 30);
	ck_assert_uint_eq(conf.failover.max_rejects, 20);
	ck_assert_uint_eq(conf.failover.backoff_max, 60);
	ck_assert_int_eq(conf.priority, CONF_PRIORITY_IDLE);
	ck_assert_str_eq(conf.control_socket, CONF_DEFAULT_SOCKET);
	ck_assert_ptr_null(conf.state_directory);
	ck_assert_uint_eq(conf.state_interval, 60);
	ck_assert_int_eq(conf.log_level, LOG_LEVEL_INFO);
	ck_assert_uint_eq(conf.report_interval, 60);
	conf_deinit(&conf);
	conf_deinit(&conf);
}
END_TEST

START_TEST(every_key)
{
	CLEANUP(cleanup_free) char *ca = conf_fixture_put("ca.pem", "CERTIFICATE");
	CLEANUP(conf_deinit) struct conf conf = CONF_NULL;
	char text[2048];

	snprintf(
		text, sizeof(text),
		"pools = ( { url = \"stratum+tls://h:1\"; user = \"u.1\"; password = \"p\";\n"
		"  name = \"n\"; user_agent = \"ua\"; suggest_difficulty = 1;\n"
		"  version_rolling = false; extranonce_subscribe = false; session_resume = false;\n"
		"  tls_ca = \"%s\"; tls_verify = false;\n"
		"  tls_pin = \"sha256//47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=\"; },\n"
		"  { url = \"stratum+tcp://h:2\"; user = \"v\"; suggest_difficulty = 1e-3; },\n"
		"  { url = \"stratum+tcp://h:3\"; user = \"w\"; share_interval = 2.5; } );\n"
		"workers = ( { cpus = \"0\"; kernel = \"generic\"; hashrate_limit = 5;"
		" cpu_limit = 50; threads_per_core = 8; } );\n"
		"failover = { standby = 2; failback_after = 3; job_timeout = 4;\n"
		"  reply_timeout = 5; max_rejects = 6; backoff_max = 7;"
		" connect_timeout = 8; proxy_timeout = 11; tls_timeout = 9; handshake_timeout = 10;"
		" tcp_timeout = 11; keepalive = 12; };\n"
		"priority = \"batch\";\n"
		"control = { socket = \"/x/y\"; };\n"
		"state = { directory = \"/\"; interval = 0; };\n"
		"log = { level = \"debug\"; report_interval = 0; };\n",
		ca);
	conf_fixture_load(&conf, text);
	ck_assert_uint_eq(conf.n_pools, 3);
	ck_assert_int_eq(conf.pools[0].transport, CONF_TRANSPORT_TLS);
	ck_assert_str_eq(conf.pools[0].password, "p");
	ck_assert_str_eq(conf.pools[0].name, "n");
	ck_assert_str_eq(conf.pools[0].user_agent, "ua");
	ck_assert_double_eq(conf.pools[0].suggest_difficulty, 1);
	ck_assert(!conf.pools[0].version_rolling);
	ck_assert(!conf.pools[0].extranonce_subscribe);
	ck_assert(!conf.pools[0].session_resume);
	ck_assert(!conf.pools[0].tls_verify);
	ck_assert_str_eq(conf.pools[0].tls_ca, ca);
	ck_assert_str_eq(conf.pools[0].tls_ca_pem, "CERTIFICATE");
	ck_assert_uint_eq(strlen(conf.pools[0].tls_pin), 52);
	ck_assert_double_eq(conf.pools[1].suggest_difficulty, 1e-3);
	ck_assert_double_eq(conf.pools[2].share_interval, 2.5);
	ck_assert_uint_eq(conf.n_workers, 1);
	ck_assert_int_eq(CPU_COUNT(&conf.workers[0].cpus), 1);
	ck_assert_str_eq(conf.workers[0].kernel, "generic");
	ck_assert_double_eq(conf.workers[0].hashrate_limit, 5);
	ck_assert_uint_eq(conf.workers[0].cpu_limit, 50);
	ck_assert_uint_eq(conf.workers[0].threads_per_core, 8);
	ck_assert_uint_gt(conf.workers[0].line, 0);
	ck_assert_uint_eq(conf.failover.standby, 2);
	ck_assert_uint_eq(conf.failover.failback_after, 3);
	ck_assert_uint_eq(conf.failover.job_timeout, 4);
	ck_assert_uint_eq(conf.failover.reply_timeout, 5);
	ck_assert_uint_eq(conf.failover.max_rejects, 6);
	ck_assert_uint_eq(conf.failover.backoff_max, 7);
	ck_assert_uint_eq(conf.failover.connect_timeout, 8);
	ck_assert_uint_eq(conf.failover.proxy_timeout, 11);
	ck_assert_uint_eq(conf.failover.tls_timeout, 9);
	ck_assert_uint_eq(conf.failover.handshake_timeout, 10);
	ck_assert_uint_eq(conf.failover.tcp_timeout, 11);
	ck_assert_uint_eq(conf.failover.keepalive, 12);
	ck_assert_int_eq(conf.priority, CONF_PRIORITY_BATCH);
	ck_assert_str_eq(conf.control_socket, "/x/y");
	ck_assert_str_eq(conf.state_directory, "/");
	ck_assert_uint_eq(conf.state_interval, 0);
	ck_assert_int_eq(conf.log_level, LOG_LEVEL_DEBUG);
	ck_assert_uint_eq(conf.report_interval, 0);
}
END_TEST

START_TEST(unknown_keys)
{
	REFUSE(POOLS "poolz = 1;", "minerd.conf:2: unknown key \"poolz\"; did you mean \"pools\"?");
	REFUSE(POOLS "banana = 1;",
	       "minerd.conf:2: unknown key \"banana\"; known here are pools, workers, failover, ");
	REFUSE(WITH("usr = 1;"), "minerd.conf:1: unknown key \"usr\"; did you mean \"user\"?");
	REFUSE(WITH("payout = { address = \"b\"; percent = 98; };"),
	       "minerd.conf:1: unknown key \"percent\"; known here are address, minimum_percent, "
	       "action");
	/* A star and digits are what keys are numbered with. */
	REFUSE(POOLS "priority*2 = \"idle\";",
	       "minerd.conf:2: unknown key \"priority*2\"; did you mean \"priority\"?");
	REFUSE(POOLS "* = 1;", "minerd.conf:2: unknown key \"*\"; known here are ");
}
END_TEST

START_TEST(missing_keys)
{
	REFUSE("", "minerd.conf:1: there is no pool; write pools = (");
	REFUSE("pools = ();", "minerd.conf:1: there is no pool;");
	REFUSE("pools = ( { } );", "minerd.conf:1: the pool has no url; write url = ",
	       "minerd.conf:1: the pool has no user; write user = ");
	REFUSE("pools = (\n{ url = \"stratum+tcp://h:1\";\nuser = \"\"; } );",
	       "minerd.conf:3: user: is empty: the pool has no user; write user");
	REFUSE(WITH("payout = { };"), "minerd.conf:1: payout has no address; write payout = {");
}
END_TEST

START_TEST(wrong_types)
{
	REFUSE("\npools = { url = \"x\"; };", "minerd.conf:2: pools: must be a list of groups");
	REFUSE("pools = ( 1 );", "minerd.conf:1: pools: must be a list of groups");
	REFUSE("pools = ( { url = 5; user = 6; } );",
	       "minerd.conf:1: url: must be a string in double quotes, not a number",
	       "minerd.conf:1: user: must be a string in double quotes, not a number");
	REFUSE(WITH("version_rolling = 1;"),
	       "minerd.conf:1: version_rolling: must be true or false without quotes, not a num");
	REFUSE(WITH("session_resume = \"no\";"),
	       "minerd.conf:1: session_resume: must be true or false without quotes, not a string");
	REFUSE(WITH("suggest_difficulty = \"1\";"),
	       "minerd.conf:1: suggest_difficulty: must be a number without quotes, not a string");
	REFUSE(WITH("suggest_difficulty = true;"),
	       "minerd.conf:1: suggest_difficulty: must be a number without quotes, not true or f");
	REFUSE(WITH("password = 12345;"), "minerd.conf:1: password: must be a string in double");
	REFUSE(WITH("password = { };"),
	       "minerd.conf:1: password: must be a string in double quotes, not a group { }");
	REFUSE(WITH("name = ( );"),
	       "minerd.conf:1: name: must be a string in double quotes, not a list ( )");
	REFUSE(WITH("password_file = [ \"/x\" ];"), "minerd.conf:1: password_file: must be a path");
	REFUSE(WITH("payout = \"b1\";"),
	       "minerd.conf:1: payout: must be a group { key = value; ..");
	REFUSE(POOLS "failover = 1;",
	       "minerd.conf:2: failover: must be a group { key = value; .. }");
	REFUSE(POOLS "priority = 3;", "minerd.conf:2: priority: must be a name in double quotes");
	REFUSE(POOLS "workers = { };", "minerd.conf:2: workers: must be a list of groups, as in w");
	REFUSE(WITH("name = \"a\\x01b\";"),
	       "minerd.conf:1: name: byte 2, \\x01, is a control character");
	REFUSE(WITH("name = \"a\\xc2\\x9b\";"),
	       "minerd.conf:1: name: byte 2, \\xc2, is a control character");
	REFUSE(WITH("name = \"\";"), "minerd.conf:1: name: is empty; write a value or remove");
}
END_TEST

START_TEST(ranges)
{
	REFUSE(WITH("suggest_difficulty = -0.5;"), "minerd.conf:1: suggest_difficulty: -0.5 is "
						   "below the minimum 0");
	REFUSE(WITH("suggest_difficulty = 1e300;"),
	       "minerd.conf:1: suggest_difficulty: 1e300 is above the maximum 1e15");
	REFUSE(WITH("share_interval = 86401;"), "minerd.conf:1: share_interval: 86401 is above the "
						"maximum 86400");
	REFUSE(POOLS "failover = { standby = 1.5; };",
	       "minerd.conf:2: standby: 1.5 is not a whole number");
	REFUSE(POOLS "failover = { standby = 16; job_timeout = 0;\nmax_rejects = -1; };",
	       "minerd.conf:2: standby: 16 is above the maximum 15",
	       "minerd.conf:2: job_timeout: 0 is below the minimum 1",
	       "minerd.conf:3: max_rejects: -1 is below the minimum 1");
	REFUSE(POOLS "failover = { connect_timeout = 0; tls_timeout = 86401;\n"
		     "handshake_timeout = 0; tcp_timeout = -1; keepalive = 32768; };",
	       "minerd.conf:2: connect_timeout: 0 is below the minimum 1",
	       "minerd.conf:2: tls_timeout: 86401 is above the maximum 86400",
	       "minerd.conf:3: handshake_timeout: 0 is below the minimum 1",
	       "minerd.conf:3: tcp_timeout: -1 is below the minimum 0",
	       "minerd.conf:3: keepalive: 32768 is above the maximum 32767");
	REFUSE(POOLS "state = { interval = 86401; };",
	       "minerd.conf:2: interval: 86401 is above the maximum 86400");
}
END_TEST

/* libconfig 1.5 cuts them to 32 bits. */
START_TEST(large_numbers)
{
	static const struct {
		const char *text;
		double value;
	} right[] = {
		{"5000000000", 5e9},
		{"5000000000L", 5e9},
		{"5e9", 5e9},
		{"5.0e+9", 5e9},
		{"4294967296", 0x1p32},
		{"2147483648", 0x1p31},
		{"2147483647", 0x1p31 - 1},
		{"0x12A05F200", 5e9},
		{"0xFFFFFFFF", 0x1p32 - 1},
		{"0xFFL", 255},
		{"1000000000000000", 1e15},
		{"1000000000000000L", 1e15},
		{"7", 7},
	};
	static const struct {
		const char *text, *wanted;
	} wrong[] = {
		{"6e15", "6e15 is above the maximum 1e15"},
		{"6000000000000000", "6e15 is above the maximum 1e15"},
		{"99999999999999999999", "1e20 is above the maximum 1e15"},
		{"-5000000000", "-5000000000 is below the minimum 0"},
		{"-99999999999999999999L", "-1e20 is below the minimum 0"},
		{"0xFFFFFFFFFFFFFFFFFF", "4.72236648286965e21 is above the maximum 1e15"},
		{"1e999", "inf is above the maximum 1e15"},
	};
	char text[256], wanted[256];

	for (size_t i = 0; i < ARRAY_SIZE(right); i++) {
		CLEANUP(conf_deinit) struct conf conf = CONF_NULL;

		snprintf(text, sizeof(text), POOLS "workers = ( { hashrate_limit = %s; } );",
			 right[i].text);
		conf_fixture_load(&conf, text);
		ck_assert_double_eq(conf.workers[0].hashrate_limit, right[i].value);
	}
	for (size_t i = 0; i < ARRAY_SIZE(wrong); i++) {
		snprintf(text, sizeof(text), POOLS "workers = ( { hashrate_limit = %s; } );",
			 wrong[i].text);
		snprintf(wanted, sizeof(wanted), "minerd.conf:2: hashrate_limit: %s",
			 wrong[i].wanted);
		conf_fixture_refuse(text, 1, (const char *[]){wanted});
	}
	REFUSE(POOLS "log = { report_interval = 4294967356; };",
	       "minerd.conf:2: report_interval: 4294967356 is above the maximum 86400");
	REFUSE(POOLS "log = { report_interval = 4294967356L; };",
	       "minerd.conf:2: report_interval: 4294967356 is above the maximum 86400");
	REFUSE(POOLS "log = { report_interval = 0x1FFFFFFFF; };",
	       "minerd.conf:2: report_interval: 8589934591 is above the maximum 86400");
	REFUSE(POOLS "log = { report_interval = -4294967295; };",
	       "minerd.conf:2: report_interval: -4294967295 is below the minimum 0");
}
END_TEST

/* 60, 60.0 and 6e1 are the same number. */
START_TEST(whole_numbers)
{
	static const char *const texts[] = {"60", "60L", "60.0", "6e1", "0x3c", "+60"};

	for (size_t i = 0; i < ARRAY_SIZE(texts); i++) {
		CLEANUP(conf_deinit) struct conf conf = CONF_NULL;
		char text[256];

		snprintf(text, sizeof(text), POOLS "log = { report_interval = %s; };", texts[i]);
		conf_fixture_load(&conf, text);
		ck_assert_uint_eq(conf.report_interval, 60);
	}
}
END_TEST

START_TEST(names_and_paths)
{
	REFUSE(POOLS "priority = \"high\";",
	       "minerd.conf:2: priority: \"high\" is not one of \"idle\", \"batch\", \"normal\"");
	REFUSE(POOLS "log = { level = \"loud\"; };",
	       "minerd.conf:2: level: \"loud\" is not one of \"error\", \"warning\", ");
	REFUSE(POOLS "control = { socket = \"run/x\"; };",
	       "minerd.conf:2: socket: \"run/x\" is not an absolute path");
	REFUSE(POOLS "state = { directory = \"x\"; };",
	       "minerd.conf:2: directory: \"x\" is not an absolute path");
	REFUSE(POOLS "state = { directory = \"/nonexistent\"; };",
	       "minerd.conf:2: directory: /nonexistent: No such file");
	REFUSE(POOLS "state = { directory = \"/dev/null\"; };",
	       "minerd.conf:2: directory: /dev/null: Not a directory");
}
END_TEST

START_TEST(workers)
{
	CLEANUP(conf_deinit) struct conf conf = CONF_NULL;
	cpu_set_t one;

	conf_fixture_load(&conf, POOLS "workers = ();");
	ck_assert_uint_eq(conf.n_workers, 1);
	conf_deinit(&conf);
	conf_fixture_load(&conf, POOLS "workers = ( { } );");
	ck_assert_uint_eq(conf.n_workers, 1);
	ck_assert_int_gt(CPU_COUNT(&conf.workers[0].cpus), 0);
	REFUSE(POOLS "workers = ( { cpus = 3; } );",
	       "minerd.conf:2: cpus: must be a string in double quotes");
	REFUSE(POOLS "workers = ( { cpus = \"1-0\"; } );", "minerd.conf:2: cpus: \"1-0\" is not a");
	REFUSE(POOLS "workers = ( { cpus = \"1000-1023\"; } );",
	       "minerd.conf:2: cpus: CPU 1000-1023 does not exist; this machine has 0");
	REFUSE(POOLS "workers = ( { kernel = \"fast\"; } );",
	       "minerd.conf:2: kernel: \"fast\" is not one of auto, avx512, generic");
	REFUSE(POOLS "workers = ( { cpus = \"0\"; },\n{ cpus = \"0\"; } );",
	       "minerd.conf:3: cpus: CPU 0 belongs to the workers at /");
	REFUSE(POOLS "workers = ( { threads_per_core = 0; },\n{ threads_per_core = 9; } );",
	       "minerd.conf:2: threads_per_core: 0 is below the minimum 1",
	       "minerd.conf:3: threads_per_core: 9 is above the maximum 8",
	       "minerd.conf:3: cpus: CPU ");
	REFUSE(POOLS "workers = ( { cpu = \"0\"; } );",
	       "minerd.conf:2: unknown key \"cpu\"; did you mean \"cpus\"?");
	/* What is wrong of one group is not said again of the next. */
	REFUSE(POOLS "workers = ( { cpus = \"x\"; },\n{ cpus = \"0\"; },\n{ cpus = \"y\"; } );",
	       "minerd.conf:2: cpus: \"x\" is not a", "minerd.conf:4: cpus: \"y\" is not a");
	CPU_ZERO(&one);
	CPU_SET(0, &one);
	ck_assert_int_eq(sched_setaffinity(0, sizeof(one), &one), 0);
	if (sysconf(_SC_NPROCESSORS_CONF) > 1)
		REFUSE(POOLS "workers = ( { cpus = \"0-1\"; } );",
		       "minerd.conf:2: cpus: CPU 1 is offline or not allowed for this process, "
		       "which may use 0 (see");
}
END_TEST

/* What a new user does: set the user in the example, and nothing else. */
START_TEST(the_example)
{
	CLEANUP(conf_deinit) struct conf conf = CONF_NULL;
	char text[16384] = "", *user;
	FILE *file = fopen(EXAMPLE, "r");

	ck_assert_ptr_nonnull(file);
	ck_assert_uint_gt(fread(text, 1, sizeof(text) - 64, file), 0);
	ck_assert_int_eq(fclose(file), 0);
	user = strstr(text, "user = \"\";");
	ck_assert_ptr_nonnull(user);
	conf_fixture_refuse(text, 1, (const char *[]){"minerd.conf:"});
	memmove(user + 12, user + 8, strlen(user + 8) + 1);
	memcpy(user + 8, "name", 4);
	conf_fixture_load(&conf, text);
	ck_assert_str_eq(conf.pools[0].user, "name");
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("conf");
	TCase *tests = tcase_create("conf");

	tcase_add_checked_fixture(tests, conf_fixture_setup, conf_fixture_teardown);
	tcase_add_test(tests, defaults);
	tcase_add_test(tests, every_key);
	tcase_add_test(tests, unknown_keys);
	tcase_add_test(tests, missing_keys);
	tcase_add_test(tests, wrong_types);
	tcase_add_test(tests, ranges);
	tcase_add_test(tests, large_numbers);
	tcase_add_test(tests, whole_numbers);
	tcase_add_test(tests, names_and_paths);
	tcase_add_test(tests, workers);
	tcase_add_test(tests, the_example);
	suite_add_tcase(suite, tests);
	return suite_main(suite);
}
