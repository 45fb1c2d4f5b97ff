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
		"version",	  "pid",     "uptime_s",      "state",	    "hashrate",
		"hashes",	  "pool",    "pools",	      "shares",	    "lifetime",
		"blocks_found",	  "workers", "worker_groups", "latency_us", "latency_last_hour_us",
		"blocks_accepted"};
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
	tcase_add_test(object, status_is_shared_for_a_while);
	tcase_add_test(object, status_names_wrong_workers);
	tcase_add_test(object, status_is_whole_or_not_there);
	suite_add_tcase(suite, object);
	return suite_main(suite);
}
