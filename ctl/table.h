/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * A table with aligned columns. For a terminal that is too narrow, columns marked `cut` are
 * shortened first, the widest first, down to what they keep. Then columns marked `drop` are left
 * out, the last first. Then the others marked `cut` are shortened further. One thread.
 */
#include <stdbool.h>
#include <stddef.h>

#include "ctl/terminal.h"

enum { TABLE_COLUMNS_MAX = 12, TABLE_CUT_MIN = 8 /* columns that a cut cell keeps */ };

struct table_column {
	const char *title;
	unsigned keep; /* columns that it keeps while others can be left out */
	bool right;    /* aligned */
	bool cut;      /* may be shortened */
	bool drop;     /* may be left out */
};

struct table_cell {
	char *text;
	enum terminal_style style;
};

struct table {
	const struct table_column *columns; /* ends with an empty title */
	size_t n_columns;
	struct table_cell *cells; /* row by row */
	size_t n_cells, room;
	bool failed; /* allocation failed: nothing is printed */
};

/* columns: borrowed, ends with {}, of at most TABLE_COLUMNS_MAX. */
void table_init(struct table *table, const struct table_column *columns);
void table_deinit(struct table *table);

/* The next cell, left to right and row by row. */
void table_add(struct table *table, enum terminal_style style, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

/* indent: spaces before each line. */
void table_print(const struct table *table, const struct terminal *term, unsigned indent);
