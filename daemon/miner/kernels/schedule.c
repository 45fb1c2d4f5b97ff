/* SPDX-License-Identifier: MIT */
#include "miner/kernels/schedule.h"
#include "common/hot.h"

#include <string.h>

static uint32_t rotate(uint32_t x, unsigned n)
{
	return x >> n | x << (32 - n);
}

static uint32_t sigma0(uint32_t x)
{
	return rotate(x, 7) ^ rotate(x, 18) ^ x >> 3;
}

static uint32_t sigma1(uint32_t x)
{
	return rotate(x, 17) ^ rotate(x, 19) ^ x >> 10;
}

static void init_first(struct schedule *words, const uint8_t header[HEADER_SIZE])
{
	uint32_t *c = words->constant;

	memset(c, 0, sizeof(words->constant));
	for (unsigned i = 0; i < 3; i++)
		c[i] = schedule_load(header + SHA256_BLOCK + 4 * i);
	c[4] = 0x80000000;
	c[15] = 8 * HEADER_SIZE;
	for (unsigned i = 16; i < 34; i++) {
		if (!schedule_varies(i - 16))
			c[i] += c[i - 16];
		if (!schedule_varies(i - 15))
			c[i] += sigma0(c[i - 15]);
		if (!schedule_varies(i - 7))
			c[i] += c[i - 7];
		if (!schedule_varies(i - 2))
			c[i] += sigma1(c[i - 2]);
	}
	for (unsigned i = 0; i < 64; i++)
		words->kw[i] = sha256_k[i] + (i < 18 ? c[i] : 0);
}

static void init_second(struct schedule *words)
{
	const uint32_t *initial = sha256_initial;
	uint32_t a = initial[0], b = initial[1], c = initial[2];
	uint32_t e = initial[4], f = initial[5], g = initial[6];
	uint32_t t = initial[7] + (rotate(e, 6) ^ rotate(e, 11) ^ rotate(e, 25)) +
		     ((e & f) ^ (~e & g)) + sha256_k[0];

	words->e0 = initial[3] + t;
	words->a0 =
		t + (rotate(a, 2) ^ rotate(a, 13) ^ rotate(a, 22)) + ((a & b) ^ (a & c) ^ (b & c));
	memcpy(words->k, sha256_k, sizeof(words->k));
	for (unsigned i = 1; i <= 3; i++)
		words->k[i] += initial[7 - i];
	words->k[8] += 0x80000000;
	words->k[15] += 8 * SHA256_DIGEST;
	words->k[60] += initial[7];
}

HOT_WORKER void schedule_init(struct schedule *words, const uint8_t header[HEADER_SIZE])
{
	init_first(words, header);
	init_second(words);
}
