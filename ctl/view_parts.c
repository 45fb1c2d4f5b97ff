/* SPDX-License-Identifier: MIT */
#include "ctl/view_parts.h"

#include <stdarg.h>
#include <stdint.h>
#include <string.h>

enum { VIEW_WRAP_MIN = 16 /* columns that a wrapped text gets at least */ };

void view_label(const struct terminal *term, unsigned indent, const char *label)
{
	size_t wide = terminal_width(label);

	fprintf(term->out, "%*s", (int)indent, "");
	terminal_print(term, TERMINAL_DIM, label);
	fprintf(term->out, "%*s", (int)(wide < VIEW_LABEL ? VIEW_LABEL - wide : 1), "");
}

void view_printf(const struct terminal *term, enum terminal_style style, const char *format, ...)
{
	char text[VIEW_TEXT_MAX];
	va_list args;

	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	terminal_print(term, style, terminal_clean(text));
}

/* Bytes of text that a line of so many columns takes: up to a space, if there is one. */
static size_t view_fitting(const char *text, size_t columns)
{
	size_t n = 0, seen = 0, space = 0;

	for (; text[n]; n++) {
		seen += ((unsigned char)text[n] & 0xc0) != 0x80;
		if (seen > columns && (space || text[n] != ' '))
			return space ? space : n;
		if (text[n] == ' ')
			space = n;
	}
	return n;
}

void view_wrap(const struct terminal *term, enum terminal_style style, unsigned indent,
	       const char *format, ...)
{
	size_t columns = SIZE_MAX, n;
	char text[VIEW_TEXT_MAX];
	const char *rest = text;
	va_list args;

	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	terminal_clean(text);
	if (term->columns)
		columns = term->columns > indent + VIEW_WRAP_MIN ? term->columns - indent
								 : VIEW_WRAP_MIN;
	while (rest[n = view_fitting(rest, columns)]) {
		char piece[VIEW_TEXT_MAX];

		memcpy(piece, rest, n);
		piece[n] = '\0';
		terminal_print(term, style, piece);
		fprintf(term->out, "\n%*s", (int)indent, "");
		rest += n + strspn(rest + n, " ");
	}
	terminal_print(term, style, rest);
	fputs("\n", term->out);
}
