/* SPDX-License-Identifier: MIT */
#include "memory_fixture.h"

#include <errno.h>
#include <stddef.h>

static unsigned left;
static bool failed;

void memory_fixture_fail(unsigned n)
{
	left = n;
	failed = false;
}

bool memory_fixture_failed(void)
{
	return failed;
}

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define MEMORY_FIXTURE_WORKS false
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer) || \
	__has_feature(memory_sanitizer)
#define MEMORY_FIXTURE_WORKS false
#endif
#endif
#ifndef MEMORY_FIXTURE_WORKS
#define MEMORY_FIXTURE_WORKS true

/* glibc's own names of what is replaced here. */
extern void *libc_malloc(size_t size) __asm__("__libc_malloc");
extern void *libc_calloc(size_t n, size_t size) __asm__("__libc_calloc");
extern void *libc_realloc(void *pointer, size_t size) __asm__("__libc_realloc");
void *malloc(size_t size);
void *calloc(size_t n, size_t size);
void *realloc(void *pointer, size_t size);

static bool fails(void)
{
	if (!left || --left)
		return false;
	left = 1;
	failed = true;
	errno = ENOMEM;
	return true;
}

void *malloc(size_t size)
{
	return fails() ? NULL : libc_malloc(size);
}

void *calloc(size_t n, size_t size)
{
	return fails() ? NULL : libc_calloc(n, size);
}

void *realloc(void *pointer, size_t size)
{
	return fails() ? NULL : libc_realloc(pointer, size);
}
#endif

bool memory_fixture_works(void)
{
	return MEMORY_FIXTURE_WORKS;
}
