/* SPDX-License-Identifier: MIT */
#include "config/conf_scan.h"

#include <ctype.h>
#include <limits.h>
#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "common/utf8.h"

/* Whether a character may be part of a key or a number. */
static bool conf_scan_in_word(char c)
{
	return isalnum((unsigned char)c) || (c && strchr("_-+*.", c));
}

size_t conf_scan_key(const char *name)
{
	const char *star = strrchr(name, '*');

	return star ? (size_t)(star - name) : strlen(name);
}

/* A whole number, in decimal or hexadecimal digits, that may end with L as a long one. */
static bool conf_scan_is_integer(const char *word, size_t n)
{
	size_t at = strspn(word, "+-") ? 1 : 0, digits;

	if (word[at] == '0' && (word[at + 1] == 'x' || word[at + 1] == 'X')) {
		at += 2;
		digits = strspn(word + at, "0123456789abcdefABCDEF");
	} else {
		digits = strspn(word + at, "0123456789");
	}
	at += digits;
	return digits && at + strspn(word + at, "L") == n;
}

/* An integer beyond 32 bits becomes a float. */
static void conf_scan_number(const char *word, size_t n, FILE *out)
{
	double value = conf_scan_is_integer(word, n) ? strtod(word, NULL) : 0;

	if (value >= INT_MIN && value <= INT_MAX)
		fwrite(word, 1, n, out);
	else if (isinf(value))
		fprintf(out, "%c9.0e999", value < 0 ? '-' : ' ');
	else
		fprintf(out, "%.17e", value);
}

static void conf_scan_word(struct conf_scan *scan, const char *word, size_t n, FILE *out)
{
	bool value = (n == 4 && strncasecmp(word, "true", 4) == 0) ||
		     (n == 5 && strncasecmp(word, "false", 5) == 0);

	if (!isalpha((unsigned char)word[0]) && word[0] != '*')
		conf_scan_number(word, n, out);
	else if (value)
		fwrite(word, 1, n, out);
	else
		fprintf(out, "%.*s*%u", (int)n, word, ++*scan->n_keys);
}

/* The bytes of a string with its quotes. */
static size_t conf_scan_string(struct conf_scan *scan, const char *text, FILE *out)
{
	size_t n = 1;

	while (text[n] && text[n] != '"') {
		if (strncasecmp(text + n, "\\x00", 4) == 0)
			snprintf(scan->reason, sizeof(scan->reason),
				 "\\x00 ends the string: no character of it may be NUL");
		n += text[n] == '\\' && text[n + 1] ? 2 : 1;
	}
	if (text[n]) {
		fwrite(text, 1, n + 1, out);
		return n + 1;
	}
	snprintf(scan->reason, sizeof(scan->reason),
		 "a string has no end on this line: a \" is missing, or there is one too many");
	fputs("\"\"", out);
	return n;
}

/* The bytes of an open comment on this line, with its end. */
static size_t conf_scan_comment(struct conf_scan *scan, const char *text)
{
	const char *end = strstr(text, "*/");

	if (!end)
		return strlen(text);
	scan->comment = 0;
	return (size_t)(end - text) + 2;
}

/* The bytes of a character that libconfig does not know outside of strings. */
static size_t conf_scan_other(struct conf_scan *scan, const char *text, FILE *out)
{
	uint32_t character = 0;
	size_t n = utf8_decode(&character, text, strlen(text));

	fputc(' ', out);
	if (n)
		snprintf(scan->reason, sizeof(scan->reason),
			 "the character %.*s (U+%04X) cannot stand outside of a string; quotes are "
			 "\" and spaces plain ones",
			 (int)n, text, character);
	return n ? n : 1;
}

void conf_scan_line(struct conf_scan *scan, const char *text, unsigned line, FILE *out)
{
	scan->reason[0] = '\0';
	while (*text) {
		size_t n = 1;

		if (!scan->comment && strncmp(text, "/*", 2) == 0) {
			scan->comment = line;
			n = 2;
			fputc(' ', out); /* a comment separates two words */
		} else if (scan->comment) {
			n = conf_scan_comment(scan, text);
		} else if (*text == '#' || strncmp(text, "//", 2) == 0) {
			return;
		} else if (*text == '"') {
			n = conf_scan_string(scan, text, out);
		} else if (conf_scan_in_word(*text)) {
			while (conf_scan_in_word(text[n]))
				n++;
			conf_scan_word(scan, text, n, out);
		} else if ((unsigned char)*text >= 0x80) {
			n = conf_scan_other(scan, text, out);
		} else {
			fputc(*text, out);
		}
		text += n;
	}
}
