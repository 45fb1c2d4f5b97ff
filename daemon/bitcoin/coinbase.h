/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * A coinbase transaction as Stratum has it, without witness serialisation (the form whose hash is
 * the merkle tree's first leaf): version, one input, outputs, lock time. What a node would not take
 * (a length that is not in its shortest form, more money than there is, bytes at the end) is no
 * coinbase here either. Nothing is copied: all points into the caller's bytes. Pure; any thread.
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Satoshi; consensus holds each output and their sum to it. */
#define COINBASE_MONEY_MAX (UINT64_C(21000000) * 100000000)

struct coinbase {
	const uint8_t *bytes;
	size_t script_offset, script_size; /* of the input: where the extranonces belong */
	size_t outputs_offset, n_outputs;
	uint64_t total; /* satoshi of all outputs */
};

struct coinbase_output {
	uint64_t value; /* satoshi; 0 for a commitment (BIP 141) */
	const uint8_t *script;
	size_t script_size;
};

/* NULL, or what is wrong with any bytes there may be (then ret is undefined). */
const char *coinbase_parse(struct coinbase *ret, const uint8_t *bytes, size_t size);

/*
 * The output at *offset, which begins as outputs_offset and is moved to the next one; to be called
 * n_outputs times.
 */
struct coinbase_output coinbase_output(const struct coinbase *coinbase, size_t *offset);

/* Satoshi of all outputs with this very script. */
uint64_t coinbase_paid(const struct coinbase *coinbase, const uint8_t *script, size_t script_size);
