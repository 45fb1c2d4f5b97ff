/* SPDX-License-Identifier: MIT */
#pragma once

/* Sets of CPUs as text: "0-7,16", in the configuration as in /sys. Pure; any thread. */
#include <sched.h>
#include <stdbool.h>

enum { CPUS_TEXT_MAX = 128 /* characters of a set that a message shows */ };

/* false: syntax, an empty list, or a CPU number from CPU_SETSIZE on. */
bool cpus_parse(cpu_set_t *ret, const char *text);

/* A set that does not fit ends in "..". Returns ret. */
const char *cpus_format(char ret[CPUS_TEXT_MAX], const cpu_set_t *cpus);
