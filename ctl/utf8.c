/* SPDX-License-Identifier: MIT */
#include "ctl/utf8.h"

#include <wchar.h>

/* The length that the first byte announces, and the bits of the character in that byte. */
static size_t utf8_length(unsigned char first, uint32_t *ret_bits)
{
	if (first < 0x80) {
		*ret_bits = first;
		return 1;
	}
	/* 0xc0, 0xc1: longer than necessary. Above 0xf4: beyond the last character. */
	if (first < 0xc2 || first > 0xf4)
		return 0;
	*ret_bits = first & (first < 0xe0 ? 0x1f : first < 0xf0 ? 0x0f : 0x07);
	return first < 0xe0 ? 2 : first < 0xf0 ? 3 : 4;
}

size_t utf8_next(const char *text, size_t n, uint32_t *ret)
{
	/* The smallest character of each length. */
	static const uint32_t least[] = {0, 0, 0x80, 0x800, 0x10000};
	uint32_t character;
	size_t length;

	if (!n)
		return 0;
	length = utf8_length((unsigned char)text[0], &character);
	if (!length || length > n)
		return 0;
	for (size_t i = 1; i < length; i++) {
		unsigned char byte = (unsigned char)text[i];

		if ((byte & 0xc0) != 0x80)
			return 0;
		character = character << 6 | (byte & 0x3f);
	}
	/* Surrogates are no characters. */
	if (character < least[length] || character > 0x10ffff ||
	    (character >= 0xd800 && character < 0xe000))
		return 0;
	*ret = character;
	return length;
}

bool utf8_valid(const char *text, size_t n)
{
	uint32_t character;

	for (size_t i = 0, length; i < n; i += length) {
		length = utf8_next(text + i, n - i, &character);
		if (!length)
			return false;
	}
	return true;
}

void utf8_repair(char *text, size_t n)
{
	uint32_t character;

	for (size_t i = 0, length; i < n; i += length) {
		length = utf8_next(text + i, n - i, &character);
		if (length)
			continue;
		text[i] = '?';
		length = 1;
	}
}

unsigned utf8_columns(uint32_t character)
{
	int columns = wcwidth((wchar_t)character);

	return columns < 0 ? 1 : (unsigned)columns;
}
