/* SPDX-License-Identifier: MIT */
#include "common/utf8.h"

#include "common/assert.h"

size_t utf8_decode(uint32_t *ret, const char *text, size_t n)
{
	/* The least character that needs 2, 3 and 4 bytes. */
	static const uint32_t least[] = {0, 0, 0x80, 0x800, 0x10000};
	const uint8_t *bytes = (const uint8_t *)text;
	size_t size;
	uint32_t c;

	assert(n > 0);
	c = bytes[0];
	size = c < 0x80 ? 1 : c < 0xc0 ? 0 : c < 0xe0 ? 2 : c < 0xf0 ? 3 : c < 0xf8 ? 4 : 0;
	if (!size || size > n)
		return 0;
	if (size > 1)
		c &= 0x7fU >> size;
	for (size_t i = 1; i < size; i++) {
		if ((bytes[i] & 0xc0) != 0x80)
			return 0;
		c = c << 6 | (bytes[i] & 0x3f);
	}
	if (c < least[size] || (c >= 0xd800 && c < 0xe000) || c > 0x10ffff)
		return 0;
	*ret = c;
	return size;
}

size_t utf8_prefix(const char *text, size_t n)
{
	uint32_t character;
	size_t at = 0, size;

	while (at < n && (size = utf8_decode(&character, text + at, n - at)))
		at += size;
	return at;
}

void utf8_repair(char *text, size_t n)
{
	for (size_t at = utf8_prefix(text, n); at < n; at += utf8_prefix(text + at, n - at))
		text[at++] = '?';
}

bool utf8_is_control(uint32_t character)
{
	return character < 0x20 || (character >= 0x7f && character < 0xa0);
}
