/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * 256-bit numbers as the pool needs them: targets and hashes. Written apart from the daemon's own
 * arithmetic on purpose, so that a mistake in one is found by the other. Pure.
 */
#include <stdbool.h>
#include <stdint.h>

/* bit 0 of limb[0] is the least significant. */
struct number {
	uint64_t limb[4];
};

/* floor(0xffff * 2^208 / difficulty), or 2^256 - 1 where that is larger; difficulty > 0. */
void number_from_difficulty(struct number *ret, double difficulty);

/* A header's compact nbits; false: negative, zero or above 2^256 - 1. */
bool number_from_nbits(struct number *ret, uint32_t nbits);

/* The little-endian number that a hash is. */
void number_from_hash(struct number *ret, const uint8_t hash[32]);

/* a <= b */
bool number_at_most(const struct number *a, const struct number *b);

/* 0xffff * 2^208 / number, infinite for 0. */
double number_difficulty(const struct number *number);

/* 64 digits, most significant first, and a NUL: the way people write a block's hash. */
void number_to_hex(char ret[65], const struct number *number);
