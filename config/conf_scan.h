/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * Prepares a line of a configuration for libconfig, which reads the result. A second lexer is
 * needed for what libconfig 1.5 (Debian 12) cannot do:
 *
 *  - It cuts an integer to 32 bits, silently. An integer that needs more becomes a float here.
 *    (libconfig 1.7 reads it as 64 bits: conf_scan_number() can go when 1.5 is not supported.)
 *  - It stops at the first duplicate key and does not say which key, nor where the first one is.
 *    Each key gets its number in the text: "user" becomes "user*7" (libconfig allows * in a key).
 *    conf_read.c removes the number, and reports every duplicate with both places.
 *  - It reports a missing or a typographic quote lines later, as "syntax error". Here the message
 *    names the line and the character.
 *  - It accepts a comment without an end, and with it loses every setting that follows.
 *  - It drops \x00 from a string.
 *
 * It does the rest: this knows of strings, comments, keys and numbers, and not of the grammar.
 * Internal to config/.
 */
#include <stddef.h>
#include <stdio.h>

enum { CONF_SCAN_REASON_MAX = 256 };

/* What one line of a file leaves for the next. */
struct conf_scan {
	unsigned comment;		   /* line that the open comment begins on, or 0 */
	unsigned *n_keys;		   /* keys of the whole text so far; borrowed */
	char reason[CONF_SCAN_REASON_MAX]; /* what is wrong with the line; "": nothing */
};

/* Writes line number `line` of the file, which is text, to out. */
void conf_scan_line(struct conf_scan *scan, const char *text, unsigned line, FILE *out);

/* The length of a key without its number. */
size_t conf_scan_key(const char *name);
