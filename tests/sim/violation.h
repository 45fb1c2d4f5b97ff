/* SPDX-License-Identifier: MIT */
#pragma once

/* A rule does not hold: the trace and the reason go to stderr, and the process ends. */
#include <stdbool.h>
#include <stddef.h>

enum { VIOLATION_EXIT = 10 /* exit status */ };

#define VIOLATION_IF(condition, ...)            \
	do {                                    \
		if (condition)                  \
			violation(__VA_ARGS__); \
	} while (0)

void violation(const char *format, ...) __attribute__((format(printf, 1, 2), noreturn));
