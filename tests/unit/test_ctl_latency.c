/* SPDX-License-Identifier: MIT */
/* Latencies of the last hour and since the start, as minerctl shows and exports them. */
#include <check.h>
#include <string.h>

#include "common/cleanup.h"
#include "ctl/view_status.h"
#include "ctl/view_tables.h"
#include "suite_main.h"
#include "view_fixture.h"

/* Of a daemon that was slow, but not in the last hour. */
static const char slow_once[] =
	"{\"pool\":\"a\",\"pools\":[{\"name\":\"a\",\"submit_us\":{\"count\":9,\"p50\":900,"
	"\"sum\":9000},\"submit_last_hour_us\":{\"count\":2,\"p50\":200,\"p99\":300}}],"
	"\"latency_us\":{\"packet_to_hash\":{\"count\":9,\"p50\":50,\"p99\":60,\"max\":70,"
	"\"sum\":500}},\"latency_last_hour_us\":{\"packet_to_hash\":{\"count\":2,\"p50\":5,"
	"\"p99\":6,\"max\":7,\"sum\":11}}}";

/* Of one that had no job for an hour. */
static const char quiet[] =
	"{\"latency_us\":{\"packet_to_hash\":{\"count\":9,\"p50\":50,\"max\":70,\"sum\":500}},"
	"\"latency_last_hour_us\":{\"packet_to_hash\":{\"count\":0,\"p50\":0,\"max\":0}}}";

/* Of an older version. */
static const char older[] =
	"{\"latency_us\":{\"packet_to_hash\":{\"count\":9,\"p50\":50,\"max\":70,\"sum\":500}}}";

START_TEST(both_tables)
{
	CLEANUP(cleanup_free) char *both = view_fixture_shown(view_latency, slow_once);
	CLEANUP(cleanup_free) char *one = view_fixture_shown(view_latency_last_hour, slow_once);
	const char *since = strstr(both, "SINCE THE START");

	ck_assert_ptr_nonnull(since);
	ck_assert_ptr_eq(strstr(both, "LAST HOUR"), both);
	ck_assert(strstr(both, "5.00 µs") < since);
	view_fixture_check_has(since, "50.0 µs");
	ck_assert_ptr_eq(strstr(one, "LAST HOUR"), one);
	ck_assert_ptr_null(strstr(one, "SINCE"));
}
END_TEST

START_TEST(the_status_shows_the_last_hour)
{
	CLEANUP(cleanup_free) char *status = view_fixture_shown(view_status, slow_once);
	CLEANUP(cleanup_free) char *none = view_fixture_shown(view_status, quiet);

	view_fixture_check_has(status,
			       "5.00 µs from packet to first hash (median of 2, maximum 7.00 µs)");
	view_fixture_check_has(status, "200 µs");
	view_fixture_check_has(none, "none in the last hour");
}
END_TEST

/* As a summary of Prometheus: sum and count of all, quantiles of a window. */
START_TEST(quantiles_of_the_last_hour)
{
	CLEANUP(cleanup_free) char *metrics = view_fixture_shown(view_fixture_metrics, slow_once);
	CLEANUP(cleanup_free) char *none = view_fixture_shown(view_fixture_metrics, quiet);

	view_fixture_check_has(metrics, "minerd_packet_to_hash_seconds{quantile=\"0.99\"} 6e-06\n");
	view_fixture_check_has(metrics, "minerd_packet_to_hash_seconds_count 9\n");
	view_fixture_check_has(metrics, "minerd_packet_to_hash_seconds_sum 0.0005\n");
	view_fixture_check_has(metrics,
			       "minerd_pool_submit_seconds{pool=\"a\",quantile=\"0.5\"} 0.0002\n");
	view_fixture_check_has(none, "minerd_packet_to_hash_seconds{quantile=\"0.5\"} NaN\n");
}
END_TEST

START_TEST(an_older_daemon)
{
	CLEANUP(cleanup_free) char *latency = view_fixture_shown(view_latency, older);
	CLEANUP(cleanup_free) char *top = view_fixture_shown(view_latency_last_hour, older);
	CLEANUP(cleanup_free) char *status = view_fixture_shown(view_status, older);
	CLEANUP(cleanup_free) char *metrics = view_fixture_shown(view_fixture_metrics, older);

	ck_assert_ptr_eq(strstr(latency, "SINCE THE START"), latency);
	ck_assert_str_eq(latency, top);
	view_fixture_check_has(status, "50.0 µs from packet");
	view_fixture_check_has(metrics, "minerd_packet_to_hash_seconds{quantile=\"0.5\"} 5e-05\n");
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("ctl_latency");
	TCase *tests = tcase_create("ctl_latency");

	tcase_add_test(tests, both_tables);
	tcase_add_test(tests, the_status_shows_the_last_hour);
	tcase_add_test(tests, quantiles_of_the_last_hour);
	tcase_add_test(tests, an_older_daemon);
	suite_add_tcase(suite, tests);
	return suite_main(suite);
}
