/* SPDX-License-Identifier: MIT */
/* minerctl: what it prints of a status, and how the program ends against a daemon of its own. */
#include <check.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "common/cleanup.h"
#include "common/container.h"
#include "common/varlink.h"
#include "ctl/table.h"
#include "ctl/view.h"
#include "suite_kit.h"

static const char canned[] =
	"{\"version\":\"1.2.3\",\"pid\":77,\"uptime_s\":11520,\"state\":\"mining\","
	"\"hashrate\":{\"10s\":51400000,\"1m\":51300000,\"15m\":51e6,\"session\":51000001},"
	"\"hashes\":12300000000000,\"pool\":\"example\",\"pools\":["
	"{\"name\":\"example\",\"url\":\"stratum+tcp://p:3333\",\"user\":\"bc1q.rig1\","
	"\"state\":\"active\",\"difficulty\":512.0,\"version_mask\":\"1fffe000\","
	"\"extranonce2_size\":8,\"connected_s\":200,\"last_job_s\":12,\"accepted\":142,"
	"\"rejected\":3,\"stale\":1,\"in_flight\":0,\"state_s\":200,\"down_s\":null,"
	"\"next_attempt_s\":null,\"failures\":0,\"attempts\":4,\"losses\":3,\"active_s\":7300,"
	"\"address\":\"192.0.2.1:3333\",\"proxy\":\"[::1]:9050\",\"tls\":\"TLSv1.3\","
	"\"tls_trust\":\"unverified\",\"payout_percent\":98.5,\"last_loss_s\":260,"
	"\"last_loss\":\"no job for 120 s\",\"last_error\":null,\"submit_us\":{\"count\":146,"
	"\"p50\":12300,\"p90\":2e4,\"p99\":45600,\"max\":5e4},\"last_reject\":{\"text\":"
	"\"Above\\u001btarget\",\"code\":23,\"reason\":\"low-difficulty\",\"age_s\":61}},"
	"{\"name\":\"second\",\"url\":\"stratum+tcp://q:3333\","
	"\"user\":\"a user with a rather long name.worker\",\"state\":\"backoff\","
	"\"difficulty\":0.0,\"version_mask\":\"00000000\",\"extranonce2_size\":0,"
	"\"connected_s\":null,\"last_job_s\":null,\"accepted\":0,\"rejected\":0,\"stale\":0,"
	"\"in_flight\":0,\"state_s\":1,\"down_s\":723,\"next_attempt_s\":3.2,\"failures\":12,"
	"\"attempts\":12,\"losses\":0,\"active_s\":0,\"last_loss_s\":4,"
	"\"last_loss\":\"bad\\u001b[2J\\nline\",\"last_error\":null}],"
	"\"shares\":{\"found\":150,\"submitted\":146,\"accepted\":142,\"rejected\":3,\"stale\":1,"
	"\"duplicate\":0,\"hardware_errors\":0,\"best_difficulty\":12345.6,"
	"\"reject_reasons\":{\"low-difficulty\":2,\"a \\\"b\\\"\\\\\":1}},\"blocks_found\":0,"
	"\"workers\":[{\"cpu\":0,\"kernel\":\"avx512\",\"hashrate\":25700000,\"hashes\":6e12,"
	"\"outside_percent\":0.0124},"
	"{\"cpu\":11,\"pool\":1,\"kernel\":\"avx512\",\"hashrate\":25700000,\"hashes\":"
	"6300000000000,\"outside_percent\":0.5}],"
	"\"worker_pools\":[{\"hashrate_limit\":0,\"cpu_limit\":100},"
	"{\"hashrate_limit\":3e7,\"cpu_limit\":50}],"
	"\"latency_us\":{\"packet_to_hash\":{\"count\":23,\"p50\":12.3,\"p90\":20.0,\"p99\":45.1,"
	"\"max\":80.0},\"submit\":{\"count\":0,\"p50\":0,\"p90\":0,\"p99\":0,\"max\":0}}}";

enum view {
	VIEW_STATUS,
	VIEW_POOLS,
	VIEW_POOLS_CLOSELY,
	VIEW_WORKERS,
	VIEW_LATENCY,
	VIEW_METRICS,
	VIEW_N
};

/* What a view prints of a status; the caller's. columns: 0 for no terminal. */
static char *shown(enum view view, const char *json, unsigned columns, bool colour)
{
	CLEANUP(varlink_putp) struct json_object *status = json_tokener_parse(json);
	struct terminal term = {.columns = columns, .colour = colour};
	char *text;
	size_t size;

	ck_assert_ptr_nonnull(status);
	term.out = open_memstream(&text, &size);
	ck_assert_ptr_nonnull(term.out);
	switch (view) {
	case VIEW_STATUS:
		view_status(&term, status);
		break;
	case VIEW_POOLS:
		view_pools(&term, status, 0);
		break;
	case VIEW_POOLS_CLOSELY:
		view_pools_closely(&term, status, 0);
		break;
	case VIEW_WORKERS:
		view_workers(&term, status, 0);
		break;
	case VIEW_LATENCY:
		view_latency(&term, status, 0);
		break;
	default:
		view_metrics(term.out, status);
	}
	fclose(term.out);
	return text;
}

static void check_view(enum view view, unsigned columns, const char *wanted)
{
	CLEANUP(cleanup_free) char *text = shown(view, canned, columns, false);

	ck_assert_str_eq(text, wanted);
}

START_TEST(the_status)
{
	check_view(
		VIEW_STATUS, 0,
		"● mining for example  minerd 1.2.3, up 3h 12m, pid 77\n"
		"\n"
		"  hash rate   51.4 MH/s   1m 51.3 MH/s   15m 51.0 MH/s   session 51.0 MH/s\n"
		"  hashes      12.3 TH by 2 workers\n"
		"  shares      142 accepted, 3 rejected, 1 stale, best difficulty 12.3k\n"
		"  rejected    low-difficulty 2, a \"b\"\\ 1\n"
		"  new work    12.3 µs from packet to first hash (median of 23, at most 80.0 µs)\n"
		"\n"
		"  POOL     STATE        FOR  ACCEPTED  REJECTED  STALE    REPLY     99 %"
		"  DIFFICULTY  LAST JOB  USER\n"
		"  example  active    3m 20s       142         3      1  12.3 ms  45.6 ms"
		"         512   12s ago  bc1q.rig1\n"
		"  second   backoff  12m 03s         0         0      0        -        -"
		"           -         -  a user with a rather long name.worker\n"
		"  second: bad?[2J?line (down for 12m 03s, 12 failures in a row, next attempt in "
		"4s)\n");
}
END_TEST

/* Of a daemon that keeps a record of its runs. */
START_TEST(all_time)
{
	static const char json[] =
		"{\"shares\":{\"best_ever\":{\"difficulty\":2536.4,\"time\":1231006505,"
		"\"hash\":\"00\",\"pool\":%s}},"
		"\"lifetime\":{\"since\":1231469665,\"accepted\":77,\"blocks_found\":%u}}";
	CLEANUP(cleanup_free) char *text = NULL, *none = NULL, *one = NULL;
	CLEANUP(cleanup_free) char *with = NULL, *without = NULL;

	ck_assert_int_gt(asprintf(&with, json, "\"p\"", 1u), 0);
	one = shown(VIEW_STATUS, with, 0, false);
	ck_assert_msg(strstr(one,
			     "  all time    best difficulty 2.54k (2009-01-03, p), 77 accepted, "
			     "1 block since 2009-01-09\n") != NULL,
		      "%s", one);
	ck_assert_int_gt(asprintf(&without, json, "null", 0u), 0);
	none = shown(VIEW_STATUS, without, 0, false);
	ck_assert_msg(
		strstr(none, "(2009-01-03, a pool left by then), 77 accepted since 2009-01-09") !=
			NULL,
		"%s", none);
	text = shown(VIEW_METRICS, with, 0, false);
	ck_assert_ptr_nonnull(strstr(text, "minerd_best_share_difficulty_ever 2536.4"));
}
END_TEST

START_TEST(the_tables)
{
	check_view(VIEW_POOLS, 80,
		   "POOL     STATE        FOR  ACCEPTED  REJECTED  STALE    REPLY     99 %\n"
		   "example  active    3m 20s       142         3      1  12.3 ms  45.6 ms\n"
		   "second   backoff  12m 03s         0         0      0        -        -\n"
		   "second: bad?[2J?line (down for 12m 03s, 12 failures in a row, next attempt in\n"
		   "4s)\n");
	check_view(VIEW_WORKERS, 0,
		   "CPU  GROUP  KERNEL  HASH RATE   HASHES  NOT HASHING\n"
		   "  0      0  avx512  25.7 MH/s  6.00 TH      0.012 %\n"
		   " 11      1  avx512  25.7 MH/s  6.30 TH      0.500 %\n"
		   "all                 51.4 MH/s  12.3 TH      0.256 %\n"
		   "group 1: at most 30.0 MH/s and 50 % of each CPU\n");
	check_view(
		VIEW_LATENCY, 0,
		"FROM .. TO                         TIMES   MEDIAN     90 %     99 %      MAX\n"
		"packet .. first hash of a new job     23  12.3 µs  20.0 µs  45.1 µs  80.0 µs\n"
		"  packet .. message understood         0        -        -        -        -\n"
		"  message .. job on the workers        0        -        -        -        -\n"
		"  workers .. first hash                0        -        -        -        -\n"
		"packet .. last hash on older work      0        -        -        -        -\n"
		"pool lost .. hash for the next         0        -        -        -        -\n"
		"share sent .. reply of the pool        0        -        -        -        -\n");
}
END_TEST

START_TEST(pools_closely)
{
	check_view(VIEW_POOLS_CLOSELY, 64,
		   "POOL     STATE        FOR  ACCEPTED  REJECTED  STALE    REPLY\n"
		   "example  active    3m 20s       142         3      1  12.3 ms\n"
		   "second   backoff  12m 03s         0         0      0        -\n"
		   "\n"
		   "example\n"
		   "  url         stratum+tcp://p:3333, by 192.0.2.1:3333, through\n"
		   "              the proxy [::1]:9050\n"
		   "  TLS         TLSv1.3, not verified: whoever is in between can\n"
		   "              be the pool\n"
		   "  mined on    for 2h 01m in all\n"
		   "  left        4m 20s ago: no job for 120 s (3 losses in all)\n"
		   "  rejected    1m 01s ago as low-difficulty: \"Above?target\" (23)\n"
		   "  payout      98.5 % of its coinbase go to the payout address\n"
		   "\n"
		   "second\n"
		   "  url         stratum+tcp://q:3333\n"
		   "  down        for 12m 03s, 12 failures in a row, next attempt\n"
		   "              in 4s\n"
		   "  failed      4s ago: bad?[2J?line\n");
}
END_TEST

/* Down to what cannot be left out, no line of a table is wider than the terminal. */
START_TEST(tables_fit_the_terminal)
{
	for (unsigned columns = 48; columns < 140; columns++)
		for (enum view view = VIEW_POOLS; view <= VIEW_LATENCY; view++) {
			CLEANUP(cleanup_free) char *text = shown(view, canned, columns, false);

			for (char *line = strtok(text, "\n"); line; line = strtok(NULL, "\n"))
				ck_assert_msg(terminal_width(line) <= columns, "%u: %s", columns,
					      line);
		}
}
END_TEST

START_TEST(colour_only_where_asked)
{
	for (enum view view = VIEW_STATUS; view < VIEW_N; view++) {
		CLEANUP(cleanup_free) char *plain = shown(view, canned, 0, false);
		CLEANUP(cleanup_free) char *coloured = shown(view, canned, 0, true);

		ck_assert_ptr_null(strchr(plain, '\033'));
		ck_assert((strchr(coloured, '\033') != NULL) == (view != VIEW_METRICS));
	}
}
END_TEST

START_TEST(a_status_of_another_version)
{
	static const char *const strange[] = {
		"{}",
		"{\"pools\":[],\"workers\":[],\"shares\":{}}",
		"{\"pools\":[{}],\"workers\":[{}],\"hashrate\":1,\"latency_us\":[],\"shares\":1}",
		"{\"pools\":{},\"workers\":1,\"state\":null,\"pool\":5,\"uptime_s\":-1e300}",
		"{\"pools\":[1,null],\"workers\":[[]],\"state\":\"stopping\"}",
	};

	for (size_t i = 0; i < ARRAY_SIZE(strange); i++)
		for (enum view view = VIEW_STATUS; view < VIEW_N; view++) {
			CLEANUP(cleanup_free) char *text = shown(view, strange[i], 60, true);

			ck_assert_uint_gt(strlen(text), 0);
		}
}
END_TEST

START_TEST(metrics)
{
	CLEANUP(cleanup_free) char *text = shown(VIEW_METRICS, canned, 0, false);
	static const char *const samples[] = {
		"\nminerd_info{version=\"1.2.3\"} 1\n",
		"\nminerd_uptime_seconds 11520\n",
		"\nminerd_state{state=\"mining\"} 1\n",
		"\nminerd_state{state=\"paused\"} 0\n",
		"\nminerd_hashrate_10s 51400000\n",
		"\nminerd_hashes_total 12300000000000\n",
		"\nminerd_shares_total{result=\"accepted\"} 142\n",
		"\nminerd_share_rejects_total{reason=\"a \\\"b\\\"\\\\\"} 1\n",
		"\nminerd_pool_state{pool=\"second\",state=\"backoff\"} 1\n",
		"\nminerd_pool_up{pool=\"example\"} 1\n",
		"\nminerd_pool_active{pool=\"second\"} 0\n",
		"\nminerd_pool_losses_total{pool=\"example\"} 3\n",
		"\nminerd_pool_attempts_total{pool=\"second\"} 12\n",
		"\nminerd_pool_failures{pool=\"second\"} 12\n",
		"\nminerd_pool_active_seconds_total{pool=\"example\"} 7300\n",
		"\nminerd_pool_down_seconds{pool=\"second\"} 723\n",
		"\nminerd_pool_submit_seconds{pool=\"example\",quantile=\"1\"} 0.05",
		"\nminerd_pool_shares_total{pool=\"example\",result=\"rejected\"} 3\n",
		"\nminerd_worker_hashrate{cpu=\"11\",kernel=\"avx512\"} 25700000\n",
		"\nminerd_submit_seconds{quantile=\"0.5\"} NaN\n",
		"\nminerd_packet_to_hash_seconds_count 23\n",
	};

	for (size_t i = 0; i < ARRAY_SIZE(samples); i++)
		ck_assert_msg(strstr(text, samples[i]) != NULL, "%s in\n%s", samples[i], text);
	ck_assert_int_eq(text[strlen(text) - 1], '\n');
	for (char *line = strtok(text, "\n"); line; line = strtok(NULL, "\n"))
		ck_assert_msg(strncmp(line, "minerd_", 7) == 0 ||
				      strncmp(line, "# HELP minerd_", 14) == 0 ||
				      strncmp(line, "# TYPE minerd_", 14) == 0,
			      "%s", line);
}
END_TEST

static char folder[64], path[96];
static pid_t daemon_pid;

static void setup(void)
{
	strcpy(folder, "/tmp/test_ctl.XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(folder));
	snprintf(path, sizeof(path), "%s/control.sock", folder);
	daemon_pid = 0;
}

static void stop_daemon(void)
{
	if (daemon_pid) {
		kill(daemon_pid, SIGKILL);
		waitpid(daemon_pid, NULL, 0);
	}
	daemon_pid = 0;
	unlink(path);
}

static void teardown(void)
{
	char command[128];

	stop_daemon();
	snprintf(command, sizeof(command), "rm -r %s", folder);
	ck_assert_int_eq(system(command), 0);
}

/* Answers each call of each client with reply; NULL: closes without one. */
static void serve(int listening, const char *reply)
{
	for (;;) {
		int fd = accept(listening, NULL, NULL);
		char byte;

		while (read(fd, &byte, 1) == 1)
			if (!byte && (!reply || write(fd, reply, strlen(reply) + 1) < 0))
				break;
		close(fd);
	}
}

static void start_daemon(const char *reply)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	stop_daemon();
	strcpy(address.sun_path, path);
	ck_assert_int_eq(bind(fd, (struct sockaddr *)&address, sizeof(address)), 0);
	ck_assert_int_eq(listen(fd, 8), 0);
	daemon_pid = fork();
	if (daemon_pid == 0)
		serve(fd, reply);
	close(fd);
}

/* With its folder. */
static const char *program(void)
{
	const char *built = getenv("MINERCTL");

	return built ? built : "./minerctl";
}

/* Runs `minerctl -s path ARGUMENTS`; all it printed is in output. */
static char output[16384];

static int minerctl(const char *arguments)
{
	char command[1024];
	size_t n;
	FILE *pipe;
	int status;

	snprintf(command, sizeof(command), "%s -s %s %s 2>&1", program(), path, arguments);
	pipe = popen(command, "r");
	ck_assert_ptr_nonnull(pipe);
	n = fread(output, 1, sizeof(output) - 1, pipe);
	output[n] = '\0';
	status = pclose(pipe);
	ck_assert(WIFEXITED(status));
	return WEXITSTATUS(status);
}

#define EXPECT(arguments, status, text)                                                        \
	do {                                                                                   \
		ck_assert_msg(minerctl(arguments) == (status), "%s", output);                  \
		ck_assert_msg(strstr(output, text) != NULL, "no \"%s\" in: %s", text, output); \
	} while (0)

START_TEST(exit_statuses_without_a_daemon)
{
	EXPECT("status", 3, "no daemon there: ");
	ck_assert_ptr_nonnull(strstr(output, "systemctl start minerd"));
	EXPECT("", 3, "No such file or directory");
	EXPECT("version", 3, "minerctl " MINERD_VERSION "\n");
	EXPECT("frobnicate", 2, "there is no verb \"frobnicate\"");
	EXPECT("switch", 2, "switch needs a POOL");
	EXPECT("switch a b", 2, "too much after switch");
	EXPECT("limit", 2, "limit needs a LIMIT");
	EXPECT("pause now", 2, "too much after pause");
	EXPECT("--frobnicate", 2, "--help");
	EXPECT("-H -oProxyCommand=x status", 2, "is not a host");
	EXPECT("--help", 0, "Usage: minerctl");
	EXPECT("--version", 0, "minerctl " MINERD_VERSION "\n");
}
END_TEST

START_TEST(exit_statuses_with_a_daemon)
{
	start_daemon("{\"parameters\":{\"state\":\"mining\",\"pools\":[{\"name\":\"p\"}]}}");
	EXPECT("status", 0, "● mining");
	EXPECT("pause", 0, "paused");
	EXPECT("resume", 0, "resumed");
	EXPECT("switch p", 0, "switching to p\n");
	EXPECT("reload", 0, "reloaded");
	EXPECT("limit cpu=50,hashrate=1.5M,group=0", 0, "limited");
	EXPECT("limit hashrate=0", 0, "limited");
	EXPECT("metrics", 0, "minerd_state{state=\"mining\"} 1\n");
	EXPECT("--json pools", 0, "\"name\": \"p\"");
	EXPECT("pools --json", 0, "\"name\": \"p\"");
	EXPECT("limit cpu=x", 2, "\"cpu=x\" is no limit");
	EXPECT("limit fan=9", 2, "\"fan=9\" is no limit");
	EXPECT("limit hashrate=1Q", 2, "\"hashrate=1Q\" is no limit");
	EXPECT("limit hashrate=nan", 2, "is no limit");
	EXPECT("limit cpu=1.5", 2, "is no limit");
	EXPECT("top </dev/null", 2, "top needs a terminal");

	start_daemon("{\"error\":\"io.minerd.Miner.Refused\",\"parameters\":"
		     "{\"reason\":\"minerd.conf:3: wrong\"}}");
	EXPECT("reload", 1, "minerctl: refused: minerd.conf:3: wrong\n");
	EXPECT("--json reload", 1, "\"error\": \"io.minerd.Miner.Refused\"");
	EXPECT("--json top", 1, "minerctl: refused: ");
	start_daemon("{\"error\":\"io.minerd.Miner.NoSuchPool\",\"parameters\":{\"name\":\"q\"}}");
	EXPECT("switch q", 1, "no pool has the name \"q\"");
	start_daemon("{\"error\":\"org.varlink.service.PermissionDenied\"}");
	EXPECT("pause", 1, "group minerd");
	start_daemon("{\"error\":\"a.b.C\"}");
	EXPECT("pause", 1, "the daemon refused: a.b.C");
	start_daemon("hello");
	EXPECT("status", 3, "what answers there is not minerd");
	start_daemon(NULL);
	EXPECT("status", 3, "the daemon closed the connection");
}
END_TEST

/* With a program in the place of ssh that runs the command here. */
START_TEST(over_ssh)
{
	char *environment, ssh[128];
	FILE *file;

	ck_assert_int_gt(asprintf(&environment, "%s:%s", folder, getenv("PATH")), 0);
	setenv("PATH", environment, 1);
	free(environment);
	snprintf(ssh, sizeof(ssh), "%s/ssh", folder);
	file = fopen(ssh, "w");
	ck_assert_ptr_nonnull(file);
	fprintf(file,
		"#!/bin/sh\n[ \"$1 $2 $3\" = '-T -- me@far' ] || exit 255\n"
		"PATH=%.*s:$PATH exec sh -c \"$4\"\n",
		(int)(strrchr(program(), '/') - program()), program());
	fclose(file);
	ck_assert_int_eq(chmod(ssh, 0755), 0);

	start_daemon("{\"parameters\":{\"state\":\"mining\"}}");
	EXPECT("-H me@far status", 0, "● mining");
	stop_daemon();
	EXPECT("-H me@far status", 3, "no daemon there: ");
	ck_assert_ptr_null(strstr(output, "ssh ended"));
	EXPECT("-H nobody@far status", 3, "");
	file = fopen(ssh, "w");
	ck_assert_ptr_nonnull(file);
	fputs("#!/bin/sh\nexit 127\n", file);
	fclose(file);
	EXPECT("-H me@far status", 3, "there is no minerctl on that host");
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("ctl");
	TCase *views = tcase_create("views"), *program = tcase_create("program");

	tcase_add_test(views, the_status);
	tcase_add_test(views, all_time);
	tcase_add_test(views, the_tables);
	tcase_add_test(views, pools_closely);
	tcase_add_test(views, tables_fit_the_terminal);
	tcase_add_test(views, colour_only_where_asked);
	tcase_add_test(views, a_status_of_another_version);
	tcase_add_test(views, metrics);
	suite_add_tcase(suite, views);
	tcase_set_timeout(program, 30);
	tcase_add_checked_fixture(program, setup, teardown);
	tcase_add_test(program, exit_statuses_without_a_daemon);
	tcase_add_test(program, exit_statuses_with_a_daemon);
	tcase_add_test(program, over_ssh);
	suite_add_tcase(suite, program);
	return suite_kit_run(suite);
}
