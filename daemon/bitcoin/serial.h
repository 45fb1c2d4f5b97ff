/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * Reads what Bitcoin serialises: little-endian numbers and counts in their shortest form. A reader
 * never stands behind its end, and once something was missing it stays failed and gives zeros, so
 * that only its end has to look. Pure; any thread.
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct serial {
	const uint8_t *bytes;
	size_t size, at;
	bool failed;
};

/* The next n bytes, or NULL. */
static inline const uint8_t *serial_take(struct serial *serial, uint64_t n)
{
	const uint8_t *bytes = serial->bytes + serial->at;

	if (serial->failed || n > serial->size - serial->at) {
		serial->failed = true;
		return NULL;
	}
	serial->at += (size_t)n;
	return bytes;
}

/* A number of n bytes, at most 8. */
static inline uint64_t serial_number(struct serial *serial, unsigned n)
{
	const uint8_t *bytes = serial_take(serial, n);
	uint64_t value = 0;

	for (unsigned i = 0; bytes && i < n; i++)
		value |= (uint64_t)bytes[i] << (8 * i);
	return value;
}

/* A count in its only right form, the shortest. */
static inline uint64_t serial_compact(struct serial *serial)
{
	uint64_t first = serial_number(serial, 1), value, least;

	if (first < 0xfd)
		return first;
	value = serial_number(serial, 2u << (first - 0xfd));
	least = first == 0xfd ? 0xfd : UINT64_C(1) << (8u << (first - 0xfd));
	if (value < least)
		serial->failed = true;
	return serial->failed ? 0 : value;
}
