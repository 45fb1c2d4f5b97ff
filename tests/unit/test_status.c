/* SPDX-License-Identifier: MIT */
/* The status object: whole, or not there; and the writer of it. */
#include <check.h>
#include <json-c/json.h>
#include <math.h>
#include <stdint.h>
#include <string.h>

#include "common/cleanup.h"
#include "common/clock.h"
#include "common/container.h"
#include "common/varlink.h"
#include "jump_clock.h"
#include "memory_fixture.h"
#include "status/status.h"
#include "status/status_line.h"
#include "suite_main.h"

START_TEST(values)
{
	struct json_writer writer = JSON_WRITER_NULL;
	size_t n;

	json_writer_open(&writer, NULL);
	json_writer_string(&writer, "text", "a\"\\/\n\t\x01\x7f\xc2\xb5");
	json_writer_string(&writer, "na\"me", NULL);
	json_writer_count(&writer, "count", UINT64_MAX);
	json_writer_integer(&writer, "integer", INT64_MIN);
	json_writer_open_list(&writer, "numbers");
	json_writer_number(&writer, NULL, 0.001);
	json_writer_number(&writer, NULL, 3);
	json_writer_number(&writer, NULL, 1e300);
	json_writer_number(&writer, NULL, NAN);
	json_writer_number(&writer, NULL, -INFINITY);
	json_writer_close_list(&writer);
	json_writer_open(&writer, "empty");
	json_writer_close(&writer);
	json_writer_open_list(&writer, "lists");
	json_writer_open_list(&writer, NULL);
	json_writer_close_list(&writer);
	json_writer_boolean(&writer, NULL, true);
	json_writer_raw(&writer, NULL, "{\"raw\":1}", 9);
	json_writer_close_list(&writer);
	json_writer_boolean(&writer, "last", false);
	json_writer_close(&writer);
	ck_assert_str_eq(json_writer_text(&writer, &n),
			 "{\"text\":\"a\\\"\\\\/\\n\\u0009\\u0001\x7f\xc2\xb5\",\"na\\\"me\":null,"
			 "\"count\":18446744073709551615,\"integer\":-9223372036854775808,"
			 "\"numbers\":[0.001,3.0,1e+300,null,null],\"empty\":{},"
			 "\"lists\":[[],true,{\"raw\":1}],\"last\":false}");
	ck_assert_uint_eq(n, strlen(writer.text));
	json_writer_reset(&writer);
	json_writer_string(&writer, NULL, "");
	ck_assert_str_eq(json_writer_text(&writer, &n), "\"\"");
	json_writer_reset(&writer);
	ck_assert_str_eq(json_writer_text(&writer, &n), "");
	json_writer_deinit(&writer);
	json_writer_deinit(&writer);
}
END_TEST

static struct status status;
static struct conf conf;
static struct pools pools;
static struct workers workers;
static struct worker worker[3];
static struct persistent_stats persistent;
static struct workers_stats stats;
static struct latency_trace latency;
static const struct status_source source = {
	.state = STATUS_MINING,
	.conf = &conf,
	.pools = &pools,
	.workers = &workers,
	.persistent = &persistent,
	.stats = &stats,
	.latency = &latency,
};
static const struct kernel kernel = {.name = "generic"};

/* Two pools and three workers, and nothing that changes with time. */
static void setup(void)
{
	static const struct pool_context context;
	struct pool_trust trust = POOL_TRUST_NULL;

	status = STATUS_NULL;
	memset(&pools, 0, sizeof(pools));
	stats = (struct workers_stats){};
	latency = (struct latency_trace){};
	persistent = (struct persistent_stats){.run = &pools.stats};
	workers = (struct workers){.list = worker, .n = ARRAY_SIZE(worker)};
	for (size_t i = 0; i < ARRAY_SIZE(worker); i++) {
		memset(&worker[i], 0, sizeof(worker[i]));
		worker[i].kernel = &kernel;
	}
	for (pools.n = 0; pools.n < 2; pools.n++) {
		struct pool *pool = &pools.slots[pools.n].pool;
		struct conf_pool conf_pool = {
			.name = strdup(pools.n ? "two" : "one \"quoted\""),
			.url = strdup("stratum+tcp://127.0.0.1:3333"),
			.user = strdup("user"),
		};

		ck_assert_int_eq(pool_init(pool, &context, &conf_pool, &trust), 0);
		pools.order[pools.n] = pool;
	}
	pools.stats.reasons[0] = 7;
}

static void teardown(void)
{
	memory_fixture_fail(0);
	status_deinit(&status);
	for (size_t i = 0; i < pools.n; i++)
		pool_deinit(pools.order[i]);
}

START_TEST(status_is_what_readers_expect)
{
	static const char *const members[] = {
		"version",	   "pid",     "uptime_s",      "state",	     "hashrate",
		"hashes",	   "pool",    "pools",	       "shares",     "lifetime",
		"blocks_found",	   "workers", "worker_groups", "latency_us", "latency_last_hour_us",
		"blocks_accepted", "network"};
	CLEANUP(varlink_putp) struct json_object *object = NULL;
	struct json_object *member;
	const char *text;
	size_t n;

	text = status_json(&status, &source, 0, &n);
	ck_assert_ptr_nonnull(text);
	object = json_tokener_parse(text);
	ck_assert_ptr_nonnull(object);
	for (size_t i = 0; i < ARRAY_SIZE(members); i++)
		ck_assert_msg(json_object_object_get_ex(object, members[i], &member), "%s",
			      members[i]);
	ck_assert_int_eq(json_object_object_length(object), ARRAY_SIZE(members));
	member = json_object_object_get(object, "pools");
	ck_assert_uint_eq(json_object_array_length(member), 2);
	ck_assert_str_eq(varlink_get_text(json_object_array_get_idx(member, 0), "name"),
			 "one \"quoted\"");
	ck_assert_uint_eq(json_object_array_length(json_object_object_get(object, "workers")), 3);
}
END_TEST

/* Of a worker that computed wrongly, and of one that went on doing so. */
START_TEST(status_names_wrong_workers)
{
	CLEANUP(varlink_putp) struct json_object *object = NULL;
	struct status_source paused = source;
	struct json_object *list;
	char line[STATUS_LINE_MAX];
	size_t n;

	atomic_store(&worker[1].hardware_errors, 1);
	atomic_store(&worker[2].hardware_errors, 7);
	atomic_store(&worker[2].failed_checks, 5);
	worker[2].taken_out = true;
	workers.n_taken_out = 1;
	object = json_tokener_parse(status_json(&status, &source, 0, &n));
	list = json_object_object_get(object, "workers");
	for (unsigned i = 0; i < 2; i++)
		ck_assert_ptr_null(
			varlink_get_text(json_object_array_get_idx(list, i), "taken_out"));
	list = json_object_array_get_idx(list, 2);
	ck_assert_str_eq(varlink_get_text(list, "taken_out"),
			 "failed checks of its kernel: 5, wrong candidates: 2");
	ck_assert_int_eq(json_object_get_int(json_object_object_get(list, "hardware_errors")), 7);
	ck_assert_int_eq(json_object_get_int(json_object_object_get(list, "failed_checks")), 5);
	list = json_object_object_get(object, "shares");
	ck_assert_int_eq(json_object_get_int(json_object_object_get(list, "hardware_errors")), 8);
	pools.active = pools.order[1];
	status_line(&source, line);
	ck_assert_ptr_nonnull(
		strstr(line, " on two, 1 of 3 workers taken out (hardware errors), "));
	paused.state = STATUS_PAUSED;
	status_line(&paused, line);
	ck_assert_ptr_nonnull(strstr(line, ", 1 of 3 workers taken out (hardware errors)"));
}
END_TEST

/* A job of block 840,000 of mainnet, or of regtest, with shares of difficulty 1. */
static struct job *job_of(uint32_t nbits)
{
	static const uint8_t begin[] = {1, 0,	 0,    0,    1,	   0, 0, 0,    0,    0,	  0, 0,
					0, 0,	 0,    0,    0,	   0, 0, 0,    0,    0,	  0, 0,
					0, 0,	 0,    0,    0,	   0, 0, 0,    0,    0,	  0, 0,
					0, 0xff, 0xff, 0xff, 0xff, 8, 3, 0x40, 0xd1, 0x0c};
	struct job *job = job_new(NULL, sizeof(begin) + 8, 0);

	ck_assert_ptr_nonnull(job);
	memcpy(job->coinbase, begin, sizeof(begin));
	job->extranonce2_size = 4;
	job->extranonce2_offset = sizeof(begin);
	job->difficulty = 1;
	ck_assert(target_from_difficulty(&job->target, 1));
	ck_assert(target_from_nbits(&job->network_target, nbits));
	return job;
}

static double number_of(struct json_object *object, const char *name)
{
	struct json_object *member;

	ck_assert_msg(json_object_object_get_ex(object, name, &member), "%s", name);
	return member ? json_object_get_double(member) : NAN;
}

/* A million hashes per second for a minute. */
static void hash_for_a_minute(void)
{
	rate_sample(&stats.rate, clock_now(), 0);
	jump_clock(60 * CLOCK_S);
	atomic_store(&worker[0].hashes, 60000000);
}

START_TEST(status_shows_the_network)
{
	CLEANUP(varlink_putp) struct json_object *object = NULL;
	struct json_object *network, *pool;
	char line[STATUS_LINE_MAX];
	size_t n;

	pools.active = pools.order[0];
	pools.active->work.job = job_of(0x17034219);
	pools.stats.best_difficulty = 8638.8558925171;
	persistent.kept.has_best = true;
	ck_assert(target_from_difficulty(&persistent.kept.best, 86388.558925171));
	hash_for_a_minute();
	object = json_tokener_parse(status_json(&status, &source, 0, &n));
	network = json_object_object_get(object, "network");
	ck_assert_double_eq_tol(number_of(network, "difficulty"), 86388558925171.02, 100);
	ck_assert_double_eq(number_of(network, "height"), 840000);
	ck_assert_ptr_null(varlink_get_text(network, "chain"));
	ck_assert_double_eq_tol(number_of(network, "expected_block_s") /
					(86388558925171.02 * 0x1p48 / 0xffff / 1e6),
				1, 1e-6);
	ck_assert_double_eq_tol(number_of(network, "expected_share_s"), 4295.03, 0.1);
	ck_assert_double_eq_tol(number_of(network, "best_share_fraction"), 1e-10, 1e-18);
	ck_assert_double_eq_tol(number_of(network, "best_ever_fraction"), 1e-9, 1e-17);
	pool = json_object_array_get_idx(json_object_object_get(object, "pools"), 0);
	ck_assert_double_eq_tol(number_of(pool, "network_difficulty"), 86388558925171.02, 100);
	ck_assert_double_eq(number_of(pool, "height"), 840000);
	pool = json_object_array_get_idx(json_object_object_get(object, "pools"), 1);
	ck_assert(isnan(number_of(pool, "network_difficulty")));
	ck_assert(isnan(number_of(pool, "height")));
	status_line(&source, line);
	ck_assert_ptr_nonnull(
		strstr(line, ", a block (difficulty 86.4T) every 11.8 billion years"));
	pool_work_drop(&pools.active->work);
}
END_TEST

/* By the target, which difficulty 4.66e-10 is too coarse for. */
START_TEST(status_shows_an_easy_network)
{
	CLEANUP(varlink_putp) struct json_object *object = NULL;
	struct json_object *network;
	size_t n;

	pools.active = pools.order[0];
	pools.active->work.job = job_of(0x207fffff);
	pools.stats.best_difficulty = 4;
	hash_for_a_minute();
	object = json_tokener_parse(status_json(&status, &source, 0, &n));
	network = json_object_object_get(object, "network");
	ck_assert_double_eq_tol(number_of(network, "expected_block_s"), 2e-6, 1e-12);
	ck_assert_double_gt(number_of(network, "best_share_fraction"), 1);
	ck_assert(isnan(number_of(network, "best_ever_fraction")));
	pool_work_drop(&pools.active->work);
}
END_TEST

/* Neither a rate nor a share: nothing is expected of nothing. */
START_TEST(status_expects_nothing_of_nothing)
{
	CLEANUP(varlink_putp) struct json_object *object = NULL;
	struct json_object *network;
	char line[STATUS_LINE_MAX];
	size_t n;

	pools.active = pools.order[0];
	pools.active->work.job = job_of(0x17034219);
	/* An extranonce within what would be the height. */
	pools.active->work.job->extranonce2_offset = 44;
	object = json_tokener_parse(status_json(&status, &source, 0, &n));
	network = json_object_object_get(object, "network");
	ck_assert(isnan(number_of(network, "height")));
	ck_assert(isnan(number_of(network, "expected_block_s")));
	ck_assert(isnan(number_of(network, "expected_share_s")));
	ck_assert(isnan(number_of(network, "best_share_fraction")));
	ck_assert(isnan(number_of(json_object_object_get(object, "shares"), "luck_percent")));
	status_line(&source, line);
	ck_assert_ptr_null(strstr(line, "a block"));
	pool_work_drop(&pools.active->work);
}
END_TEST

static double luck(void)
{
	CLEANUP(varlink_putp) struct json_object *object = NULL;
	size_t n;

	object = json_tokener_parse(status_json(&status, &source, 0, &n));
	return number_of(json_object_object_get(object, "shares"), "luck_percent");
}

START_TEST(luck_is_of_the_shares_found)
{
	struct share share = {.job = job_of(0x207fffff)};

	atomic_store(&worker[0].hashes, UINT64_C(3) << 32);
	ck_assert_double_eq(luck(), 0);
	for (unsigned i = 0; i < 6; i++)
		share_stats_found(&pools.stats, &share);
	ck_assert_double_eq_tol(luck(), 200, 0.01);
	/* A hash that is a block and no share, on an easy chain. */
	share.hash = share.job->network_target;
	share_stats_found(&pools.stats, &share);
	ck_assert_uint_eq(pools.stats.found, 7);
	ck_assert_double_eq_tol(luck(), 200, 0.01);
	/* Lost shares are not known by their targets. */
	atomic_store(&worker[0].shares.overflows, 1);
	ck_assert(isnan(luck()));
	atomic_store(&worker[0].shares.overflows, 0);
	/* Of easy shares the io thread finds many, in hashes that are counted nowhere. */
	ck_assert(target_from_difficulty(&share.job->target, 1e-5));
	share.hash = (struct target){};
	pools.stats.work = 0;
	pools.stats.found = 0;
	share_stats_found(&pools.stats, &share);
	ck_assert(isnan(luck()));
	job_unref(share.job);
}
END_TEST

START_TEST(status_is_shared_for_a_while)
{
	const char *text;
	size_t n, again;

	text = status_json(&status, &source, CLOCK_S, &n);
	ck_assert_ptr_nonnull(strstr(text, "\"found\":0,"));
	pools.stats.found = 5;
	text = status_json(&status, &source, 1000 * CLOCK_S, &again);
	ck_assert_ptr_nonnull(strstr(text, "\"found\":0,"));
	ck_assert_uint_eq(n, again);
	text = status_json(&status, &source, 0, &n);
	ck_assert_ptr_nonnull(strstr(text, "\"found\":5,"));
	pools.stats.found = 6;
	jump_clock(2 * CLOCK_S);
	text = status_json(&status, &source, CLOCK_S, &n);
	ck_assert_ptr_nonnull(strstr(text, "\"found\":6,"));
}
END_TEST

/* Whichever allocation fails. */
START_TEST(status_is_whole_or_not_there)
{
	char whole[16384];
	unsigned failures = 0;
	const char *text;
	size_t n, again;

	if (!memory_fixture_works())
		return;
	text = status_json(&status, &source, 0, &n);
	ck_assert_uint_lt(n, sizeof(whole));
	strcpy(whole, text);
	for (unsigned i = 1;; i++) {
		status_deinit(&status);
		status = STATUS_NULL;
		memory_fixture_fail(i);
		text = status_json(&status, &source, 1000 * CLOCK_S, &again);
		memory_fixture_fail(0);
		if (text) {
			ck_assert_str_eq(text, whole);
			ck_assert_uint_eq(again, n);
			break;
		}
		failures++;
		/* The next one tries again. */
		text = status_json(&status, &source, 1000 * CLOCK_S, &again);
		ck_assert_str_eq(text, whole);
	}
	ck_assert_uint_gt(failures, 2);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("status");
	TCase *writer = tcase_create("writer"), *object = tcase_create("status");

	tcase_add_test(writer, values);
	suite_add_tcase(suite, writer);
	tcase_add_checked_fixture(object, setup, teardown);
	tcase_add_test(object, status_is_what_readers_expect);
	tcase_add_test(object, status_shows_the_network);
	tcase_add_test(object, status_shows_an_easy_network);
	tcase_add_test(object, status_expects_nothing_of_nothing);
	tcase_add_test(object, luck_is_of_the_shares_found);
	tcase_add_test(object, status_is_shared_for_a_while);
	tcase_add_test(object, status_names_wrong_workers);
	tcase_add_test(object, status_is_whole_or_not_there);
	suite_add_tcase(suite, object);
	return suite_main(suite);
}
