/* SPDX-License-Identifier: MIT */
#pragma once

/* Hexadecimal digits to bytes and back. Pure; any thread. */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Decodes exactly 2 * n digits of either case; false (ret undefined) when one is not a digit. */
bool hex_decode(uint8_t *ret, size_t n, const char *digits);

/* Writes 2 * n lower-case digits and a NUL. */
void hex_encode(char *ret, const uint8_t *bytes, size_t n);

/* A number of 1 to 8 digits, unpadded allowed, as pools send version, nbits and ntime. */
bool hex_u32(uint32_t *ret, const char *digits, size_t n);
