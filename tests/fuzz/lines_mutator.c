/* SPDX-License-Identifier: MIT */
/*
 * Changes an input of lines by whole lines, half of the times: what libFuzzer does to bytes alone
 * leaves few lines that a server would say, in an order in which it never says them.
 */
#include <stdlib.h>
#include <string.h>

#include "common/container.h"
#include "fuzz.h"

enum { LINE_MAX_TIMES = 4 /* that a line is repeated */ };

size_t LLVMFuzzerMutate(uint8_t *data, size_t size, size_t max);
size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t max, unsigned seed);
size_t LLVMFuzzerCustomCrossOver(const uint8_t *a, size_t a_size, const uint8_t *b, size_t b_size,
				 uint8_t *ret, size_t max, unsigned seed);

/* Where a line begins that is chosen by a number; the first byte of the input is none. */
static size_t line_begin(const uint8_t *data, size_t size, unsigned number)
{
	size_t at = 1 + number % size;

	while (at > 1 && data[at - 1] != '\n')
		at--;
	return MIN(at, size);
}

static size_t line_size(const uint8_t *data, size_t size, size_t begin)
{
	const uint8_t *end = begin < size ? memchr(data + begin, '\n', size - begin) : NULL;

	return end ? (size_t)(end - data) + 1 - begin : size - begin;
}

/* Puts n bytes in at `at`, where there is room for them. */
static size_t insert(uint8_t *data, size_t size, size_t at, const uint8_t *bytes, size_t n)
{
	memmove(data + at + n, data + at, size - at);
	memcpy(data + at, bytes, n);
	return size + n;
}

static size_t mutate_lines(uint8_t *data, size_t size, size_t max, unsigned *seed)
{
	size_t from = line_begin(data, size, (unsigned)rand_r(seed));
	size_t n = line_size(data, size, from), to;
	unsigned kind = (unsigned)rand_r(seed) % 3;
	unsigned times = kind == 0 ? 1 + (unsigned)rand_r(seed) % LINE_MAX_TIMES : kind == 1;
	uint8_t *line = malloc(n ? n : 1);

	if (!line)
		abort();
	memcpy(line, data + from, n);
	/* It is repeated elsewhere, goes elsewhere, or goes away. */
	if (kind != 0) {
		memmove(data + from, data + from + n, size - from - n);
		size -= n;
	}
	to = size ? line_begin(data, size, (unsigned)rand_r(seed)) : 0;
	for (; times && size + n <= max; times--)
		size = insert(data, size, to, line, n);
	free(line);
	return size;
}

size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t max, unsigned seed)
{
	if (size < 2 || rand_r(&seed) & 1)
		return LLVMFuzzerMutate(data, size, max);
	return mutate_lines(data, size, max, &seed);
}

/* The beginning of one and the end of the other. */
size_t LLVMFuzzerCustomCrossOver(const uint8_t *a, size_t a_size, const uint8_t *b, size_t b_size,
				 uint8_t *ret, size_t max, unsigned seed)
{
	size_t head = a_size > 1 ? line_begin(a, a_size, (unsigned)rand_r(&seed)) : a_size;
	size_t tail = b_size > 1 ? line_begin(b, b_size, (unsigned)rand_r(&seed)) : b_size;
	size_t n = MIN(head, max), rest = MIN(b_size - tail, max - n);

	memcpy(ret, a, n);
	memcpy(ret + n, b + tail, rest);
	return n + rest;
}
