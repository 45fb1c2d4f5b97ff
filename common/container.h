/* SPDX-License-Identifier: MIT */
#pragma once

#include <stddef.h>

/* The structure of type TYPE that embeds MEMBER at POINTER. */
#define container_of(pointer, type, member) ((type *)((char *)(pointer)-offsetof(type, member)))

#define ARRAY_SIZE(array) (sizeof(array) / sizeof((array)[0]))

#define MIN(a, b)                              \
	({                                     \
		__auto_type min_a = (a);       \
		__auto_type min_b = (b);       \
		min_a < min_b ? min_a : min_b; \
	})

#define MAX(a, b)                              \
	({                                     \
		__auto_type max_a = (a);       \
		__auto_type max_b = (b);       \
		max_a > max_b ? max_a : max_b; \
	})
