/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * Targets, hashes as numbers, and difficulty. A header's hash is compared as a little-endian
 * 256-bit number. Difficulty 1 is the target 0x00000000ffff0000...0. Pure; any thread.
 */
#include <stdbool.h>
#include <stdint.h>

/* A 256-bit number, word[0] the least significant. */
struct target {
	uint32_t word[8];
};

/*
 * floor(diff1 / difficulty), computed in 256 bits and held at 2^256 - 1 for a difficulty so small
 * that every hash meets it. false: not a number, infinite, or not above 0.
 */
bool target_from_difficulty(struct target *ret, double difficulty);

/* The compact form of a header's nbits; false: negative, overflowing or zero. */
bool target_from_nbits(struct target *ret, uint32_t nbits);

/* The number that a 32-byte hash is. */
void target_from_hash(struct target *ret, const uint8_t hash[32]);

/* As block explorers show a hash: 64 digits, the most significant first, and a NUL. */
enum { TARGET_TEXT_MAX = 65 };
char *target_text(char ret[TARGET_TEXT_MAX], const struct target *number);

/* hash <= target */
bool target_met(const struct target *target, const struct target *hash);

/* diff1 / number, the difficulty that a hash or target has; infinite for 0. */
double target_difficulty(const struct target *number);

/* 2^256 / (target + 1): of how many hashes one meets the target, on average; from 1. */
double target_hashes(const struct target *target);

/*
 * The bits that are zero in the last state word (as SHA-256 yields it, before the bytes are
 * stored) of every hash that meets the target: a superset filter for kernels.
 */
uint32_t target_top_mask(const struct target *target);
