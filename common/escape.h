/* SPDX-License-Identifier: MIT */
#pragma once

/* Escapes bytes of a peer for a log line or a terminal. Pure; any thread. */
#include <stddef.h>

/*
 * Writes at most size - 1 characters and a NUL: printable ASCII as it is, '\' doubled, everything
 * else as \xNN. A text that does not fit ends in "...". size is at least 8. Returns ret.
 */
char *escape_text(char *ret, size_t size, const char *text, size_t n);
