/* SPDX-License-Identifier: MIT */
/* Exact: the division takes one bit of the numerator at a time and never rounds. */
#include "number.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

enum { NUMBER_DIFF1_SHIFT = 208 }; /* difficulty 1 is 0xffff << 208 */

void number_from_difficulty(struct number *ret, double difficulty)
{
	int exponent, shift;
	/* difficulty = divisor * 2^(exponent - 53), the divisor a whole number below 2^53. */
	uint64_t divisor = (uint64_t)ldexp(frexp(difficulty, &exponent), 53);
	uint64_t rest = 0;

	memset(ret, 0, sizeof(*ret));
	shift = NUMBER_DIFF1_SHIFT - (exponent - 53);
	for (int bit = 15 + shift; bit >= 0; bit--) {
		unsigned digit = bit >= shift ? 0xffffu >> (bit - shift) & 1 : 0;

		rest = rest << 1 | digit;
		if (rest < divisor)
			continue;
		rest -= divisor;
		if (bit >= 256) {
			memset(ret, 0xff, sizeof(*ret));
			return;
		}
		ret->limb[bit / 64] |= UINT64_C(1) << (bit % 64);
	}
}

bool number_from_nbits(struct number *ret, uint32_t nbits)
{
	int size = (int)(nbits >> 24);
	uint32_t mantissa = nbits & 0x7fffff;
	struct number number = {};

	if (nbits & 0x800000 || !mantissa)
		return false;
	for (int byte = 0; byte < 3; byte++) {
		uint64_t value = mantissa >> (8 * byte) & 0xff;
		int place = size - 3 + byte;

		if (!value || place < 0)
			continue;
		if (place >= 32)
			return false;
		number.limb[place / 8] |= value << (8 * (place % 8));
	}
	if (!(number.limb[0] | number.limb[1] | number.limb[2] | number.limb[3]))
		return false;
	*ret = number;
	return true;
}

void number_from_hash(struct number *ret, const uint8_t hash[32])
{
	memset(ret, 0, sizeof(*ret));
	for (int i = 0; i < 32; i++)
		ret->limb[i / 8] |= (uint64_t)hash[i] << (8 * (i % 8));
}

bool number_at_most(const struct number *a, const struct number *b)
{
	for (int i = 3; i >= 0; i--) {
		if (a->limb[i] != b->limb[i])
			return a->limb[i] < b->limb[i];
	}
	return true;
}

double number_difficulty(const struct number *number)
{
	double value = 0;

	for (int i = 3; i >= 0; i--)
		value = value * 0x1p64 + (double)number->limb[i];
	return ldexp(65535, NUMBER_DIFF1_SHIFT) / value;
}

void number_to_hex(char ret[65], const struct number *number)
{
	for (int i = 0; i < 4; i++)
		snprintf(ret + 16 * i, 17, "%016llx", (unsigned long long)number->limb[3 - i]);
}
