/* SPDX-License-Identifier: MIT */
#include "upstream/node/transaction.h"

#include <string.h>

#include "bitcoin/coinbase.h"
#include "bitcoin/serial.h"

enum {
	TRANSACTION_VERSION = 4, /* bytes */
	TRANSACTION_LOCK_TIME = 4,
	TRANSACTION_MARKER = 2, /* a count of 0 inputs, and a flag of 1 */
	TRANSACTION_OUTPOINT = 36,
	TRANSACTION_SEQUENCE = 4,
};

static void transaction_skip_inputs(struct serial *serial, uint64_t n)
{
	for (uint64_t i = 0; i < n && !serial->failed; i++) {
		serial_take(serial, TRANSACTION_OUTPOINT);
		serial_take(serial, serial_compact(serial));
		serial_take(serial, TRANSACTION_SEQUENCE);
	}
}

/* false: more money than there is. */
static bool transaction_skip_outputs(struct serial *serial, uint64_t n)
{
	uint64_t total = 0;

	for (uint64_t i = 0; i < n && !serial->failed; i++) {
		uint64_t value = serial_number(serial, 8);

		if (value > COINBASE_MONEY_MAX || total + value > COINBASE_MONEY_MAX)
			return false;
		total += value;
		serial_take(serial, serial_compact(serial));
	}
	return true;
}

/* A stack for each input. false: all are empty, which is no valid form. */
static bool transaction_skip_witnesses(struct serial *serial, uint64_t n_inputs)
{
	bool any = false;

	for (uint64_t i = 0; i < n_inputs && !serial->failed; i++) {
		uint64_t n = serial_compact(serial);

		any |= n > 0;
		for (uint64_t j = 0; j < n && !serial->failed; j++)
			serial_take(serial, serial_compact(serial));
	}
	return any || serial->failed;
}

const char *transaction_parse(struct transaction *ret, const uint8_t *bytes, size_t size)
{
	struct serial serial = {.bytes = bytes, .size = size};
	struct transaction parsed = {.bytes = bytes, .size = size};
	uint64_t n_inputs, n_outputs;

	serial_take(&serial, TRANSACTION_VERSION);
	n_inputs = serial_compact(&serial);
	if (!n_inputs && serial_number(&serial, 1) == 1) {
		parsed.witness = true;
		n_inputs = serial_compact(&serial);
	}
	if (!n_inputs && !serial.failed)
		return "it has no inputs";
	transaction_skip_inputs(&serial, n_inputs);
	n_outputs = serial_compact(&serial);
	if (!n_outputs && !serial.failed)
		return "it has no outputs";
	if (!transaction_skip_outputs(&serial, n_outputs))
		return "its outputs are more money than there is";
	parsed.witness_offset = serial.at;
	if (parsed.witness && !transaction_skip_witnesses(&serial, n_inputs))
		return "it is marked as one with witnesses and has none";
	serial_take(&serial, TRANSACTION_LOCK_TIME);
	if (serial.failed)
		return "it ends too early or has a length in a wrong form";
	if (serial.at != size)
		return "it has bytes behind its end";
	*ret = parsed;
	return NULL;
}

size_t transaction_stripped_size(const struct transaction *transaction)
{
	return transaction->witness
		       ? transaction->witness_offset - TRANSACTION_MARKER + TRANSACTION_LOCK_TIME
		       : transaction->size;
}

uint64_t transaction_weight(const struct transaction *transaction)
{
	return 3 * (uint64_t)transaction_stripped_size(transaction) + transaction->size;
}

void transaction_ids(const struct transaction *transaction, uint8_t *scratch,
		     const struct sha256_code *code, uint8_t txid[32], uint8_t wtxid[32])
{
	const size_t begin = TRANSACTION_VERSION + TRANSACTION_MARKER;
	size_t body = transaction->witness_offset - begin;

	sha256d(code->compress, transaction->bytes, transaction->size, wtxid);
	if (!transaction->witness) {
		memcpy(txid, wtxid, SHA256_DIGEST);
		return;
	}
	memcpy(scratch, transaction->bytes, TRANSACTION_VERSION);
	memcpy(scratch + TRANSACTION_VERSION, transaction->bytes + begin, body);
	memcpy(scratch + TRANSACTION_VERSION + body,
	       transaction->bytes + transaction->size - TRANSACTION_LOCK_TIME,
	       TRANSACTION_LOCK_TIME);
	sha256d(code->compress, scratch, TRANSACTION_VERSION + body + TRANSACTION_LOCK_TIME, txid);
}
