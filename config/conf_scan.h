/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * Prepares a line of a configuration for libconfig. Three things make this necessary:
 *
 *  - libconfig 1.5 (Debian 12) cuts an integer to 32 bits without a word. An integer that needs
 * more is written as a float. From 1.7 on libconfig does this itself: conf_scan_number() can go
 * when 1.5 is no longer supported.
 *  - libconfig stops at the first key that a group has twice, and says neither which key nor where
 *    the first one is. Each key gets the number of its place in the text: "user" becomes "user*7"
 *    (libconfig allows * in a key), and conf_read.c, which takes the number away, finds the second.
 *  - A missing " or a typographic one would be seen by libconfig lines later, as a syntax error.
 *
 * Strings and comments are told apart for this, as for @include, and no more of the grammar is
 * known here. Internal to config/.
 */
#include <stddef.h>
#include <stdio.h>

enum {
	CONF_SCAN_REASON_MAX = 256,
	/* Groups, lists and arrays within each other; libconfig's parser is recursive. */
	CONF_SCAN_NESTING_MAX = 64,
};

/* From one line of a file to the next. */
struct conf_scan {
	unsigned comment;		   /* line that the open comment begins on, or 0 */
	unsigned nesting;		   /* brackets that are open */
	unsigned *n_keys;		   /* of the whole text, counted up */
	char reason[CONF_SCAN_REASON_MAX]; /* what is wrong with the line, "" for nothing */
};

/* Writes the line, of which the number is given, to out. */
void conf_scan_line(struct conf_scan *scan, const char *text, unsigned line, FILE *out);

/* The characters of a key without its number. */
size_t conf_scan_key(const char *name);
