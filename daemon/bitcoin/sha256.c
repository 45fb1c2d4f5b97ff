/* SPDX-License-Identifier: MIT */
#include "bitcoin/sha256.h"

#include <string.h>

#include "common/cpu.h"
#include "common/hot.h"

#if defined(__x86_64__)
#include "bitcoin/sha256_ni.h"
#endif

/* FIPS 180-4, 4.2.2 */
const uint32_t sha256_k[64] = {
	0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4,
	0xab1c5ed5, 0xd807aa98, 0x12835b01, 0x243185be, 0x550c7dc3, 0x72be5d74, 0x80deb1fe,
	0x9bdc06a7, 0xc19bf174, 0xe49b69c1, 0xefbe4786, 0x0fc19dc6, 0x240ca1cc, 0x2de92c6f,
	0x4a7484aa, 0x5cb0a9dc, 0x76f988da, 0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7,
	0xc6e00bf3, 0xd5a79147, 0x06ca6351, 0x14292967, 0x27b70a85, 0x2e1b2138, 0x4d2c6dfc,
	0x53380d13, 0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85, 0xa2bfe8a1, 0xa81a664b,
	0xc24b8b70, 0xc76c51a3, 0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070, 0x19a4c116,
	0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a, 0x5b9cca4f, 0x682e6ff3,
	0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208, 0x90befffa, 0xa4506ceb, 0xbef9a3f7,
	0xc67178f2,
};

/* FIPS 180-4, 5.3.3 */
const uint32_t sha256_initial[8] = {
	0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a,
	0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19,
};

static inline uint32_t rotate(uint32_t x, unsigned n)
{
	return x >> n | x << (32 - n);
}

static inline uint32_t load_be32(const uint8_t *bytes)
{
	return (uint32_t)bytes[0] << 24 | (uint32_t)bytes[1] << 16 | (uint32_t)bytes[2] << 8 |
	       bytes[3];
}

static inline void store_be32(uint8_t *bytes, uint32_t x)
{
	bytes[0] = x >> 24;
	bytes[1] = x >> 16;
	bytes[2] = x >> 8;
	bytes[3] = x;
}

/* FIPS 180-4, 6.2.2 */
static void compress_block(uint32_t state[8], const uint8_t *block)
{
	uint32_t w[64], a = state[0], b = state[1], c = state[2], d = state[3];
	uint32_t e = state[4], f = state[5], g = state[6], h = state[7];

	for (unsigned i = 0; i < 16; i++)
		w[i] = load_be32(block + 4 * i);
	for (unsigned i = 16; i < 64; i++)
		w[i] = (rotate(w[i - 2], 17) ^ rotate(w[i - 2], 19) ^ w[i - 2] >> 10) + w[i - 7] +
		       (rotate(w[i - 15], 7) ^ rotate(w[i - 15], 18) ^ w[i - 15] >> 3) + w[i - 16];
	for (unsigned i = 0; i < 64; i++) {
		uint32_t t1 = h + (rotate(e, 6) ^ rotate(e, 11) ^ rotate(e, 25)) +
			      ((e & f) ^ (~e & g)) + sha256_k[i] + w[i];
		uint32_t t2 = (rotate(a, 2) ^ rotate(a, 13) ^ rotate(a, 22)) +
			      ((a & b) ^ (a & c) ^ (b & c));

		h = g;
		g = f;
		f = e;
		e = d + t1;
		d = c;
		c = b;
		b = a;
		a = t1 + t2;
	}
	state[0] += a;
	state[1] += b;
	state[2] += c;
	state[3] += d;
	state[4] += e;
	state[5] += f;
	state[6] += g;
	state[7] += h;
}

HOT_SHARE void sha256_compress_scalar(uint32_t state[8], const uint8_t *blocks, size_t n)
{
	for (; n; n--, blocks += SHA256_BLOCK)
		compress_block(state, blocks);
}

void sha256_fold_scalar(uint8_t hash[32], const uint8_t (*branches)[32], size_t n)
{
	uint8_t pair[2 * SHA256_DIGEST];

	for (size_t i = 0; i < n; i++) {
		memcpy(pair, hash, SHA256_DIGEST);
		memcpy(pair + SHA256_DIGEST, branches[i], SHA256_DIGEST);
		sha256d(sha256_compress_scalar, pair, sizeof(pair), hash);
	}
}

const struct sha256_code sha256_scalar = {sha256_compress_scalar, sha256_fold_scalar};

const struct sha256_code *sha256_best(void)
{
#if defined(__x86_64__)
	static const struct sha256_code ni = {sha256_compress_ni, sha256_fold_ni};

	if (cpu_features() & CPU_SHA)
		return &ni;
#endif
	return &sha256_scalar;
}

HOT_WORKER void sha256_finish(sha256_compress_fn *compress, const uint32_t state[8], uint64_t done,
			      const uint8_t *bytes, size_t n, uint8_t ret[SHA256_DIGEST])
{
	size_t rest = n % SHA256_BLOCK, padded = rest < 56 ? SHA256_BLOCK : 2 * SHA256_BLOCK;
	uint64_t bits = (done + n) * 8;
	uint8_t last[2 * SHA256_BLOCK] = {};
	uint32_t s[8];

	memcpy(s, state, sizeof(s));
	compress(s, bytes, n / SHA256_BLOCK);
	if (rest)
		memcpy(last, bytes + n - rest, rest);
	last[rest] = 0x80;
	store_be32(last + padded - 8, bits >> 32);
	store_be32(last + padded - 4, bits);
	compress(s, last, padded / SHA256_BLOCK);
	for (unsigned i = 0; i < 8; i++)
		store_be32(ret + 4 * i, s[i]);
}

HOT_SHARE void sha256d(sha256_compress_fn *compress, const uint8_t *bytes, size_t n,
		       uint8_t ret[SHA256_DIGEST])
{
	uint8_t digest[SHA256_DIGEST];

	sha256_finish(compress, sha256_initial, 0, bytes, n, digest);
	sha256_finish(compress, sha256_initial, 0, digest, sizeof(digest), ret);
}
