/* SPDX-License-Identifier: MIT */
/* Workers that compute wrongly, as minerctl shows and exports them. */
#include <check.h>
#include <string.h>

#include "common/cleanup.h"
#include "ctl/view_status.h"
#include "ctl/view_tables.h"
#include "suite_main.h"
#include "view_fixture.h"

/* One is well, one made an error, and one went on making them. */
static const char json[] =
	"{\"workers\":[{\"cpu\":2,\"kernel\":\"k\",\"hardware_errors\":0,\"failed_checks\":0,"
	"\"taken_out\":null},"
	"{\"cpu\":3,\"kernel\":\"k\",\"hardware_errors\":1,\"failed_checks\":0,"
	"\"taken_out\":null},"
	"{\"cpu\":5,\"kernel\":\"k\",\"hashrate\":5.0,\"hardware_errors\":7,"
	"\"failed_checks\":5,"
	"\"taken_out\":\"failed checks of its kernel: 5, wrong candidates: 2\"}]}";

START_TEST(wrong_workers_are_named)
{
	CLEANUP(cleanup_free) char *status = view_fixture_shown(view_status, json);
	CLEANUP(cleanup_free) char *workers = view_fixture_shown(view_workers, json);
	CLEANUP(cleanup_free) char *metrics = view_fixture_shown(view_fixture_metrics, json);

	view_fixture_check_has(status,
			       "  warning     1 of 3 workers taken out after hardware errors: see "
			       "minerctl workers\n");
	view_fixture_check_has(workers, "  k       taken out ");
	view_fixture_check_has(
		workers, "\nCPU 3: 1 hardware error\n"
			 "CPU 5: taken out after hardware errors: failed checks of its kernel: 5, "
			 "wrong candidates: 2\n");
	ck_assert_ptr_null(strstr(workers, "CPU 2:"));
	view_fixture_check_has(metrics,
			       "\nminerd_worker_hardware_errors_total{cpu=\"5\",kernel=\"k\"} 7\n");
	view_fixture_check_has(metrics,
			       "\nminerd_worker_failed_checks_total{cpu=\"5\",kernel=\"k\"} 5\n");
	view_fixture_check_has(metrics, "\nminerd_worker_taken_out{cpu=\"3\",kernel=\"k\"} 0\n");
	view_fixture_check_has(metrics, "\nminerd_worker_taken_out{cpu=\"5\",kernel=\"k\"} 1\n");
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("ctl_workers");
	TCase *tests = tcase_create("ctl_workers");

	tcase_add_test(tests, wrong_workers_are_named);
	suite_add_tcase(suite, tests);
	return suite_main(suite);
}
