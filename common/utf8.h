/* SPDX-License-Identifier: MIT */
#pragma once

/* UTF-8 as RFC 3629 defines it: no overlong forms, no surrogates, nothing above U+10FFFF. Pure. */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The bytes of the character that text, of n > 0 bytes, begins with; 0: it is not UTF-8. */
size_t utf8_decode(uint32_t *ret, const char *text, size_t n);

/* The bytes before the first one that is not UTF-8; n when there is none. */
size_t utf8_prefix(const char *text, size_t n);

/* Replaces each byte that is not part of a character by '?', in place. */
void utf8_repair(char *text, size_t n);

/* A control character of ASCII, or of U+0080 to U+009F, which terminals obey too. */
bool utf8_is_control(uint32_t character);
