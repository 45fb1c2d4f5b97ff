/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * The way of a job is short, but it is gone once in many seconds: by then its code has left the
 * caches, and fetching it line by line as it is reached takes longer than running it. So the
 * functions of that way lie side by side in a section of their own, HOT, and whoever sets out on
 * it first asks for all of them: the fetches overlap. Any thread.
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
