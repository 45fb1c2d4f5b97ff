/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * Allocations that fail: malloc(3) and its relatives of this program and its libraries. Not under a
 * sanitizer, which has its own.
 */
#include <stdbool.h>

/* The n-th allocation from now on fails, and all that follow; 0: none does. */
void memory_fixture_fail(unsigned n);

/* Whether one has failed since. */
bool memory_fixture_failed(void);

/* Whether allocations can be made to fail here. */
bool memory_fixture_works(void);
