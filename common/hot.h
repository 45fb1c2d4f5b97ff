/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * The code that handles a job is short, but runs only once in many seconds. By then it has left the
 * caches, and to fetch it line by line takes longer than to run it. So its functions are in a
 * section of their own, HOT, and hot_fetch() prefetches all of it first: the fetches overlap. Any
 * thread.
 */
#include <stddef.h>

/* The io thread's part, from a completion to the workers' inboxes. */
#define HOT __attribute__((section("hot_io")))

/* The worker's part, from its inbox to the first hash; a kernel's own code excepted. */
#define HOT_WORKER __attribute__((section("hot_worker")))

enum { HOT_LINE = 64 /* bytes of a cache line */ };

/* Where the sections begin and end; the names are the linker's. */
extern const char hot_io_begin[] __asm__("__start_hot_io");
extern const char hot_io_end[] __asm__("__stop_hot_io");
extern const char hot_worker_begin[] __asm__("__start_hot_worker");
extern const char hot_worker_end[] __asm__("__stop_hot_worker");

static inline void hot_fetch(const void *begin, const void *end)
{
	for (const char *line = begin; line < (const char *)end; line += HOT_LINE)
		__builtin_prefetch(line, 0, 2);
}
