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

/* The io thread's part of a share, from the hit to what is sent. */
#define HOT_SHARE __attribute__((section("hot_share")))

/* The worker's part, from its inbox to the first hash; a kernel's own code excepted. */
#define HOT_WORKER __attribute__((section("hot_worker")))

enum { HOT_LINE = 64 /* bytes of a cache line */ };

/* Where the sections begin and end; the names are the linker's. A test may have none of them. */
#define HOT_NAME(name) __asm__(name) __attribute__((weak))
extern const char hot_io_begin[] HOT_NAME("__start_hot_io");
extern const char hot_io_end[] HOT_NAME("__stop_hot_io");
extern const char hot_share_begin[] HOT_NAME("__start_hot_share");
extern const char hot_share_end[] HOT_NAME("__stop_hot_share");
extern const char hot_worker_begin[] HOT_NAME("__start_hot_worker");
extern const char hot_worker_end[] HOT_NAME("__stop_hot_worker");

static inline void hot_fetch(const void *begin, const void *end)
{
	for (const char *line = begin; line < (const char *)end; line += HOT_LINE)
		__builtin_prefetch(line, 0, 2);
}
