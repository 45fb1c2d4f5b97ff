/* SPDX-License-Identifier: MIT */
#include "common/hex.h"

#include <string.h>

#include "common/hot.h"

/* Value + 1 of each digit, 0 for everything else. */
static const uint8_t hex_table[256] = {
	['0'] = 1,  ['1'] = 2,	['2'] = 3,  ['3'] = 4,	['4'] = 5,  ['5'] = 6,
	['6'] = 7,  ['7'] = 8,	['8'] = 9,  ['9'] = 10, ['a'] = 11, ['b'] = 12,
	['c'] = 13, ['d'] = 14, ['e'] = 15, ['f'] = 16, ['A'] = 11, ['B'] = 12,
	['C'] = 13, ['D'] = 14, ['E'] = 15, ['F'] = 16,
};

/* Sixteen digits, and what two of them make. */
typedef uint8_t hex_digits __attribute__((vector_size(16)));
typedef uint16_t hex_pairs __attribute__((vector_size(16)));
typedef uint8_t hex_bytes __attribute__((vector_size(8)));

/*
 * Eight bytes at once, by the vector types of GCC and clang, whose comparisons give 0 or -1: '0' is
 * 0x30, 'A' 0x41 and 'a' 0x61, so bit 6 tells letters, whose low bits count from 1. *bad gets bits
 * where there is no digit.
 */
static inline hex_bytes hex_decode_bytes(hex_digits digits, hex_digits *bad)
{
	hex_digits letter = (hex_digits)((digits & 0x40) != 0);
	hex_digits value = (digits & 15) + (letter & 9);
	hex_pairs pairs = (hex_pairs)value;

	/* A digit is where its value says that it is, and a letter's value is 10 to 15. */
	*bad |= (digits | (letter & 0x20)) ^ (value + 0x30 + (letter & (0x20 + 8 - 1)));
	*bad |= (hex_digits)(value > 9) ^ letter;
	*bad |= (hex_digits)(value > 15);
	pairs = __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__ ? pairs * 16 + pairs / 256
							  : pairs / 16 + pairs;
	return __builtin_convertvector(pairs & 0xff, hex_bytes);
}

HOT bool hex_decode(uint8_t *ret, size_t n, const char *digits)
{
	hex_digits bad = {}, in = {};
	uint64_t any[2];
	hex_bytes out;

	for (; n >= sizeof(out); n -= sizeof(out)) {
		memcpy(&in, digits, sizeof(in));
		out = hex_decode_bytes(in, &bad);
		memcpy(ret, &out, sizeof(out));
		digits += sizeof(in);
		ret += sizeof(out);
	}
	/* What is left, and zeros behind it. */
	in = (hex_digits){} + '0';
	memcpy(&in, digits, 2 * n);
	out = hex_decode_bytes(in, &bad);
	memcpy(ret, &out, n);
	memcpy(any, &bad, sizeof(any));
	return !(any[0] | any[1]);
}

/* The other way. */
static inline hex_digits hex_encode_bytes(hex_bytes bytes)
{
	hex_pairs pairs = __builtin_convertvector(bytes, hex_pairs);
	hex_digits value;

	pairs = __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__ ? pairs / 16 | pairs * 256
							  : pairs * 16 | pairs;
	value = (hex_digits)pairs & 15;
	return value + '0' + ((hex_digits)(value > 9) & ('a' - '0' - 10));
}

HOT_SHARE void hex_encode(char *ret, const uint8_t *bytes, size_t n)
{
	static const char digits[] = "0123456789abcdef";
	hex_digits out;
	hex_bytes in;

	for (; n >= sizeof(in); n -= sizeof(in)) {
		memcpy(&in, bytes, sizeof(in));
		out = hex_encode_bytes(in);
		memcpy(ret, &out, sizeof(out));
		bytes += sizeof(in);
		ret += sizeof(out);
	}
	/* The four bytes of a share's numbers are quicker so than as a part of a vector. */
	for (; n; n--) {
		*ret++ = digits[*bytes >> 4];
		*ret++ = digits[*bytes++ & 15];
	}
	*ret = '\0';
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
