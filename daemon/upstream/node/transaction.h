/* SPDX-License-Identifier: MIT */
#pragma once

/* A transaction of a block template, in the serialisation of BIP 144. Pure; any thread. */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "bitcoin/sha256.h"

struct transaction {
	const uint8_t *bytes; /* borrowed */
	size_t size;
	bool witness;
	size_t witness_offset; /* of the witnesses in bytes; without: of the lock time */
};

/* NULL, or what is wrong with any bytes there may be (then ret is undefined): "it ..". */
const char *transaction_parse(struct transaction *ret, const uint8_t *bytes, size_t size);

/* Bytes without marker, flag and witnesses. */
size_t transaction_stripped_size(const struct transaction *transaction);

/* As BIP 141 counts it. */
uint64_t transaction_weight(const struct transaction *transaction);

/*
 * The id, and the id with the witnesses, both as they are hashed (not reversed). scratch:
 * transaction_stripped_size() bytes.
 */
void transaction_ids(const struct transaction *transaction, uint8_t *scratch,
		     const struct sha256_code *code, uint8_t txid[32], uint8_t wtxid[32]);
