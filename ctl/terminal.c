/* SPDX-License-Identifier: MIT */
#include "ctl/terminal.h"

#include <langinfo.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>
#include <wchar.h>

#include "common/container.h"
#include "common/utf8.h"

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
	term->utf8 = strcmp(nl_langinfo(CODESET), "UTF-8") == 0;
	terminal_measure(term);
}

void terminal_print(const struct terminal *term, enum terminal_style style, const char *text)
{
	/* ECMA-48, select graphic rendition. */
	static const char *const codes[] = {
		[TERMINAL_PLAIN] = "",		[TERMINAL_BOLD] = "\033[1m",
		[TERMINAL_DIM] = "\033[2m",	[TERMINAL_GREEN] = "\033[32m",
		[TERMINAL_YELLOW] = "\033[33m", [TERMINAL_RED] = "\033[31m",
	};

	if (style == TERMINAL_PLAIN || !term->colour)
		fputs(text, term->out);
	else
		fprintf(term->out, "%s%s\033[0m", codes[style], text);
}

unsigned terminal_columns(uint32_t character)
{
	int columns = wcwidth((wchar_t)character);

	return columns < 0 ? 1 : (unsigned)columns;
}

size_t terminal_fitting(const char *text, size_t columns)
{
	size_t end = strlen(text), n = 0, length;
	uint32_t character;

	while (n < end) {
		unsigned wide = 1;

		length = utf8_decode(&character, text + n, end - n);
		if (length)
			wide = terminal_columns(character);
		if (wide > columns)
			break;
		columns -= wide;
		n += MAX(length, (size_t)1);
	}
	return n;
}

size_t terminal_width(const char *text)
{
	size_t end = strlen(text), width = 0, length;
	uint32_t character;

	for (size_t n = 0; n < end; n += MAX(length, (size_t)1)) {
		length = utf8_decode(&character, text + n, end - n);
		width += length ? terminal_columns(character) : 1;
	}
	return width;
}

/* Controls (C0, DEL, C1), ends of lines and paragraphs, and what changes the direction of text. */
static bool terminal_moves(uint32_t character)
{
	return utf8_is_control(character) || character == 0x61c || character == 0x200e ||
	       character == 0x200f || (character >= 0x2028 && character <= 0x202e) ||
	       (character >= 0x2066 && character <= 0x2069) || character == 0xfeff;
}

char *terminal_clean(char *text)
{
	size_t end = strlen(text), used = 0, length;
	uint32_t character;

	for (size_t n = 0; n < end; n += MAX(length, (size_t)1)) {
		length = utf8_decode(&character, text + n, end - n);
		if (!length || terminal_moves(character)) {
			text[used++] = '?';
			continue;
		}
		memmove(text + used, text + n, length);
		used += length;
	}
	text[used] = '\0';
	return text;
}

/* What stands for a character beyond ASCII. */
static char terminal_substitute(uint32_t character)
{
	switch (character) {
	case 0xb5: /* micro sign */
		return 'u';
	case 0x2026: /* ellipsis */
		return '~';
	case 0x25cf: /* black circle */
		return '*';
	default:
		return '?';
	}
}

char *terminal_ascii(char *text)
{
	size_t end = strlen(text), used = 0, length;
	uint32_t character;

	for (size_t n = 0; n < end; n += MAX(length, (size_t)1)) {
		length = utf8_decode(&character, text + n, end - n);
		if (length != 1)
			text[used++] = terminal_substitute(length ? character : 0);
		else
			text[used++] = text[n];
	}
	text[used] = '\0';
	return text;
}
