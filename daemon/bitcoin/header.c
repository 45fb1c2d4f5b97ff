/* SPDX-License-Identifier: MIT */
#include "bitcoin/header.h"
#include "common/hot.h"

#include <string.h>

static void store_le32(uint8_t *bytes, uint32_t x)
{
	bytes[0] = x;
	bytes[1] = x >> 8;
	bytes[2] = x >> 16;
	bytes[3] = x >> 24;
}

HOT_WORKER void header_encode(const struct header *header, uint8_t ret[HEADER_SIZE])
{
	store_le32(ret + HEADER_VERSION, header->version);
	memcpy(ret + HEADER_PREVHASH, header->prevhash, 32);
	memcpy(ret + HEADER_MERKLE_ROOT, header->merkle_root, 32);
	store_le32(ret + HEADER_NTIME, header->ntime);
	store_le32(ret + HEADER_NBITS, header->nbits);
	store_le32(ret + HEADER_NONCE, header->nonce);
}

HOT_SHARE void header_hash(sha256_compress_fn *compress, const struct header *header,
			   struct target *ret)
{
	uint8_t bytes[HEADER_SIZE], digest[SHA256_DIGEST];

	header_encode(header, bytes);
	sha256d(compress, bytes, sizeof(bytes), digest);
	target_from_hash(ret, digest);
}
