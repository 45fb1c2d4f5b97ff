/* SPDX-License-Identifier: MIT */
/* Room config/: keys, types, ranges, syntax, @include, workers, the example. */
#include <check.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/cleanup.h"
#include "common/container.h"
#include "common/log.h"
#include "suite_kit.h"
#include "tests/unit/conf_kit.h"

#define EXAMPLE SOURCE_ROOT "/config/minerd.conf.example"

START_TEST(defaults)
{
	CLEANUP(conf_deinit) struct conf conf = CONF_NULL;
	cpu_set_t allowed;

	conf_kit_load(&conf, POOLS);
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
	ck_assert(conf.pools[0].tls_verify);
	ck_assert_ptr_null(conf.pools[0].tls_ca);
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
	CLEANUP(cleanup_free) char *ca = conf_kit_put("ca.pem", "x");
	CLEANUP(conf_deinit) struct conf conf = CONF_NULL;
	char text[2048];

	snprintf(
		text, sizeof(text),
		"pools = ( { url = \"stratum+tls://h:1\"; user = \"u.1\"; password = \"p\";\n"
		"  name = \"n\"; user_agent = \"ua\"; suggest_difficulty = 1;\n"
		"  version_rolling = false; tls_ca = \"%s\"; tls_verify = false;\n"
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
	conf_kit_load(&conf, text);
	ck_assert_uint_eq(conf.n_pools, 3);
	ck_assert_int_eq(conf.pools[0].transport, CONF_TRANSPORT_TLS);
	ck_assert_str_eq(conf.pools[0].password, "p");
	ck_assert_str_eq(conf.pools[0].name, "n");
	ck_assert_str_eq(conf.pools[0].user_agent, "ua");
	ck_assert_double_eq(conf.pools[0].suggest_difficulty, 1);
	ck_assert(!conf.pools[0].version_rolling);
	ck_assert(!conf.pools[0].tls_verify);
	ck_assert_str_eq(conf.pools[0].tls_ca, ca);
	ck_assert_uint_eq(strlen(conf.pools[0].tls_pin), 52);
	ck_assert_double_eq(conf.pools[1].suggest_difficulty, 1e-3);
	ck_assert_uint_eq(conf.pools[1].line, 5);
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

START_TEST(wrong_keys_and_types)
{
	REFUSE("", "minerd.conf:1: there is no pool; write pools = (");
	REFUSE("pools = ();", "minerd.conf:1: there is no pool;");
	REFUSE("\npools = { url = \"x\"; };", "minerd.conf:2: pools must be a list of groups");
	REFUSE("pools = ( 1 );", "minerd.conf:1: pools must be a list of groups");
	REFUSE(POOLS "poolz = 1;", "minerd.conf:2: unknown key \"poolz\": is \"pools\" meant?");
	REFUSE(POOLS "banana = 1;",
	       "minerd.conf:2: unknown key \"banana\": known here are pools, ");
	REFUSE(WITH("usr = 1;"), "minerd.conf:1: unknown key \"usr\": is \"user\" meant?");
	REFUSE("pools = ( { } );", "minerd.conf:1: the pool has no url",
	       "minerd.conf:1: the pool "
	       "has no user");
	REFUSE("pools = (\n{ url = \"stratum+tcp://h:1\";\nuser = \"\"; } );",
	       "minerd.conf:3: the pool has no user; write user");
	REFUSE("pools = ( { url = 5; user = 6; } );",
	       "minerd.conf:1: url must be a text in quotes, not a whole number",
	       "minerd.conf:1: user must be a text in quotes, not a whole number");
	REFUSE(WITH("version_rolling = 1;"),
	       "minerd.conf:1: version_rolling must be true or false, without quotes, not a whole");
	REFUSE(WITH("version_rolling = \"no\";"), "minerd.conf:1: version_rolling must be true or");
	REFUSE(WITH("suggest_difficulty = \"1\";"),
	       "minerd.conf:1: suggest_difficulty must be a number, without quotes, not a text");
	REFUSE(WITH("suggest_difficulty = -0.5;"),
	       "minerd.conf:1: suggest_difficulty = -0.5 is out of range");
	REFUSE(WITH("suggest_difficulty = 1e300;"),
	       "minerd.conf:1: suggest_difficulty = 1e+300 is");
	REFUSE(WITH("share_interval = 86401;"), "minerd.conf:1: share_interval = 86401 is out of");
	REFUSE(WITH("share_interval = 1.5;\nsuggest_difficulty = 2;"),
	       "minerd.conf:1: share_interval and suggest_difficulty both say which difficulty");
	REFUSE(WITH("name = \"a\\x01b\";"),
	       "minerd.conf:1: name holds a control character, \\x01 at place 2");
	REFUSE(WITH("tls_verify = false;"), "minerd.conf:1: tls_verify is for stratum+tls:// only");
	REFUSE(POOLS "failover = 1;",
	       "minerd.conf:2: failover must be a group { key = value; .. }");
	REFUSE(POOLS "failover = { standby = 1.5; };",
	       "minerd.conf:2: standby must be a whole number, without quotes, not a number with");
	REFUSE(POOLS "failover = { standby = 16; job_timeout = 0;\nmax_rejects = -1; };",
	       "minerd.conf:2: standby = 16 is out of range: 0 to 15",
	       "minerd.conf:2: job_timeout = 0 is out of range: 1 to 86400",
	       "minerd.conf:3: max_rejects = -1 is out of range: 1 to 1000000");
	REFUSE(POOLS "failover = { connect_timeout = 0; tls_timeout = 86401;\n"
		     "handshake_timeout = 0; tcp_timeout = -1; keepalive = 32768; };",
	       "minerd.conf:2: connect_timeout = 0 is out of range: 1 to 86400",
	       "minerd.conf:2: tls_timeout = 86401 is out of range: 1 to 86400",
	       "minerd.conf:3: handshake_timeout = 0 is out of range: 1 to 86400",
	       "minerd.conf:3: tcp_timeout = -1 is out of range: 0 to 86400",
	       "minerd.conf:3: keepalive = 32768 is out of range: 0 to 32767");
	REFUSE(POOLS "log = { report_interval = 4294967356; };",
	       "minerd.conf:2: 4294967356 is out of range");
	REFUSE(POOLS "log = { report_interval = 4294967356L; };",
	       "minerd.conf:2: 4294967356L is out of range");
	REFUSE(POOLS "log = { report_interval = 0x1FFFFFFFF; };",
	       "minerd.conf:2: 0x1FFFFFFFF is out of range");
	REFUSE(POOLS "log = { report_interval = -4294967295; };",
	       "minerd.conf:2: -4294967295 is out of range");
	REFUSE(POOLS "priority = \"high\";",
	       "minerd.conf:2: priority \"high\" is not known; there");
	REFUSE(POOLS "control = { socket = \"run/x\"; };",
	       "minerd.conf:2: socket = \"run/x\" must be an absolute path");
	REFUSE(POOLS "log = { level = \"loud\"; };", "minerd.conf:2: level \"loud\" is not known");
	REFUSE(POOLS "state = { directory = \"x\"; };",
	       "minerd.conf:2: directory = \"x\" must be an absolute path, as in ");
	REFUSE(POOLS "state = { directory = \"/nonexistent\"; };",
	       "minerd.conf:2: directory /nonexistent: No such file");
	REFUSE(POOLS "state = { directory = \"/dev/null\"; };",
	       "minerd.conf:2: directory /dev/null: Not a directory");
	REFUSE(POOLS "state = { interval = 86401; };",
	       "minerd.conf:2: interval = 86401 is out of range: 0 to 86400");
}
END_TEST

START_TEST(syntax)
{
	/* Not a text in the wrong place: libconfig 1.5 leaks the one it stumbles over. */
	REFUSE("pools = (\n{ url = ; } );", "minerd.conf:2: syntax error here or just before");
	REFUSE(POOLS "priority = \"idle\";\npriority = \"idle\";",
	       "minerd.conf:3: duplicate setting name");
	REFUSE("pools = \"abc\n", "minerd.conf:1: the file ends within a text");
	REFUSE("/* abc\n", "minerd.conf:1: the file ends within a comment");
}
END_TEST

START_TEST(workers)
{
	CLEANUP(conf_deinit) struct conf conf = CONF_NULL;
	cpu_set_t one;

	conf_kit_load(&conf, POOLS "workers = ();");
	ck_assert_uint_eq(conf.n_workers, 1);
	conf_deinit(&conf);
	conf_kit_load(&conf, POOLS "workers = ( { } );");
	ck_assert_uint_eq(conf.n_workers, 1);
	ck_assert_int_gt(CPU_COUNT(&conf.workers[0].cpus), 0);
	REFUSE(POOLS "workers = ( { cpus = 3; } );",
	       "minerd.conf:2: cpus must be a text in quotes");
	REFUSE(POOLS "workers = ( { cpus = \"1-0\"; } );",
	       "minerd.conf:2: cpus = \"1-0\" is not a");
	REFUSE(POOLS "workers = ( { cpus = \"1000-1023\"; } );",
	       "minerd.conf:2: cpus: CPU 1000-1023 does not exist; this machine has 0");
	REFUSE(POOLS "workers = ( { kernel = \"fast\"; } );",
	       "minerd.conf:2: kernel \"fast\" is not known; there are: auto, avx512, generic");
	REFUSE(POOLS "workers = ( { cpus = \"0\"; },\n{ cpus = \"0\"; } );",
	       "minerd.conf:3: cpus: CPU 0 belongs to the workers on line 2 already");
	REFUSE(POOLS "workers = ( { threads_per_core = 0; },\n{ threads_per_core = 9; } );",
	       "minerd.conf:2: threads_per_core = 0 is out of range: 1 to 8",
	       "minerd.conf:3: threads_per_core = 9 is out of range: 1 to 8",
	       "minerd.conf:3: cpus: CPU ");
	REFUSE(POOLS "workers = ( { cpu = \"0\"; } );", "minerd.conf:2: unknown key \"cpu\": is "
							"\"cpus\" meant?");
	CPU_ZERO(&one);
	CPU_SET(0, &one);
	ck_assert_int_eq(sched_setaffinity(0, sizeof(one), &one), 0);
	if (sysconf(_SC_NPROCESSORS_CONF) > 1)
		REFUSE(POOLS "workers = ( { cpus = \"0-1\"; } );",
		       "minerd.conf:2: cpus: CPU 1 is off or not allowed for this process, which "
		       "may use 0 (");
}
END_TEST

START_TEST(all_mistakes_at_once)
{
	CLEANUP(conf_errors_deinit) struct conf_errors errors = CONF_ERRORS_NULL;
	CLEANUP(conf_deinit) struct conf conf = CONF_NULL;
	char text[8192] = POOLS;
	char *path;

	for (int i = 0; i < CONF_ERRORS_MAX + 6; i++)
		snprintf(text + strlen(text), sizeof(text) - strlen(text), "quite_wrong_%d = 1;\n",
			 i);
	path = conf_kit_put("minerd.conf", text);
	ck_assert_int_eq(conf_kit_read(&conf, path, &errors), CONF_INVALID);
	ck_assert_uint_eq(errors.n, CONF_ERRORS_MAX);
	ck_assert_uint_eq(errors.omitted, 6);
	ck_assert_ptr_nonnull(strstr(errors.text[63], "minerd.conf:65: "));
	free(path);
}
END_TEST

START_TEST(includes)
{
	CLEANUP(conf_deinit) struct conf conf = CONF_NULL;
	char text[256];

	free(conf_kit_put("a.conf", "# @include \"nothing\"\n/*\n@include \"nothing\"\n*/\n"
				    "pools = (\n\t@include \"b.conf\"	# here\n);\n"));
	free(conf_kit_put("b.conf", POOL));
	snprintf(text, sizeof(text), "@include \"%s/a.conf\"\npriority = \"normal\";",
		 conf_kit_folder);
	conf_kit_load(&conf, text);
	ck_assert_str_eq(conf.pools[0].host, "a.example");
	ck_assert_int_eq(conf.priority, CONF_PRIORITY_NORMAL);

	free(conf_kit_put("b.conf", "\n\n{ url = 1; user = \"u\"; }"));
	REFUSE("\n@include \"a.conf\"\nprioriti = 1;\n",
	       "minerd.conf:3: unknown key \"prioriti\": is \"priority\" meant?",
	       "b.conf:3: url must be a text in quotes");
	free(conf_kit_put("b.conf", "{ url = \"stratum+tcp://h:1\"; user : }"));
	REFUSE("@include \"a.conf\"\n", "b.conf:1: syntax error");
	REFUSE("@include \"missing.conf\"\nbanana = 1;",
	       "minerd.conf:1: cannot read the included file ", "minerd.conf:2: unknown key");
	REFUSE("@include \".\"", "minerd.conf:1: cannot read the included file ");
	REFUSE("@include missing.conf\n" POOLS, "minerd.conf:1: @include needs a path in quotes");
	REFUSE("@include \"b.conf\" x = 1;\n" POOLS, "minerd.conf:1: @include and its path stand");
	REFUSE("@include \"minerd.conf\"\n" POOLS,
	       "minerd.conf:1: @include \"minerd.conf\": at most "
	       "32 files, and 8 of them",
	       "minerd.conf:2: duplicate setting name");
}
END_TEST

START_TEST(files_that_cannot_be_read)
{
	static const char *const names[] = {"missing", ".", "nul", "large"};
	static const char *const wanted[] = {"No such file or directory", "Is a directory",
					     "not a text file: it holds a NUL byte",
					     "too large: at most 1048576 bytes"};
	char *path = conf_kit_put("nul", "");
	FILE *file = fopen(path, "w");

	ck_assert_uint_eq(fwrite("a\0b", 1, 3, file), 3);
	ck_assert_int_eq(fclose(file), 0);
	free(path);
	free(conf_kit_put("large", ""));
	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		CLEANUP(conf_errors_deinit) struct conf_errors errors = CONF_ERRORS_NULL;
		CLEANUP(conf_deinit) struct conf conf = CONF_NULL;

		ck_assert_int_gt(asprintf(&path, "%s/%s", conf_kit_folder, names[i]), 0);
		if (i == 3)
			ck_assert_int_eq(truncate(path, 1024 * 1024 + 1), 0);
		ck_assert_int_eq(conf_kit_read(&conf, path, &errors), CONF_INVALID);
		ck_assert_uint_eq(errors.n, 1);
		ck_assert_msg(strstr(errors.text[0], wanted[i]) != NULL, "%s", errors.text[0]);
		ck_assert_msg(strncmp(errors.text[0], path, strlen(path)) == 0, "%s",
			      errors.text[0]);
		free(path);
	}
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
	conf_kit_refuse(text, 1, (const char *[]){"minerd.conf:"});
	memmove(user + 12, user + 8, strlen(user + 8) + 1);
	memcpy(user + 8, "name", 4);
	conf_kit_load(&conf, text);
	ck_assert_str_eq(conf.pools[0].user, "name");
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("conf");
	TCase *tests = tcase_create("conf");

	tcase_add_checked_fixture(tests, conf_kit_setup, conf_kit_teardown);
	tcase_add_test(tests, defaults);
	tcase_add_test(tests, every_key);
	tcase_add_test(tests, wrong_keys_and_types);
	tcase_add_test(tests, syntax);
	tcase_add_test(tests, workers);
	tcase_add_test(tests, all_mistakes_at_once);
	tcase_add_test(tests, includes);
	tcase_add_test(tests, files_that_cannot_be_read);
	tcase_add_test(tests, the_example);
	suite_add_tcase(suite, tests);
	return suite_kit_run(suite);
}
