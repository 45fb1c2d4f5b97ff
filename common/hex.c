/* SPDX-License-Identifier: MIT */
#include "common/hex.h"
#include "common/hot.h"

/* Value + 1 of each digit, 0 for everything else. */
static const uint8_t hex_table[256] = {
	['0'] = 1,  ['1'] = 2,	['2'] = 3,  ['3'] = 4,	['4'] = 5,  ['5'] = 6,
	['6'] = 7,  ['7'] = 8,	['8'] = 9,  ['9'] = 10, ['a'] = 11, ['b'] = 12,
	['c'] = 13, ['d'] = 14, ['e'] = 15, ['f'] = 16, ['A'] = 11, ['B'] = 12,
	['C'] = 13, ['D'] = 14, ['E'] = 15, ['F'] = 16,
};

/*
 * Without a branch or a table, so that the compiler makes vectors of it: '0' is 0x30, 'A' 0x41 and
 * 'a' 0x61, so bit 6 tells letters, whose low bits count from 1.
 */
HOT bool hex_decode(uint8_t *ret, size_t n, const char *digits)
{
	uint8_t bad = 0;

	for (size_t i = 0; i < n; i++) {
		uint8_t high = (uint8_t)digits[2 * i], low = (uint8_t)digits[2 * i + 1];
		uint8_t high_letter = high >> 6 & 1, low_letter = low >> 6 & 1;
		uint8_t high_value = (uint8_t)((high & 15) + 9 * high_letter);
		uint8_t low_value = (uint8_t)((low & 15) + 9 * low_letter);

		/* A digit is where its value says that it is, and a letter's value is 10 to 15. */
		bad |= (uint8_t)((high | (uint8_t)(high_letter << 5)) ^
				 (uint8_t)(high_value + 0x30 + 0x27 * high_letter));
		bad |= (uint8_t)((low | (uint8_t)(low_letter << 5)) ^
				 (uint8_t)(low_value + 0x30 + 0x27 * low_letter));
		bad |= (uint8_t)(high_value > 15) | (uint8_t)(low_value > 15) |
		       (uint8_t)((high_value > 9) ^ high_letter) |
		       (uint8_t)((low_value > 9) ^ low_letter);
		ret[i] = (uint8_t)(high_value << 4 | (low_value & 15));
	}
	return !bad;
}

void hex_encode(char *ret, const uint8_t *bytes, size_t n)
{
	static const char digits[] = "0123456789abcdef";

	for (size_t i = 0; i < n; i++) {
		ret[2 * i] = digits[bytes[i] >> 4];
		ret[2 * i + 1] = digits[bytes[i] & 15];
	}
	ret[2 * n] = '\0';
}

HOT bool hex_u32(uint32_t *ret, const char *digits, size_t n)
{
	uint32_t value = 0;

	if (n < 1 || n > 8)
		return false;
	for (size_t i = 0; i < n; i++) {
		unsigned digit = hex_table[(uint8_t)digits[i]];

		if (!digit)
			return false;
		value = value << 4 | (digit - 1);
	}
	*ret = value;
	return true;
}
