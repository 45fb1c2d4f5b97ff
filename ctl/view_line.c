/* SPDX-License-Identifier: MIT */
#include "ctl/view_line.h"

#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include "common/container.h"

enum { VIEW_WRAP_MIN = 16 /* columns that a wrapped text gets at least */ };

static void __attribute__((format(printf, 3, 0)))
view_line_vadd(struct view_line *line, enum terminal_style style, const char *format, va_list args)
{
	size_t room = sizeof(line->text) - line->used;
	char *text = line->text + line->used;
	size_t n;

	vsnprintf(text, room, format, args);
	n = strlen(terminal_clean(text));
	memset(line->style + line->used, (int)style, n);
	line->used += n;
}

void view_line_add(struct view_line *line, enum terminal_style style, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	view_line_vadd(line, style, format, args);
	va_end(args);
}

void view_line_begin(struct view_line *line, const struct terminal *term, unsigned indent,
		     const char *label)
{
	line->term = term;
	line->hang = indent + (label ? VIEW_LABEL : 0);
	line->used = 0;
	line->text[0] = '\0';
	fprintf(term->out, "%*s", (int)indent, "");
	if (!label)
		return;
	terminal_print(term, TERMINAL_DIM, label);
	fprintf(term->out, "%*s", MAX(VIEW_LABEL - (int)terminal_width(label), 1), "");
}

/* Bytes of text that fit into so many columns: up to a space, if there is one. */
static size_t view_line_fitting(const char *text, size_t columns)
{
	size_t n = terminal_fitting(text, columns), space = n;

	if (!text[n] || text[n] == ' ')
		return n;
	while (space && text[space] != ' ')
		space--;
	/* Neither may the spaces before the first word be all that there is on a line. */
	return space > strspn(text, " ") ? space : MAX(n, (size_t)1);
}

/* Prints n bytes from start on, each run of a style as one. */
static void view_line_styled(const struct view_line *line, size_t start, size_t n)
{
	char run[VIEW_LINE_MAX];

	for (size_t end; n; start += end, n -= end) {
		for (end = 1; end < n && line->style[start + end] == line->style[start];)
			end++;
		memcpy(run, line->text + start, end);
		run[end] = '\0';
		terminal_print(line->term, (enum terminal_style)line->style[start], run);
	}
}

void view_line_end(struct view_line *line)
{
	const struct terminal *term = line->term;
	size_t columns = SIZE_MAX, start = 0, n;

	if (term->columns)
		columns = term->columns > line->hang + VIEW_WRAP_MIN ? term->columns - line->hang
								     : VIEW_WRAP_MIN;
	for (;;) {
		n = view_line_fitting(line->text + start, columns);
		view_line_styled(line, start, n);
		start += n;
		start += strspn(line->text + start, " ");
		if (!line->text[start])
			break;
		fprintf(term->out, "\n%*s", (int)line->hang, "");
	}
	fputs("\n", term->out);
}

void view_line_print(const struct terminal *term, unsigned indent, const char *label,
		     enum terminal_style style, const char *format, ...)
{
	struct view_line line;
	va_list args;

	view_line_begin(&line, term, indent, label);
	va_start(args, format);
	view_line_vadd(&line, style, format, args);
	va_end(args);
	view_line_end(&line);
}
