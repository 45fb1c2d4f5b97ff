/* SPDX-License-Identifier: MIT */
/* What minerctl makes of a status: for people on a terminal, and for Prometheus. */
#include <check.h>
#include <locale.h>
#include <stdlib.h>
#include <string.h>

#include "common/cleanup.h"
#include "common/container.h"
#include "common/utf8.h"
#include "common/varlink.h"
#include "ctl/page.h"
#include "ctl/view_metrics.h"
#include "ctl/view_pools.h"
#include "ctl/view_status.h"
#include "ctl/view_tables.h"
#include "suite_main.h"

static const char canned[] =
	"{\"version\":\"1.2.3\",\"pid\":77,\"uptime_s\":11520,\"state\":\"mining\","
	"\"hashrate\":{\"10s\":51400000,\"1m\":51300000,\"15m\":51e6,\"session\":51000001},"
	"\"hashes\":12300000000000,\"pool\":\"example\","
	"\"network\":{\"difficulty\":86388558925171.0,\"height\":840000,\"chain\":\"main\","
	"\"expected_block_s\":9.782856e13,\"expected_share_s\":83.2,"
	"\"best_share_fraction\":1.1112e-5,\"best_ever_fraction\":1.25},\"pools\":["
	"{\"name\":\"example\",\"url\":\"stratum+tcp://p:3333\",\"user\":\"bc1q.rig1\","
	"\"state\":\"active\",\"difficulty\":512.0,\"network_difficulty\":4.6565423739e-10,"
	"\"height\":101,\"chain\":\"regtest\",\"version_mask\":\"1fffe000\","
	"\"extranonce2_size\":8,\"connected_s\":200,\"last_job_s\":12,\"accepted\":142,"
	"\"rejected\":3,\"stale\":1,\"in_flight\":0,\"state_s\":200,\"down_s\":null,"
	"\"next_attempt_s\":null,\"failures\":0,\"attempts\":4,\"losses\":3,\"active_s\":7300,"
	"\"address\":\"192.0.2.1:3333\",\"proxy\":\"[::1]:9050\",\"tls\":\"TLSv1.3\","
	"\"tls_trust\":\"unverified\",\"payout_percent\":98.5,\"last_loss_s\":260,"
	"\"last_loss\":\"no job for 120 "
	"s\",\"last_error\":null,\"submit_us\":{\"count\":146,\"sum\":2e6,"
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
	"\"duplicate\":0,\"best_difficulty\":12345.6,\"luck_percent\":104.3,"
	"\"reject_reasons\":{\"low-difficulty\":2,\"a \\\"b\\\"\\\\\":1}},\"blocks_found\":0,"
	"\"workers\":[{\"cpu\":0,\"kernel\":\"avx512\",\"hashrate\":25700000,\"hashes\":6e12,"
	"\"outside_percent\":0.0124},"
	"{\"cpu\":11,\"group\":1,\"kernel\":\"avx512\",\"hashrate\":25700000,\"hashes\":"
	"6300000000000,\"outside_percent\":0.5}],"
	"\"worker_groups\":[{\"hashrate_limit\":0,\"cpu_limit\":100},"
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
static char *shown_on(enum view view, const char *json, unsigned columns, bool colour, bool utf8)
{
	CLEANUP(varlink_putp) struct json_object *status = json_tokener_parse(json);
	struct page page;
	const struct terminal *term = &page.term;
	char *text;

	ck_assert_ptr_nonnull(status);
	ck_assert(page_begin(
		&page, &(struct terminal){.columns = columns, .colour = colour, .utf8 = utf8}));
	switch (view) {
	case VIEW_STATUS:
		view_status(term, status, 0);
		break;
	case VIEW_POOLS:
		view_pools(term, status, 0);
		break;
	case VIEW_POOLS_CLOSELY:
		view_pools_closely(term, status, 0);
		break;
	case VIEW_WORKERS:
		view_workers(term, status, 0);
		break;
	case VIEW_LATENCY:
		view_latency(term, status, 0);
		break;
	default:
		view_metrics(term->out, status);
	}
	text = page_end(&page);
	ck_assert_ptr_nonnull(text);
	return text;
}

static char *shown(enum view view, const char *json, unsigned columns, bool colour)
{
	return shown_on(view, json, columns, colour, true);
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
		"● mining on example  minerd 1.2.3, up 3h 12m, pid 77\n"
		"\n"
		"  hash rate   51.4 MH/s   1m 51.3 MH/s   15m 51.0 MH/s   session 51.0 MH/s\n"
		"  hashes      12.3 TH by 2 workers\n"
		"  shares      142 accepted, 3 rejected, 1 stale, best difficulty 12.3k\n"
		"  rejected    low-difficulty 2, a \"b\"\\ 1\n"
		"  network     main, height 840000, difficulty 86.4T\n"
		"  expected    share every 1m 23s (luck 104 %), block every 3.1 million years\n"
		"  best share  1 in 90k of the network difficulty, all time 1.25 times\n"
		"  new work    12.3 µs from packet to first hash (median of 23, maximum 80.0 µs)\n"
		"\n"
		"  POOL     STATE        FOR  ACCEPTED  REJECTED  STALE    REPLY     99 %"
		"  DIFFICULTY  LAST JOB  USER\n"
		"  example  active    3m 20s       142         3      1  12.3 ms  45.6 ms"
		"         512   12s ago  bc1q.rig1\n"
		"  second   backoff  12m 03s         0         0      0        -        -"
		"           -         -  a user with a rather long name.worker\n"
		"  second: down for 12m 03s: bad?[2J?line; 12 failures in a row; next attempt in "
		"4s\n");
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
	ck_assert_msg(strstr(none, "(2009-01-03, pool unknown), 77 accepted since 2009-01-09") !=
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
		   "second: down for 12m 03s: bad?[2J?line; 12 failures in a row; next attempt in "
		   "4s\n");
	check_view(VIEW_WORKERS, 0,
		   "CPU  GROUP  KERNEL  HASH RATE   HASHES  NOT HASHING\n"
		   "  0      0  avx512  25.7 MH/s  6.00 TH      0.012 %\n"
		   " 11      1  avx512  25.7 MH/s  6.30 TH      0.500 %\n"
		   "all                 51.4 MH/s  12.3 TH      0.256 %\n"
		   "group 1: at most 30.0 MH/s and 50 % of each CPU\n");
	check_view(
		VIEW_LATENCY, 0,
		"SINCE THE START                    TIMES   MEDIAN     90 %     99 %      MAX\n"
		"packet .. first hash of a new job     23  12.3 µs  20.0 µs  45.1 µs  80.0 µs\n"
		"  packet .. message parsed             0        -        -        -        -\n"
		"  message .. job on the workers        0        -        -        -        -\n"
		"  workers .. first hash                0        -        -        -        -\n"
		"packet .. last worker has the job      0        -        -        -        -\n"
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
		   "  url         stratum+tcp://p:3333, connected to 192.0.2.1:3333,\n"
		   "              through proxy [::1]:9050\n"
		   "  TLS         TLSv1.3, not verified: anybody on the way can pose\n"
		   "              as the pool\n"
		   "  mined on    for 2h 01m in total\n"
		   "  last loss   4m 20s ago: no job for 120 s (3 losses since the\n"
		   "              start)\n"
		   "  network     regtest, height 101, difficulty 4.66e-10\n"
		   "  last reject 1m 01s ago, as low-difficulty: \"Above?target\"\n"
		   "              (code 23)\n"
		   "  payout      98.5 % of the coinbase of its last job goes to the\n"
		   "              payout address\n"
		   "\n"
		   "second\n"
		   "  url         stratum+tcp://q:3333\n"
		   "  state       down for 12m 03s; 12 failures in a row; next\n"
		   "              attempt in 4s\n"
		   "  failure     4s ago: bad?[2J?line\n");
}
END_TEST

/* Members that not every daemon has. A pool that is no longer listed had 2 of the blocks. */
static const char newer[] =
	"{\"state\":\"mining\",\"pool\":\"p\",\"blocks_found\":5,\"blocks_accepted\":4,"
	"\"shares\":{\"accepted\":5,\"rejected\":0,\"stale\":0,\"overflows\":7},"
	"\"pools\":[{\"name\":\"p\",\"state\":\"active\",\"user\":\"u\",\"url\":\"stratum+tcp://"
	"p:1\","
	"\"invalid_lines\":12,\"last_invalid_line\":\"not JSON: \\\"<html>\\\"\","
	"\"left_out\":[\"mining.configure\",\"mining.extranonce.subscribe\"],"
	"\"blocks_found\":3,\"blocks_accepted\":2},"
	"{\"name\":\"q\",\"state\":\"standby\",\"user\":\"u\",\"url\":\"stratum+tcp://q:1\","
	"\"invalid_lines\":1,\"last_invalid_line\":null,\"left_out\":[],"
	"\"blocks_found\":0,\"blocks_accepted\":0}]}";

static void check_has(const char *text, const char *wanted)
{
	ck_assert_msg(strstr(text, wanted) != NULL, "no \"%s\" in:\n%s", wanted, text);
}

START_TEST(what_pools_send_and_refuse)
{
	CLEANUP(cleanup_free) char *status = shown(VIEW_STATUS, newer, 0, false);
	CLEANUP(cleanup_free) char *closely = shown(VIEW_POOLS_CLOSELY, newer, 0, false);
	CLEANUP(cleanup_free) char *metrics = shown(VIEW_METRICS, newer, 0, false);

	check_has(status, "  p: 12 invalid lines ignored; the last one: not JSON: \"<html>\"\n");
	check_has(status, "  q: 1 invalid line ignored\n");
	check_has(status, "  p: left out, as this pool does not accept it: mining.configure, "
			  "mining.extranonce.subscribe\n");
	ck_assert_ptr_null(strstr(status, "  q: left out"));
	check_has(status, "  blocks      5 found, 4 accepted by a pool\n");
	check_has(status, "  warning     7 shares lost because a queue was full: ");
	check_has(closely, "  received    12 invalid lines ignored; the last one: not JSON: ");
	check_has(closely, "  left out    mining.configure, mining.extranonce.subscribe, as ");
	check_has(closely, "  blocks      3 found, 2 accepted by the pool\n");
	check_has(metrics, "\nminerd_pool_invalid_lines_total{pool=\"p\"} 12\n");
	check_has(metrics, "\nminerd_pool_blocks_found_total{pool=\"p\"} 3\n");
	check_has(metrics, "\nminerd_pool_blocks_accepted_total{pool=\"q\"} 0\n");
	check_has(metrics, "\nminerd_pool_request_left_out{pool=\"p\","
			   "request=\"mining.configure\"} 1\n");
	check_has(metrics, "\nminerd_shares_overflowed_total 7\n");
	check_has(metrics, "\nminerd_blocks_found_total 5\n");
	check_has(metrics, "\nminerd_blocks_accepted_total 4\n");
}
END_TEST

/* And nothing is said of them where they are not there. */
START_TEST(what_an_older_daemon_does_not_send)
{
	static const char *const words[] = {"invalid", "left out", "left_out",	"blocks",
					    "nan",     "warning",  "taken_out", "hardware"};
	static const char old[] =
		"{\"state\":\"mining\",\"pool\":\"p\",\"shares\":{\"accepted\":5},"
		"\"workers\":[{\"cpu\":3,\"kernel\":\"k\"}],"
		"\"pools\":[{\"name\":\"p\",\"state\":\"active\"}]}";

	for (enum view view = VIEW_STATUS; view < VIEW_N; view++) {
		CLEANUP(cleanup_free) char *text = shown(view, old, 80, false);

		for (size_t i = 0; i < ARRAY_SIZE(words); i++)
			ck_assert_msg(strstr(text, words[i]) == NULL, "\"%s\" in:\n%s", words[i],
				      text);
	}
}
END_TEST

/* No line is wider than the terminal: of a table, down to what cannot be left out. */
START_TEST(lines_fit_the_terminal)
{
	static const char *const statuses[] = {canned, newer};

	for (size_t i = 0; i < ARRAY_SIZE(statuses); i++)
		for (unsigned columns = 50; columns < 140; columns++)
			for (enum view view = VIEW_STATUS; view <= VIEW_LATENCY; view++) {
				CLEANUP(cleanup_free)
				char *text = shown(view, statuses[i], columns, false);

				for (char *line = strtok(text, "\n"); line;
				     line = strtok(NULL, "\n"))
					ck_assert_msg(terminal_width(line) <= columns, "%u: %s",
						      columns, line);
			}
}
END_TEST

static bool ascii(const char *text)
{
	for (; *text; text++)
		if ((unsigned char)*text >= 0x80)
			return false;
	return true;
}

/* Columns stay below each other, too. Prometheus's format is UTF-8 by definition. */
START_TEST(ascii_where_the_locale_is_not_utf8)
{
	static const char json[] =
		"{\"state\":\"mining\",\"pool\":\"größe\",\"pools\":[{\"name\":\"größe\","
		"\"state\":\"active\",\"user\":\"日本語 with a very long name indeed\","
		"\"last_loss\":\"é\",\"submit_us\":{\"count\":1,\"p50\":5,\"p99\":6}}],"
		"\"latency_us\":{\"packet_to_hash\":{\"count\":1,\"p50\":12.3,\"max\":80.0}}}";
	CLEANUP(cleanup_free) char *status = shown_on(VIEW_STATUS, json, 100, true, false);

	for (enum view view = VIEW_STATUS; view < VIEW_METRICS; view++) {
		CLEANUP(cleanup_free) char *text = shown_on(view, json, 80, true, false);

		ck_assert_msg(ascii(text), "%s", text);
	}
	check_has(status, "* mining");
	check_has(status, "12.3 us from packet");
	check_has(status, "gr??e");
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
		"\nminerd_hashrate_session 51000001\n",
		"\nminerd_hashes_total 12300000000000\n",
		"\nminerd_shares_found_total 150\n",
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
		"\nminerd_pool_payout_ratio{pool=\"example\"} 0.985\n",
		"\n# TYPE minerd_pool_submit_seconds summary\n",
		"\nminerd_pool_submit_seconds{pool=\"example\",quantile=\"1\"} 0.05\n",
		"\nminerd_pool_submit_seconds_sum{pool=\"example\"} 2\n",
		"\nminerd_pool_submit_seconds_count{pool=\"example\"} 146\n",
		"\nminerd_pool_shares_total{pool=\"example\",result=\"rejected\"} 3\n",
		"\nminerd_worker_hashrate{cpu=\"11\",kernel=\"avx512\"} 25700000\n",
		"\nminerd_packet_to_hash_seconds{quantile=\"0.5\"} 1.23e-05\n",
		"\nminerd_packet_to_hash_seconds_count 23\n",
		"\nminerd_submit_seconds{quantile=\"0.5\"} NaN\n",
	};

	for (size_t i = 0; i < ARRAY_SIZE(samples); i++)
		check_has(text, samples[i]);
	ck_assert_ptr_null(strstr(text, "result=\"found\""));
	ck_assert_ptr_null(strstr(text, "result=\"submitted\""));
	ck_assert_ptr_null(strstr(text, "minerd_stale_work_seconds"));
	ck_assert_int_eq(text[strlen(text) - 1], '\n');
	for (char *line = strtok(text, "\n"); line; line = strtok(NULL, "\n"))
		ck_assert_msg(strncmp(line, "minerd_", 7) == 0 ||
				      strncmp(line, "# HELP minerd_", 14) == 0 ||
				      strncmp(line, "# TYPE minerd_", 14) == 0,
			      "%s", line);
}
END_TEST

/* The format is UTF-8, whatever the locale is and whatever a name holds. */
START_TEST(metrics_are_utf8)
{
	static const char json[] = "{\"pools\":[{\"name\":\"gr\303\266\303\237e \377\\n\"}]}";
	CLEANUP(cleanup_free) char *text = NULL;
	CLEANUP(varlink_putp) struct json_object *status = json_tokener_parse(json);
	size_t size;
	FILE *out = open_memstream(&text, &size);

	view_metrics(out, status);
	fclose(out);
	check_has(text, "minerd_pool_up{pool=\"gr\303\266\303\237e ?\\n\"} 0\n");
	ck_assert(utf8_prefix(text, size) == size);
}
END_TEST

START_TEST(utf8)
{
	static const struct {
		const char *text, *repaired, *clean, *ascii;
		size_t width;
	} rows[] = {
		{"abc", "abc", "abc", "abc", 3},
		{"µ ● …x", "µ ● …x", "µ ● …x", "u * ~x", 6},
		{"日本", "日本", "日本", "??", 4},
		{"e\u0301", "e\u0301", "e\u0301", "e?", 1},
		{"a\377b\303", "a?b?", "a?b?", "a?b?", 4},
		{"\300\200", "??", "??", "??", 2},		 /* a long NUL */
		{"\355\240\200", "???", "???", "???", 3},	 /* a surrogate */
		{"\364\220\200\200", "????", "????", "????", 4}, /* beyond the last */
		{"a\033[2Jb\n\177", "a\033[2Jb\n\177", "a?[2Jb??", "a?[2Jb??", 8},
		{"x\302\233y", "x\302\233y", "x?y", "x?y", 3},		 /* C1: CSI */
		{"x\u202ey\u2028", "x\u202ey\u2028", "x?y?", "x?y?", 4}, /* order, line */
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		CLEANUP(cleanup_free) char *text = strdup(rows[i].text);

		utf8_repair(text, strlen(text));
		ck_assert_str_eq(text, rows[i].repaired);
		ck_assert((utf8_prefix(rows[i].text, strlen(rows[i].text)) ==
			   strlen(rows[i].text)) == (strcmp(text, rows[i].text) == 0));
		terminal_clean(text);
		ck_assert_str_eq(text, rows[i].clean);
		ck_assert_uint_eq(terminal_width(text), rows[i].width);
		for (size_t columns = 0; columns < 12; columns++) {
			size_t n = terminal_fitting(text, columns);

			ck_assert(utf8_prefix(text, n) == n);
			ck_assert_uint_eq(n == strlen(text), columns >= rows[i].width);
		}
		terminal_ascii(text);
		ck_assert_str_eq(text, rows[i].ascii);
	}
}
END_TEST

/* As the program does it: widths are those of the locale. */
static void use_utf8(void)
{
	ck_assert_ptr_nonnull(setlocale(LC_CTYPE, "C.UTF-8"));
}

int main(void)
{
	Suite *suite = suite_create("ctl_view");
	TCase *views = tcase_create("views"), *others = tcase_create("metrics and text");

	tcase_add_checked_fixture(views, use_utf8, NULL);
	tcase_add_test(views, the_status);
	tcase_add_test(views, all_time);
	tcase_add_test(views, the_tables);
	tcase_add_test(views, pools_closely);
	tcase_add_test(views, what_pools_send_and_refuse);
	tcase_add_test(views, what_an_older_daemon_does_not_send);
	tcase_add_test(views, lines_fit_the_terminal);
	tcase_add_test(views, ascii_where_the_locale_is_not_utf8);
	tcase_add_test(views, colour_only_where_asked);
	tcase_add_test(views, a_status_of_another_version);
	suite_add_tcase(suite, views);
	tcase_add_checked_fixture(others, use_utf8, NULL);
	tcase_add_test(others, metrics);
	tcase_add_test(others, metrics_are_utf8);
	tcase_add_test(others, utf8);
	suite_add_tcase(suite, others);
	return suite_main(suite);
}
