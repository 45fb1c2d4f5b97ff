/* SPDX-License-Identifier: MIT */
#pragma once

/* Text in UTF-8 (RFC 3629). Pure, except for utf8_columns(); any thread. */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * The character at the beginning of the n bytes of text, and the bytes that it takes; 0: there is
 * none that is valid.
 */
size_t utf8_next(const char *text, size_t n, uint32_t *ret);

bool utf8_valid(const char *text, size_t n);

/* Replaces each byte that is not part of a valid character by '?', in place. */
void utf8_repair(char *text, size_t n);

/*
 * Columns of a terminal that a character takes, by the locale: 0, 1 or 2. A character that the
 * locale does not know takes 1.
 */
unsigned utf8_columns(uint32_t character);
