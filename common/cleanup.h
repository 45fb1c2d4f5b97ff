/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * Ownership that can be judged locally: a variable marked CLEANUP(fn) is released when it leaves
 * its scope, TAKE() hands its value on and leaves it empty.
 */
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define CLEANUP(fn) __attribute__((cleanup(fn)))

/* Hands on the pointer and leaves NULL behind, so that the CLEANUP of the variable does nothing. */
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
