/* SPDX-License-Identifier: MIT */
#include "bitcoin/target.h"
#include "common/hot.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

enum {
	DIFF1_COEFFICIENT = 0xffff, /* difficulty 1 is this, shifted left by ... */
	DIFF1_SHIFT = 208,
	NUMERATOR_WORDS = 10, /* 0xffff << (DIFF1_SHIFT + 33 + 53), the most that is divided */
};

bool target_from_difficulty(struct target *ret, double difficulty)
{
	uint32_t n[NUMERATOR_WORDS] = {};
	uint64_t mantissa, rest = 0;
	int exponent, shift;

	if (!isfinite(difficulty) || difficulty <= 0)
		return false;
	memset(ret, 0xff, sizeof(*ret));
	if (difficulty < 0x1p-33)
		return true;
	/* difficulty is mantissa * 2^exponent, so the quotient is (0xffff << shift) / mantissa. */
	mantissa = (uint64_t)ldexp(frexp(difficulty, &exponent), 53);
	exponent -= 53;
	shift = DIFF1_SHIFT - exponent;
	if (shift < 0) {
		n[0] = -shift < 32 ? (uint32_t)DIFF1_COEFFICIENT >> -shift : 0;
	} else {
		uint64_t part = (uint64_t)DIFF1_COEFFICIENT << shift % 32;

		n[shift / 32] = (uint32_t)part;
		if (part >> 32)
			n[shift / 32 + 1] = part >> 32;
	}
	/* Byte by byte: mantissa has 53 bits, and a remainder shifted by 8 fits in 64. */
	for (int i = NUMERATOR_WORDS - 1; i >= 0; i--) {
		uint32_t quotient = 0;

		for (int bit = 24; bit >= 0; bit -= 8) {
			rest = rest << 8 | (n[i] >> bit & 0xff);
			quotient = quotient << 8 | (uint32_t)(rest / mantissa);
			rest %= mantissa;
		}
		n[i] = quotient;
	}
	for (unsigned i = 8; i < NUMERATOR_WORDS; i++)
		if (n[i])
			return true;
	memcpy(ret->word, n, sizeof(ret->word));
	return true;
}

HOT bool target_from_nbits(struct target *ret, uint32_t nbits)
{
	unsigned size = nbits >> 24; /* bytes of the number */
	uint32_t mantissa = nbits & 0x7fffff;
	struct target target = {};

	if (size < 3)
		mantissa >>= 8 * (3 - size);
	if (!mantissa || (nbits & 0x800000))
		return false;
	for (unsigned i = 0; i < 3; i++) {
		uint32_t byte = mantissa >> 8 * i & 0xff;
		unsigned at = size < 3 ? i : size - 3 + i;

		if (!byte)
			continue;
		if (at >= 32)
			return false;
		target.word[at / 4] |= byte << 8 * (at % 4);
	}
	*ret = target;
	return true;
}

HOT_SHARE void target_from_hash(struct target *ret, const uint8_t hash[32])
{
	for (unsigned i = 0; i < 8; i++, hash += 4)
		ret->word[i] = (uint32_t)hash[3] << 24 | (uint32_t)hash[2] << 16 |
			       (uint32_t)hash[1] << 8 | hash[0];
}

char *target_text(char ret[TARGET_TEXT_MAX], const struct target *number)
{
	for (unsigned i = 0; i < 8; i++)
		snprintf(ret + 8 * i, 9, "%08" PRIx32, number->word[7 - i]);
	return ret;
}

HOT bool target_met(const struct target *target, const struct target *hash)
{
	for (int i = 7; i >= 0; i--)
		if (hash->word[i] != target->word[i])
			return hash->word[i] < target->word[i];
	return true;
}

HOT_SHARE static double target_value(const struct target *number)
{
	double value = 0;

	for (int i = 7; i >= 0; i--)
		value = value * 0x1p32 + number->word[i];
	return value;
}

HOT_SHARE double target_difficulty(const struct target *number)
{
	return ldexp(DIFF1_COEFFICIENT, DIFF1_SHIFT) / target_value(number);
}

HOT_SHARE double target_hashes(const struct target *target)
{
	return 0x1p256 / (target_value(target) + 1);
}

HOT uint32_t target_top_mask(const struct target *target)
{
	uint32_t top = target->word[7];
	uint32_t zeros = top ? ~(UINT32_MAX >> __builtin_clz(top)) : UINT32_MAX;

	return __builtin_bswap32(zeros);
}
