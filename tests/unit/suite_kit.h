/* SPDX-License-Identifier: MIT */
#pragma once

/* What every unit test ends with. Any one thread. */
#include <check.h>
#include <stdlib.h>

/* Runs and frees the suite; what main() returns. */
static inline int suite_kit_run(Suite *suite)
{
	SRunner *runner = srunner_create(suite);
	int failed;

	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
