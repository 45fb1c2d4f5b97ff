/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * Allocations of the daemon, which can fail and are counted: its objects replace malloc(3) and its
 * relatives. What the world allocates is not counted, and never fails. Not with sanitizers, which
 * replace them too.
 */
#include <stdbool.h>
#include <stddef.h>

/* Functions of the daemon run from now on, or not any more. */
void memory_enter(void);
void memory_leave(void);

/* One of so many allocations of the daemon fails; 0: none. */
void memory_fail(unsigned one_in);

/* Forgets what is allocated. */
void memory_begin(void);

/* Allocations of the daemon that were not freed. */
/* Whether any do. */
bool memory_fails(void);

size_t memory_count(void);

unsigned long memory_failed(void);
