/* SPDX-License-Identifier: MIT */
#include "bitcoin/coinbase_height.h"

#include <string.h>

enum {
	HEIGHT_INPUT = 4,	 /* offset of the count of inputs, after the version */
	HEIGHT_INPUT_SIZE = 37,	 /* the count and the output that the input spends */
	HEIGHT_SCRIPT_MIN = 2,	 /* bytes, by consensus */
	HEIGHT_SCRIPT_MAX = 100, /* so that its length is one byte */
	HEIGHT_OP_1 = 0x51,	 /* pushes 1; the next ones 2 to 16 */
	HEIGHT_OP_16 = 0x60,
	HEIGHT_BYTES_MAX = 4, /* of the number; COINBASE_HEIGHT_END takes no more */
};

/*
 * The number that the script begins to push, as CScriptNum of Bitcoin Core encodes it: the least
 * significant byte first, in the shortest form, with the sign in the highest bit.
 */
static uint32_t height_pushed(const uint8_t *script, size_t size)
{
	uint32_t value = 0;
	size_t n = script[0];

	if (n >= HEIGHT_OP_1 && n <= HEIGHT_OP_16)
		return (uint32_t)n - HEIGHT_OP_1 + 1;
	if (n < 1 || n > HEIGHT_BYTES_MAX || n >= size)
		return 0;
	for (size_t i = 0; i < n; i++)
		value |= (uint32_t)script[1 + i] << (8 * i);
	if (script[n] & 0x80)
		return 0;
	/* A zero at the end is there only to keep the highest bit free. */
	if (script[n] == 0 && (n == 1 || !(script[n - 1] & 0x80)))
		return 0;
	/* 1 to 16 have opcodes of their own. */
	if (value <= HEIGHT_OP_16 - HEIGHT_OP_1 + 1)
		return 0;
	return value < COINBASE_HEIGHT_END ? value : 0;
}

uint32_t coinbase_height(const uint8_t *bytes, size_t size)
{
	static const uint8_t input[HEIGHT_INPUT_SIZE] = {1, [33] = 0xff, 0xff, 0xff, 0xff};
	const size_t begin = HEIGHT_INPUT + HEIGHT_INPUT_SIZE + 1;
	size_t script_size;

	if (size <= begin || memcmp(bytes + HEIGHT_INPUT, input, sizeof(input)) != 0)
		return 0;
	script_size = bytes[begin - 1];
	if (script_size < HEIGHT_SCRIPT_MIN || script_size > HEIGHT_SCRIPT_MAX)
		return 0;
	return height_pushed(bytes + begin,
			     script_size < size - begin ? script_size : size - begin);
}
