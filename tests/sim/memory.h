/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * Allocations of the daemon, which can fail and are counted: its objects replace malloc(3) and its
 * relatives. What the world allocates is not counted, and never fails. Not with sanitizers, which
 * replace them too.
 */
#include <stdbool.h>
#include <stddef.h>

#include "crash.h"

/* Functions of the daemon run from now on, or not any more. */
void memory_enter(void);
void memory_leave(void);

/* One of so many allocations of the daemon fails; 0: none. */
void memory_fail(unsigned one_in);

/* Forgets what is allocated. */
void memory_begin(void);

/* Whether any do. */
bool memory_fails(void);

/* Allocations of the daemon that were not freed, and their bytes. */
size_t memory_count(void);
size_t memory_bytes(void);

/* The command that names the functions of this program that made them. */
void memory_name_callers(char ret[CRASH_TEXT_MAX]);

unsigned long memory_failed(void);

/* Whether one has failed lately: a job cannot be renewed then, and is hashed again. */
bool memory_was_short(void);
