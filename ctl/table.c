/* SPDX-License-Identifier: MIT */
#include "ctl/table.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "common/assert.h"
#include "common/container.h"

enum {
	TABLE_GAP = 2,	      /* spaces between columns */
	TABLE_CELL_MAX = 512, /* bytes of a cell that is cut */
};

void table_init(struct table *table, const struct table_column *columns)
{
	*table = (struct table){.columns = columns};
	while (columns[table->n_columns].title)
		table->n_columns++;
	assert(table->n_columns <= TABLE_COLUMNS_MAX);
}

void table_deinit(struct table *table)
{
	for (size_t i = 0; i < table->n_cells; i++)
		free(table->cells[i].text);
	free(table->cells);
	*table = (struct table){};
}

void table_add(struct table *table, enum terminal_style style, const char *format, ...)
{
	va_list args;
	char *text;
	int n;

	if (table->n_cells == table->room) {
		size_t room = MAX(table->room * 2, (size_t)64);
		struct table_cell *cells = reallocarray(table->cells, room, sizeof(*cells));

		if (!cells) {
			table->failed = true;
			return;
		}
		table->cells = cells;
		table->room = room;
	}
	va_start(args, format);
	n = vasprintf(&text, format, args);
	va_end(args);
	if (n < 0) {
		table->failed = true;
		return;
	}
	table->cells[table->n_cells++] = (struct table_cell){terminal_clean(text), style};
}

/* The columns that a line takes; *ret_cut: the widest that may be cut further, or n_columns. */
static size_t table_total(const struct table *table, const size_t *widths, bool keep,
			  size_t *ret_cut)
{
	size_t total = 0;

	*ret_cut = table->n_columns;
	for (size_t i = 0; i < table->n_columns; i++) {
		size_t least = MAX(keep ? table->columns[i].keep : 0, (unsigned)TABLE_CUT_MIN);

		total += widths[i] ? widths[i] + (total ? TABLE_GAP : 0) : 0;
		if (table->columns[i].cut && widths[i] > least &&
		    (*ret_cut == table->n_columns || widths[i] > widths[*ret_cut]))
			*ret_cut = i;
	}
	return total;
}

/* Cuts until the table fits, and leaves columns out where that is not enough; width 0: left out. */
static void table_fit(const struct table *table, size_t *widths, size_t limit)
{
	size_t whole[TABLE_COLUMNS_MAX], cut, drop = table->n_columns;

	memcpy(whole, widths, table->n_columns * sizeof(*widths));
	while (table_total(table, widths, drop > 0, &cut) > limit) {
		if (cut < table->n_columns) {
			widths[cut]--;
			continue;
		}
		if (!drop)
			return;
		while (drop && !table->columns[drop - 1].drop)
			drop--;
		if (drop)
			whole[--drop] = 0;
		memcpy(widths, whole, table->n_columns * sizeof(*widths));
	}
}

/* Prints text in width columns: padded, or cut with an ellipsis. */
static void table_print_cell(const struct terminal *term, bool right, enum terminal_style style,
			     const char *text, size_t width, bool last)
{
	char cut[TABLE_CELL_MAX];
	size_t wide, pad;

	if (terminal_width(text) > width) {
		size_t n = MIN(terminal_fitting(text, width - 1), sizeof(cut) - sizeof("…"));

		memcpy(cut, text, n);
		strcpy(cut + n, "…");
		text = cut;
	}
	wide = terminal_width(text);
	pad = wide < width ? width - wide : 0;
	if (right)
		fprintf(term->out, "%*s", (int)pad, "");
	terminal_print(term, style, text);
	if (!right && !last)
		fprintf(term->out, "%*s", (int)pad, "");
}

/* A row; NULL: the titles. */
static void table_print_row(const struct table *table, const struct terminal *term, unsigned indent,
			    const size_t *widths, const struct table_cell *row)
{
	size_t last = table->n_columns - 1;
	bool first = true;

	while (last && !widths[last])
		last--;
	fprintf(term->out, "%*s", (int)indent, "");
	for (size_t i = 0; i <= last; i++) {
		if (!widths[i])
			continue;
		fprintf(term->out, "%*s", first ? 0 : TABLE_GAP, "");
		table_print_cell(term, table->columns[i].right, row ? row[i].style : TERMINAL_DIM,
				 row ? row[i].text : table->columns[i].title, widths[i], i == last);
		first = false;
	}
	fputs("\n", term->out);
}

void table_print(const struct table *table, const struct terminal *term, unsigned indent)
{
	size_t widths[TABLE_COLUMNS_MAX];

	if (table->failed || !table->n_columns)
		return;
	for (size_t i = 0; i < table->n_columns; i++)
		widths[i] = terminal_width(table->columns[i].title);
	for (size_t i = 0; i < table->n_cells; i++) {
		size_t width = terminal_width(table->cells[i].text);

		widths[i % table->n_columns] = MAX(widths[i % table->n_columns], width);
	}
	if (term->columns)
		table_fit(table, widths, term->columns > indent ? term->columns - indent : 1);
	table_print_row(table, term, indent, widths, NULL);
	for (size_t i = 0; i + table->n_columns <= table->n_cells; i += table->n_columns)
		table_print_row(table, term, indent, widths, &table->cells[i]);
}
