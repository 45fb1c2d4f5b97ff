/* SPDX-License-Identifier: MIT */
/* bitcoin/block: a block of the main chain, and others, read back by a parser of the test's own. */
#include <check.h>
#include <inttypes.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

#include "bitcoin/block.h"
#include "bitcoin/sha256.h"
#include "common/cleanup.h"
#include "common/clock.h"
#include "common/container.h"
#include "common/hex.h"
#include "memory_fixture.h"
#include "suite_main.h"

/* Block 170, the first with a payment: its header, and its two transactions. */
#define HEADER_170                                                         \
	"0100000055bd840a78798ad0da853f68974f3d183e2bd1db6a842c1feecf222a" \
	"00000000ff104ccb05421ab93e63f8c3ce5c2c2e9dbb37de2764b3a3175c8166" \
	"562cac7d51b96a49ffff001d283e9e70"
#define COINBASE_170                                                                   \
	"01000000010000000000000000000000000000000000000000000000000000000000000000ff" \
	"ffffff0704ffff001d0102ffffffff0100f2052a01000000434104d46c4968bde02899d2aa09" \
	"63367c7a6ce34eec332b32e42e5f3407e052d64ac625da6f0718e7b302140434bd725706957c" \
	"092db53805b821a85b23a7ac61725bac00000000"
#define PAYMENT_170                                                                    \
	"0100000001c997a5e56e104102fa209c6a852dd90660a20b2d9c352423edce25857fcd370400" \
	"0000004847304402204e45e16932b8af514961a1d3a1a25fdf3f4f7732e9d624c6c61548ab5f" \
	"b8cd410220181522ec8eca07de4860a4acdd12909d831cc56cbbac4622082221a8768d1d0901" \
	"ffffffff0200ca9a3b00000000434104ae1a62fe09c5f51b13905f07f06b99a2f7159b2225f3" \
	"74cd378d71302fa28414e7aab37397f554a7df5f142c21c1b7303b8a0626f1baded5c72a704f" \
	"7e6cd84cac00286bee0000000043410411db93e1dcdb8a016b49840f8c53bc1eb68a382e97b1" \
	"482ecad7b148a6909a5cb2e0eaddfb84ccf9744464f82e160bfa9b8b64f9d4c03f999b8643f6" \
	"56b412a3ac00000000"
#define HASH_170 "00000000d1145790a8694403d4063f323d499e655c83426834d4ce2f8dd4a2ee"

enum {
	SMALL = 60,			  /* bytes of the smallest transaction there is */
	LARGE = 4000 * 1000,		  /* bytes of transactions in a full block */
	LARGE_MS = 3,			  /* time for one on an idle core */
	ENOUGH = HEADER_SIZE + 1 + SMALL, /* bytes of the smallest block */
};

static uint8_t *decoded(const char *digits, size_t *ret_size)
{
	uint8_t *bytes;

	*ret_size = strlen(digits) / 2;
	bytes = malloc(*ret_size);
	ck_assert_ptr_nonnull(bytes);
	ck_assert(hex_decode(bytes, *ret_size, digits));
	return bytes;
}

static struct header header_170(void)
{
	struct header header = {
		.version = 1, .ntime = 1231731025, .nbits = 0x1d00ffff, .nonce = 1889418792};
	CLEANUP(cleanup_free) uint8_t *bytes = NULL;
	size_t n;

	bytes = decoded(HEADER_170, &n);
	ck_assert_uint_eq(n, HEADER_SIZE);
	memcpy(header.prevhash, bytes + 4, 32);
	memcpy(header.merkle_root, bytes + 36, 32);
	return header;
}

static void check_hash(const struct block *block, const char *want)
{
	char text[TARGET_TEXT_MAX];

	ck_assert_str_eq(target_text(text, &block->hash), want);
}

START_TEST(block_of_the_main_chain)
{
	CLEANUP(cleanup_free) uint8_t *coinbase = NULL, *payment = NULL;
	CLEANUP(block_unrefp) struct block *block = NULL, *read = NULL;
	struct block_parts parts = {.header = header_170(), .height = 170, .value = 5000000000};

	coinbase = decoded(COINBASE_170, &parts.coinbase_size);
	payment = decoded(PAYMENT_170, &parts.transactions_size);
	parts.coinbase = coinbase;
	parts.transactions = payment;
	parts.n_transactions = 1;
	header_hash(sha256_compress_scalar, &parts.header, &parts.hash);
	block = block_new(&parts);
	ck_assert_ptr_nonnull(block);
	ck_assert_str_eq(block->hex, HEADER_170 "02" COINBASE_170 PAYMENT_170);
	ck_assert_uint_eq(block->hex_size, strlen(block->hex));
	check_hash(block, HASH_170);
	ck_assert_uint_eq(block->references, 1);
	ck_assert_uint_eq(block->height, 170);
	ck_assert_uint_eq(block->value, 5000000000);
	ck_assert_uint_eq(block->ntime, 1231731025);
	ck_assert_mem_eq(block->prevhash, parts.header.prevhash, 32);

	/* And as it comes back from a file. */
	read = block_from_hex(block->hex, block->hex_size, 170, 5000000000);
	ck_assert_ptr_nonnull(read);
	ck_assert_str_eq(read->hex, block->hex);
	ck_assert_uint_eq(read->hex_size, block->hex_size);
	check_hash(read, HASH_170);
	ck_assert_uint_eq(read->references, 1);
	ck_assert_uint_eq(read->height, 170);
	ck_assert_uint_eq(read->value, 5000000000);
	ck_assert_uint_eq(read->ntime, 1231731025);
	ck_assert_mem_eq(read->prevhash, parts.header.prevhash, 32);
}
END_TEST

/* A reader of digits, which never goes beyond their end. */
struct digits {
	const char *at;
	size_t left; /* bytes */
};

static void take(struct digits *digits, void *ret, size_t n)
{
	static const char all[] = "0123456789abcdef";
	uint8_t *bytes = ret;

	/* Hundreds of thousands of transactions: check's own assertion is too slow. */
	if (n > digits->left)
		ck_abort_msg("%zu bytes wanted, %zu are left", n, digits->left);
	for (size_t i = 0; i < n; i++, digits->at += 2, digits->left--) {
		const char *high = memchr(all, digits->at[0], 16);
		const char *low = memchr(all, digits->at[1], 16);

		if (!high || !low)
			ck_abort_msg("\"%.2s\" is no byte", digits->at);
		bytes[i] = (uint8_t)((high - all) << 4 | (low - all));
	}
}

static uint64_t take_number(struct digits *digits, unsigned n)
{
	uint64_t value = 0;
	uint8_t byte;

	for (unsigned i = 0; i < n; i++) {
		take(digits, &byte, 1);
		value |= (uint64_t)byte << 8 * i;
	}
	return value;
}

static uint64_t take_count(struct digits *digits)
{
	uint64_t first = take_number(digits, 1);

	switch (first) {
	case 0xff:
		return take_number(digits, 8);
	case 0xfe:
		return take_number(digits, 4);
	case 0xfd:
		return take_number(digits, 2);
	default:
		return first;
	}
}

static void skip(struct digits *digits, uint64_t n)
{
	if (n > digits->left)
		ck_abort_msg("%" PRIu64 " bytes to skip, %zu are left", n, digits->left);
	digits->at += 2 * n;
	digits->left -= n;
}

/* A transaction. Returns whether it has a witness; *ret_items gets what that of its input has. */
static bool take_transaction(struct digits *digits, uint64_t *ret_items, uint8_t item[32])
{
	uint64_t n_inputs, n_outputs;
	bool witness = false;

	skip(digits, 4);
	n_inputs = take_count(digits);
	if (!n_inputs) {
		ck_assert_uint_eq(take_number(digits, 1), 1); /* flag */
		witness = true;
		n_inputs = take_count(digits);
	}
	if (n_inputs != 1)
		ck_abort_msg("%" PRIu64 " inputs", n_inputs);
	skip(digits, 36);
	skip(digits, take_count(digits));
	skip(digits, 4);
	for (n_outputs = take_count(digits); n_outputs; n_outputs--) {
		skip(digits, 8);
		skip(digits, take_count(digits));
	}
	if (witness) {
		*ret_items = take_count(digits);
		for (uint64_t i = 0; i < *ret_items; i++) {
			ck_assert_uint_eq(take_count(digits), 32);
			take(digits, item, 32);
		}
	}
	skip(digits, 4);
	return witness;
}

/* n of the smallest transactions, of different values. */
static uint8_t *small_transactions(size_t n)
{
	uint8_t *bytes = calloc(n + 1, SMALL);

	ck_assert_ptr_nonnull(bytes);
	for (size_t i = 0; i < n; i++) {
		uint8_t *at = bytes + i * SMALL;

		at[0] = 2;
		at[4] = 1; /* input */
		memcpy(at + 5, &i, sizeof(i));
		at[46] = 1; /* output */
		memcpy(at + 47, &i, sizeof(i));
	}
	return bytes;
}

static void check_witness(struct digits *digits, bool witness)
{
	static const uint8_t zeros[32];
	uint8_t item[32] = {1};
	uint64_t items = 0;

	ck_assert_int_eq(take_transaction(digits, &items, item), witness);
	if (!witness)
		return;
	ck_assert_uint_eq(items, 1);
	ck_assert_mem_eq(item, zeros, sizeof(item));
}

/* Reads a block of n small transactions and a coinbase. */
static void check_block(const struct block *block, const struct block_parts *parts)
{
	struct digits digits = {block->hex, block->hex_size / 2};
	uint8_t header[HEADER_SIZE], want[HEADER_SIZE];
	uint64_t items;

	ck_assert_uint_eq(strlen(block->hex), block->hex_size);
	header_encode(&parts->header, want);
	take(&digits, header, sizeof(header));
	ck_assert_mem_eq(header, want, sizeof(header));
	ck_assert_uint_eq(take_count(&digits), parts->n_transactions + 1);
	check_witness(&digits, parts->witness);
	for (size_t i = 0; i < parts->n_transactions; i++) {
		struct digits at = digits;
		uint8_t bytes[SMALL];

		take(&at, bytes, sizeof(bytes));
		if (memcmp(bytes, parts->transactions + i * SMALL, SMALL) != 0)
			ck_abort_msg("transaction %zu differs", i);
		if (take_transaction(&digits, &items, NULL))
			ck_abort_msg("transaction %zu has a witness", i);
	}
	ck_assert_uint_eq(digits.left, 0);
}

/* Each size of the count, with and without a witness. */
START_TEST(read_back)
{
	static const size_t counts[] = {0, 1, 2, 251, 252, 253, 254, 65534, 65535, 65536};
	CLEANUP(cleanup_free) uint8_t *coinbase = NULL, *transactions = NULL;
	struct block_parts parts = {.header = header_170(), .witness = _i, .height = 900000};

	coinbase = decoded(COINBASE_170, &parts.coinbase_size);
	transactions = small_transactions(counts[ARRAY_SIZE(counts) - 1]);
	parts.coinbase = coinbase;
	for (size_t i = 0; i < ARRAY_SIZE(counts); i++) {
		CLEANUP(block_unrefp) struct block *block = NULL, *read = NULL;

		parts.n_transactions = counts[i];
		parts.transactions_size = counts[i] * SMALL;
		parts.transactions = counts[i] ? transactions : NULL;
		block = block_new(&parts);
		ck_assert_ptr_nonnull(block);
		check_block(block, &parts);
		read = block_from_hex(block->hex, block->hex_size, 0, 0);
		ck_assert_ptr_nonnull(read);
		ck_assert_str_eq(read->hex, block->hex);
	}
}
END_TEST

/* The coinbase as BIP 144 has it: marker and flag behind the version, the stack before lock time.
 */
START_TEST(witness_of_the_coinbase)
{
	static const char coinbase[] = "02000000010000000000000000000000000000000000000000000000000"
				       "000000000000000ffffffff025100feffffff0109000000000000000151"
				       "a1bb0d00";
	CLEANUP(cleanup_free) uint8_t *bytes = NULL;
	CLEANUP(block_unrefp) struct block *block = NULL;
	struct block_parts parts = {.header = header_170(), .witness = true};

	bytes = decoded(coinbase, &parts.coinbase_size);
	parts.coinbase = bytes;
	block = block_new(&parts);
	ck_assert_ptr_nonnull(block);
	ck_assert_str_eq(block->hex, HEADER_170
			 "01"
			 "02000000"
			 "0001"
			 "01000000000000000000000000000000000000000000000000000000000000"
			 "0000ffffffff025100feffffff"
			 "01"
			 "09000000000000000151"
			 "0120"
			 "0000000000000000000000000000000000000000000000000000000000000000"
			 "a1bb0d00");
}
END_TEST

/* Any digit that is none is seen, and what is too short. */
START_TEST(no_block)
{
	static const char block_170[] = HEADER_170 "02" COINBASE_170 PAYMENT_170;
	const size_t n = strlen(block_170);
	CLEANUP(cleanup_free) char *text = strdup(block_170);

	ck_assert_ptr_nonnull(text);
	for (size_t i = 0; i < n; i++) {
		text[i] = i % 2 ? 'g' : '\0';
		ck_assert_ptr_null(block_from_hex(text, n, 170, 0));
		text[i] = block_170[i];
	}
	for (size_t size = 0; size <= n; size++) {
		CLEANUP(block_unrefp) struct block *block = block_from_hex(text, size, 170, 0);

		ck_assert_int_eq(block != NULL, size % 2 == 0 && size >= 2 * ENOUGH);
		if (!block)
			continue;
		ck_assert_uint_eq(strlen(block->hex), size);
		check_hash(block, HASH_170);
	}
}
END_TEST

START_TEST(references)
{
	struct block *block =
		block_from_hex(HEADER_170 "02" COINBASE_170 PAYMENT_170, 2 * ENOUGH, 170, 0);
	struct block *none = NULL;

	ck_assert_ptr_nonnull(block);
	ck_assert_ptr_eq(block_ref(block), block);
	ck_assert_uint_eq(block->references, 2);
	block_unref(block);
	ck_assert_uint_eq(block->references, 1);
	block_unrefp(&block);
	block_unref(NULL);
	block_unrefp(&none);
}
END_TEST

START_TEST(without_memory)
{
	CLEANUP(cleanup_free) uint8_t *coinbase = NULL;
	struct block_parts parts = {.header = header_170()};
	struct block *made, *read;

	if (!memory_fixture_works())
		return;
	coinbase = decoded(COINBASE_170, &parts.coinbase_size);
	parts.coinbase = coinbase;
	memory_fixture_fail(1);
	made = block_new(&parts);
	read = block_from_hex(HEADER_170 "02" COINBASE_170 PAYMENT_170, 2 * ENOUGH, 170, 0);
	memory_fixture_fail(0);
	ck_assert_ptr_null(made);
	ck_assert_ptr_null(read);
}
END_TEST

/*
 * A full block is submitted before a rival's comes: its digits must not take long. The CPU time of
 * this thread counts, in the best of many runs, so that a busy machine changes little, and the
 * kernel's time to find 8 MB nothing.
 */
START_TEST(a_full_block_is_quick)
{
	CLEANUP(cleanup_free) uint8_t *coinbase = NULL, *transactions = malloc(LARGE);
	struct block_parts parts = {.header = header_170(), .witness = true};
	uint64_t best = UINT64_MAX;

	/* Under a sanitizer nothing is quick. */
	if (!memory_fixture_works())
		return;
	ck_assert_ptr_nonnull(transactions);
	coinbase = decoded(COINBASE_170, &parts.coinbase_size);
	parts.coinbase = coinbase;
	parts.transactions = transactions;
	parts.transactions_size = LARGE;
	parts.n_transactions = 4000;
	for (size_t i = 0; i < LARGE; i++)
		transactions[i] = (uint8_t)rand();
	for (unsigned i = 0; i < 30; i++) {
		uint64_t begin = clock_thread();
		struct block *block = block_new(&parts);

		best = MIN(best, clock_thread() - begin);
		ck_assert_ptr_nonnull(block);
		block_unref(block);
	}
	ck_assert_uint_lt(best, LARGE_MS * CLOCK_MS);
}
END_TEST

/* What the header demands of its caller. */
START_TEST(limits_of_the_parts)
{
	static const uint8_t bytes[SMALL];
	struct block_parts parts = {
		.coinbase = bytes, .coinbase_size = SMALL, .transactions = bytes};

	switch (_i) {
	case 0:
		parts.coinbase_size = SMALL - 1;
		break;
	case 1:
		parts.n_transactions = 1;
		break;
	default:
		parts.transactions_size = SMALL;
	}
	block_new(&parts);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("block");
	TCase *tests = tcase_create("block");

	tcase_set_timeout(tests, 60);
	tcase_add_test(tests, block_of_the_main_chain);
	tcase_add_loop_test(tests, read_back, 0, 2);
	tcase_add_test(tests, witness_of_the_coinbase);
	tcase_add_test(tests, no_block);
	tcase_add_test(tests, references);
	tcase_add_test(tests, without_memory);
	tcase_add_test(tests, a_full_block_is_quick);
	tcase_add_loop_test_raise_signal(tests, limits_of_the_parts, SIGABRT, 0, 3);
	suite_add_tcase(suite, tests);
	return suite_main(suite);
}
