/* SPDX-License-Identifier: MIT */
#include "ctl/terminal.h"

#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

enum { TERMINAL_COLUMNS = 80, TERMINAL_ROWS = 24 };

void terminal_measure(struct terminal *term)
{
	struct winsize size;

	term->columns = 0;
	term->rows = TERMINAL_ROWS;
	if (!term->tty)
		return;
	term->columns = TERMINAL_COLUMNS;
	if (ioctl(fileno(term->out), TIOCGWINSZ, &size) < 0)
		return;
	if (size.ws_col)
		term->columns = size.ws_col;
	if (size.ws_row)
		term->rows = size.ws_row;
}

void terminal_init(struct terminal *term, FILE *out)
{
	const char *kind = getenv("TERM"), *no_colour = getenv("NO_COLOR");

	*term = (struct terminal){.out = out, .tty = isatty(fileno(out))};
	term->colour =
		term->tty && (!no_colour || !*no_colour) && (!kind || strcmp(kind, "dumb") != 0);
	terminal_measure(term);
}

void terminal_print(const struct terminal *term, enum terminal_style style, const char *text)
{
	/* ECMA-48, select graphic rendition. */
	static const char *const codes[] = {
		[TERMINAL_PLAIN] = "",
		[TERMINAL_BOLD] = "\033[1m",
		[TERMINAL_DIM] = "\033[2m",
		[TERMINAL_GREEN] = "\033[32m",
		[TERMINAL_YELLOW] = "\033[33m",
		[TERMINAL_RED] = "\033[31m",
		[TERMINAL_HEADING] = "\033[1;4m",
	};

	if (style == TERMINAL_PLAIN || !term->colour)
		fputs(text, term->out);
	else
		fprintf(term->out, "%s%s\033[0m", codes[style], text);
}

size_t terminal_width(const char *text)
{
	size_t width = 0;

	for (; *text; text++)
		width += ((unsigned char)*text & 0xc0) != 0x80;
	return width;
}

char *terminal_clean(char *text)
{
	for (unsigned char *c = (unsigned char *)text; *c; c++) {
		/* C0, DEL, and C1 as UTF-8 has it: C2 80 .. C2 9F. */
		if (*c < 0x20 || *c == 0x7f)
			*c = '?';
		else if (c[0] == 0xc2 && c[1] >= 0x80 && c[1] < 0xa0)
			c[0] = c[1] = '?';
	}
	return text;
}
