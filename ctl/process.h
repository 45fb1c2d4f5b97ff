/* SPDX-License-Identifier: MIT */
#pragma once

/* What proc(5) says about another process. Any thread. */
#include <stdbool.h>
#include <sys/types.h>

enum { PROCESS_NAME_MAX = 32 };

/* The name, safe for a terminal; false: there is no such process, or it is hidden. */
bool process_name(char ret[PROCESS_NAME_MAX], pid_t pid);

/* Whether a signal or a debugger has stopped it. */
bool process_stopped(pid_t pid);
