/* SPDX-License-Identifier: MIT */
#pragma once

/* Where output goes: colour and width only for a terminal, and no colour with NO_COLOR set. */
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

enum terminal_style {
	TERMINAL_PLAIN,
	TERMINAL_BOLD,
	TERMINAL_DIM,
	TERMINAL_GREEN,
	TERMINAL_YELLOW,
	TERMINAL_RED,
	TERMINAL_HEADING,
};

struct terminal {
	FILE *out;
	bool tty;
	bool colour;
	unsigned columns; /* 0: no limit */
	unsigned rows;
};

void terminal_init(struct terminal *term, FILE *out);

/* After a change of the window. */
void terminal_measure(struct terminal *term);

/* Prints text in a style, if there is colour. */
void terminal_print(const struct terminal *term, enum terminal_style style, const char *text);

/* Columns that a UTF-8 text takes. */
size_t terminal_width(const char *text);

/* Replaces what would move a cursor by '?', in place. Returns text. */
char *terminal_clean(char *text);
