/* SPDX-License-Identifier: MIT */
#pragma once

/* Where in the program something happened, also if the process crashes. */
#include <stddef.h>

enum { CRASH_PLACES_MAX = 24, CRASH_TEXT_MAX = 512 };

/* A signal that a crash causes first prints the last lines of the trace and the calls. */
void crash_watch(void);

/*
 * Writes the command that names places in this program: "addr2line -fpe sim 0x1234 ..". places:
 * what
 * __builtin_return_address() returns; those of libraries are left out.
 */
void crash_name_places(char ret[CRASH_TEXT_MAX], void *const *places, size_t n);
