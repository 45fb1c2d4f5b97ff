/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * SHA-256, FIPS 180-4. The scalar form is the oracle: every kernel is proved against it and no
 * share leaves without it. The fast form is for work beside the kernels (coinbase, merkle root,
 * midstates). Pure; any thread.
 */
#include <stddef.h>
#include <stdint.h>

enum { SHA256_BLOCK = 64, SHA256_DIGEST = 32 };

extern const uint32_t sha256_k[64];
extern const uint32_t sha256_initial[8];

/* Feeds n blocks of 64 bytes into the state. */
typedef void sha256_compress_fn(uint32_t state[8], const uint8_t *blocks, size_t n);

sha256_compress_fn sha256_compress_scalar;

/* For each of n branches in turn: hash = SHA-256d(hash, branch), the way up a merkle tree. */
typedef void sha256_fold_fn(uint8_t hash[32], const uint8_t (*branches)[32], size_t n);

sha256_fold_fn sha256_fold_scalar;

/* The functions of one instruction set. */
struct sha256_code {
	sha256_compress_fn *compress;
	sha256_fold_fn *fold;
};

extern const struct sha256_code sha256_scalar;

/*
 * The fastest that this CPU has. It asks CPUID, which a virtual machine's host answers slowly: call
 * it at start and keep the result.
 */
const struct sha256_code *sha256_best(void);

/* Digest of n bytes that follow `done` bytes (a multiple of 64) already in state. */
void sha256_finish(sha256_compress_fn *compress, const uint32_t state[8], uint64_t done,
		   const uint8_t *bytes, size_t n, uint8_t ret[SHA256_DIGEST]);

/* SHA-256 of SHA-256. */
void sha256d(sha256_compress_fn *compress, const uint8_t *bytes, size_t n,
	     uint8_t ret[SHA256_DIGEST]);
