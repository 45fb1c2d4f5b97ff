/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * Ownership that can be seen locally: a variable marked CLEANUP(fn) is released at the end of its
 * scope; TAKE() returns its value and empties it.
 */
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define CLEANUP(fn) __attribute__((cleanup(fn)))

/* Returns the pointer and sets the variable to NULL, so that its CLEANUP does nothing. */
#define TAKE(pointer)                                         \
	({                                                    \
		__typeof__(pointer) *take_where = &(pointer); \
		__typeof__(pointer) take_value = *take_where; \
		*take_where = NULL;                           \
		take_value;                                   \
	})

/* The same for a descriptor, which is -1 when empty. */
static inline int take_fd(int *fd)
{
	int value = *fd;

	*fd = -1;
	return value;
}

static inline void cleanup_free(void *pointer)
{
	free(*(void **)pointer);
}

static inline void cleanup_close(const int *fd)
{
	if (*fd >= 0)
		close(*fd);
}

static inline void cleanup_fclose(FILE **file)
{
	if (*file)
		fclose(*file);
}
