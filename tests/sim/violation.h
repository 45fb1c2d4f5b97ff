/* SPDX-License-Identifier: MIT */
#pragma once

/* A rule does not hold: the trace and the reason go to stderr, and the process ends. */
#include <stdbool.h>
#include <stddef.h>

enum {
	VIOLATION_EXIT = 10, /* exit status */
	VIOLATION_RULE_MAX = 256,
};

/* Also writes the rule that does not hold, without its figures, to memory of that size. */
void violation_rule_to(char *ret);

#define VIOLATION_IF(condition, ...)            \
	do {                                    \
		if (condition)                  \
			violation(__VA_ARGS__); \
	} while (0)

void violation(const char *format, ...) __attribute__((format(printf, 1, 2), noreturn));
