/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * Where output goes: colour and a width only for a terminal, no colour with NO_COLOR set, and ASCII
 * only where the locale is not UTF-8. One thread.
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

enum terminal_style {
	TERMINAL_PLAIN,
	TERMINAL_BOLD,
	TERMINAL_DIM,
	TERMINAL_GREEN,
	TERMINAL_YELLOW,
	TERMINAL_RED,
};

struct terminal {
	FILE *out;
	bool tty;
	bool colour;
	bool utf8;	  /* of the locale */
	unsigned columns; /* 0: no limit */
	unsigned rows;
};

/* setlocale(3) comes first. */
void terminal_init(struct terminal *term, FILE *out);

/* After a change of the window. */
void terminal_measure(struct terminal *term);

/* Prints text in a style, if there is colour. */
void terminal_print(const struct terminal *term, enum terminal_style style, const char *text);

/*
 * Columns that a character takes, by the locale: 0, 1 or 2; 1 for a character that the locale does
 * not know.
 */
unsigned terminal_columns(uint32_t character);

/* Columns that a text in UTF-8 takes. */
size_t terminal_width(const char *text);

/* Bytes of text that fit into so many columns. */
size_t terminal_fitting(const char *text, size_t columns);

/*
 * Replaces by '?' what would move the cursor or reorder the line, and what is not UTF-8; in place.
 * Returns text.
 */
char *terminal_clean(char *text);

/* Puts one ASCII character in the place of each that is not ASCII, in place. Returns text. */
char *terminal_ascii(char *text);
