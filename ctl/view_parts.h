/* SPDX-License-Identifier: MIT */
#pragma once

/* What the views share: pieces of lines. Output alone; one thread. */
#include "ctl/terminal.h"

enum {
	VIEW_TEXT_MAX = 768, /* bytes of a piece; a longer one is cut */
	VIEW_LABEL = 12,     /* columns of a label */
};

/* The label at the beginning of a line, after indent spaces. */
void view_label(const struct terminal *term, unsigned indent, const char *label);

/* A piece in a style, with what would move the cursor replaced. */
void view_printf(const struct terminal *term, enum terminal_style style, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

/*
 * The rest of a line that has begun with indent columns, and its end: on a terminal it goes on
 * below itself where it is too long.
 */
void view_wrap(const struct terminal *term, enum terminal_style style, unsigned indent,
	       const char *format, ...) __attribute__((format(printf, 4, 5)));
