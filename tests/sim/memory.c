/* SPDX-License-Identifier: MIT */
/* Invariant: `live` has each pointer that was allocated inside and is not freed, by its hash. */
#include "memory.h"

#include <errno.h>
#include <stdint.h>
#include <string.h>

#include "chance.h"
#include "common/clock.h"

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define MEMORY_WORKS false
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer) || \
	__has_feature(memory_sanitizer)
#define MEMORY_WORKS false
#endif
#endif
#ifndef MEMORY_WORKS
#define MEMORY_WORKS true
#endif

#define CALLER __builtin_return_address(0)

enum { MEMORY_SLOTS = 1 << 16, MEMORY_SHORT_S = 600 };

static struct {
	int inside;
	unsigned one_in;
	unsigned long failed;
	uint64_t failed_ns; /* when one failed last */
	size_t n, bytes;
	struct {
		void *pointer;
		void *caller;
	} live[MEMORY_SLOTS];
} memory;

void memory_enter(void)
{
	memory.inside++;
}

void memory_leave(void)
{
	memory.inside--;
}

void memory_fail(unsigned one_in)
{
	memory.one_in = one_in;
}

bool memory_fails(void)
{
	return memory.one_in != 0;
}

void memory_begin(void)
{
	memset(&memory, 0, sizeof(memory));
}

size_t memory_bytes(void)
{
	return memory.bytes;
}

size_t memory_count(void)
{
	return memory.n;
}

void memory_name_callers(char ret[CRASH_TEXT_MAX])
{
	void *callers[CRASH_PLACES_MAX];
	size_t n = 0, k;

	for (size_t i = 0; i < MEMORY_SLOTS && n < CRASH_PLACES_MAX; i++) {
		if (!memory.live[i].pointer)
			continue;
		for (k = 0; k < n && callers[k] != memory.live[i].caller; k++)
			;
		if (k == n)
			callers[n++] = memory.live[i].caller;
	}
	crash_name_places(ret, callers, n);
}

bool memory_was_short(void)
{
	return memory.failed_ns && clock_now() < memory.failed_ns + MEMORY_SHORT_S * CLOCK_S;
}

unsigned long memory_failed(void)
{
	return memory.failed;
}

#if MEMORY_WORKS
/* glibc's own names of what is replaced here. */
extern void *libc_malloc(size_t size) __asm__("__libc_malloc");
extern void *libc_calloc(size_t n, size_t size) __asm__("__libc_calloc");
extern void *libc_realloc(void *pointer, size_t size) __asm__("__libc_realloc");
extern void libc_free(void *pointer) __asm__("__libc_free");
size_t malloc_usable_size(void *pointer);
void *malloc(size_t size);
void *calloc(size_t n, size_t size);
void *realloc(void *pointer, size_t size);
void free(void *pointer);

static size_t place_of(const void *pointer)
{
	return ((uintptr_t)pointer >> 4) * UINT64_C(0x9e3779b97f4a7c15) >> 48;
}

static void *add(void *pointer, void *caller)
{
	size_t i = place_of(pointer);

	if (memory.inside <= 0 || !pointer || memory.n > MEMORY_SLOTS / 2)
		return pointer;
	while (memory.live[i].pointer)
		i = (i + 1) % MEMORY_SLOTS;
	memory.live[i].pointer = pointer;
	memory.live[i].caller = caller;
	memory.n++;
	memory.bytes += malloc_usable_size(pointer);
	return pointer;
}

/* Those behind a free place move up, so that they are found. */
static void close_up(size_t i)
{
	for (size_t k = (i + 1) % MEMORY_SLOTS; memory.live[k].pointer;
	     k = (k + 1) % MEMORY_SLOTS) {
		size_t home = place_of(memory.live[k].pointer);

		if ((k - home) % MEMORY_SLOTS < (k - i) % MEMORY_SLOTS)
			continue;
		memory.live[i] = memory.live[k];
		memory.live[k].pointer = NULL;
		i = k;
	}
}

static void take(void *pointer)
{
	size_t i = place_of(pointer);

	if (!pointer || !memory.n)
		return;
	while (memory.live[i].pointer && memory.live[i].pointer != pointer)
		i = (i + 1) % MEMORY_SLOTS;
	if (!memory.live[i].pointer)
		return;
	memory.live[i].pointer = NULL;
	memory.n--;
	memory.bytes -= malloc_usable_size(pointer);
	close_up(i);
}

/* Only calls of this program fail: json-c, for one, does not survive it. */
static bool fails(const void *caller)
{
	extern const char program_begin[] __asm__("__executable_start"),
		program_end[] __asm__("etext");

	if (memory.inside <= 0 || !memory.one_in || (const char *)caller < program_begin ||
	    (const char *)caller >= program_end || !chance_one_in(memory.one_in))
		return false;
	memory.failed++;
	memory.failed_ns = clock_now();
	errno = ENOMEM;
	return true;
}

void *malloc(size_t size)
{
	return fails(CALLER) ? NULL : add(libc_malloc(size), CALLER);
}

void *calloc(size_t n, size_t size)
{
	return fails(CALLER) ? NULL : add(libc_calloc(n, size), CALLER);
}

void *realloc(void *pointer, size_t size)
{
	void *other;

	if (fails(CALLER))
		return NULL;
	take(pointer);
	other = libc_realloc(pointer, size);
	return add(other ? other : pointer, CALLER);
}

char *strdup(const char *s)
{
	size_t size = strlen(s) + 1;
	char *copy = fails(CALLER) ? NULL : add(libc_malloc(size), CALLER);

	return copy ? memcpy(copy, s, size) : NULL;
}

void free(void *pointer)
{
	take(pointer);
	libc_free(pointer);
}
#endif
