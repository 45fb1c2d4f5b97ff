/* SPDX-License-Identifier: MIT */
#pragma once

/* The end of main() in every unit test. Called in one thread. */
#include <check.h>
#include <stdlib.h>

/* Runs and frees the suite. Returns the exit status for main(). */
static inline int suite_main(Suite *suite)
{
	SRunner *runner = srunner_create(suite);
	int failed;

	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
