/* SPDX-License-Identifier: MIT */
#pragma once

/* The 80 bytes that are hashed. Pure; any thread. */
#include <stdint.h>

#include "bitcoin/sha256.h"
#include "bitcoin/target.h"

enum {
	HEADER_SIZE = 80,
	HEADER_VERSION = 0, /* offsets of the fields, all little-endian */
	HEADER_PREVHASH = 4,
	HEADER_MERKLE_ROOT = 36,
	HEADER_NTIME = 68,
	HEADER_NBITS = 72,
	HEADER_NONCE = 76,
};

struct header {
	uint32_t version;
	uint8_t prevhash[32]; /* as it stands in the header */
	uint8_t merkle_root[32];
	uint32_t ntime; /* s since 1970 */
	uint32_t nbits;
	uint32_t nonce;
};

void header_encode(const struct header *header, uint8_t ret[HEADER_SIZE]);

/* The double hash as a number. */
void header_hash(sha256_compress_fn *compress, const struct header *header, struct target *ret);
