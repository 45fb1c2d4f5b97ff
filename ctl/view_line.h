/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * A line of words in several styles, which is wrapped at the width of the terminal. Output only;
 * one thread.
 *
 *	view_line_begin -> view_line_add .. -> view_line_end
 */
#include "ctl/terminal.h"

enum {
	VIEW_LINE_MAX = 1024, /* bytes of a line; a longer one is cut */
	VIEW_LABEL = 12,      /* columns of a label */
};

struct view_line {
	const struct terminal *term;
	unsigned hang; /* columns before each further line */
	size_t used;   /* bytes of text */
	char text[VIEW_LINE_MAX];
	unsigned char style[VIEW_LINE_MAX]; /* enum terminal_style of each byte */
};

/* indent: spaces before the line. label: what the line begins with; NULL: none. */
void view_line_begin(struct view_line *line, const struct terminal *term, unsigned indent,
		     const char *label);

/* Adds text; what would move the cursor is replaced. */
void view_line_add(struct view_line *line, enum terminal_style style, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

/* Prints the text with the end of the line. */
void view_line_end(struct view_line *line);

/* A whole line of one style. */
void view_line_print(const struct terminal *term, unsigned indent, const char *label,
		     enum terminal_style style, const char *format, ...)
	__attribute__((format(printf, 5, 6)));
