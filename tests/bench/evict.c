/* SPDX-License-Identifier: MIT */
#include "evict.h"

#include <sched.h>
#include <stddef.h>
#include <sys/mman.h>

enum {
	EVICT_SIZE = 64 << 20, /* bytes: more than caches hold and TLBs reach */
	EVICT_LINE = 64,
};

static volatile char *evict_memory(void)
{
	static volatile char *memory;

	if (memory)
		return memory;
	memory = mmap(NULL, EVICT_SIZE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (memory == MAP_FAILED)
		return memory = NULL;
	/* In small pages, each of which takes its place in the TLBs. */
	madvise((void *)memory, EVICT_SIZE, MADV_NOHUGEPAGE);
	return memory;
}

static void evict_here(volatile char *memory)
{
	for (size_t i = 0; i < EVICT_SIZE; i += EVICT_LINE)
		memory[i]++;
}

bool evict_all(void)
{
	volatile char *memory = evict_memory();
	cpu_set_t allowed, one;

	if (!memory || sched_getaffinity(0, sizeof(allowed), &allowed) < 0)
		return false;
	for (unsigned cpu = 0; cpu < CPU_SETSIZE; cpu++) {
		if (!CPU_ISSET(cpu, &allowed))
			continue;
		CPU_ZERO(&one);
		CPU_SET(cpu, &one);
		if (sched_setaffinity(0, sizeof(one), &one) < 0)
			return false;
		evict_here(memory);
	}
	return sched_setaffinity(0, sizeof(allowed), &allowed) == 0;
}
