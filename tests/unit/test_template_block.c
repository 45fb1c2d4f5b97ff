/* SPDX-License-Identifier: MIT */
/*
 * upstream/node/template and bitcoin/block: a block of a template, read back byte by byte, has the
 * merkle root and the commitment that OpenSSL computes, and says of itself what the template did.
 */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "bitcoin/block.h"
#include "bitcoin/coinbase.h"
#include "bitcoin/serial.h"
#include "bitcoin/sha256.h"
#include "common/hex.h"
#include "suite_main.h"
#include "template_fixture.h"
#include "upstream/node/template.h"
#include "upstream/node/transaction.h"

static const uint8_t script[] = {0x51};

/* The whole tree, level by level. */
static void naive_root(uint8_t (*hashes)[32], size_t n, uint8_t ret[32])
{
	while (n > 1) {
		for (size_t i = 0; i < (n + 1) / 2; i++) {
			uint8_t pair[64];

			memcpy(pair, hashes[2 * i], 32);
			memcpy(pair + 32, hashes[2 * i + 1 < n ? 2 * i + 1 : n - 1], 32);
			template_fixture_sha256d(pair, sizeof(pair), hashes[i]);
		}
		n = (n + 1) / 2;
	}
	memcpy(ret, hashes[0], 32);
}

static struct block *build(const struct template *template)
{
	struct coinbase_built coinbase;
	struct block_parts parts = {
		.header = {.version = template->version,
			   .ntime = template->curtime,
			   .nbits = template->nbits},
		.height = template->height,
		.value = template->value,
		.coinbase = coinbase.bytes,
		.witness = template->witness,
		.n_transactions = template->n_transactions,
		.transactions = template->transactions,
		.transactions_size = template->transactions_size,
	};
	struct block *block;

	ck_assert_ptr_null(template_coinbase(&coinbase, template, script, sizeof(script), "hi"));
	parts.coinbase_size = coinbase.size;
	memcpy(parts.header.prevhash, template->prevhash, 32);
	template_fixture_sha256d(coinbase.bytes, coinbase.size, parts.header.merkle_root);
	sha256_scalar.fold(parts.header.merkle_root, (const uint8_t(*)[32]) template->branches,
			   template->n_branches);
	block = block_new(&parts);
	ck_assert_ptr_nonnull(block);
	return block;
}

/* The transaction at the cursor, whose end only its parser knows: the shortest that is whole. */
static void take(struct serial *serial, struct transaction *ret)
{
	const uint8_t *bytes = serial->bytes + serial->at;
	size_t left = serial->size - serial->at, n = 1;

	while (n <= left && transaction_parse(ret, bytes, n))
		n++;
	ck_assert_uint_le(n, left);
	serial_take(serial, n);
}

static void check_coinbase(const struct template *template, const struct transaction *transaction,
			   const uint8_t commitment[32])
{
	uint8_t stripped[COINBASE_BUILD_MAX], txid[32], wtxid[32];
	struct coinbase coinbase;
	struct coinbase_output output;
	size_t offset;

	ck_assert(transaction->witness == template->witness);
	transaction_ids(transaction, stripped, &sha256_scalar, txid, wtxid);
	ck_assert_ptr_null(coinbase_parse(&coinbase,
					  transaction->witness ? stripped : transaction->bytes,
					  transaction_stripped_size(transaction)));
	ck_assert_uint_eq(coinbase.total, template->value);
	ck_assert_uint_eq(coinbase_paid(&coinbase, script, sizeof(script)), template->value);
	ck_assert_uint_eq(coinbase.n_outputs, template->witness ? 2 : 1);
	offset = coinbase.outputs_offset;
	coinbase_output(&coinbase, &offset);
	if (!template->witness)
		return;
	output = coinbase_output(&coinbase, &offset);
	ck_assert_uint_eq(output.script_size, 38);
	ck_assert_mem_eq(output.script + 6, commitment, 32);
}

static void check_block(const struct template *template, const struct block *block)
{
	size_t n = template->n_transactions + 1, size = block->hex_size / 2;
	uint8_t *bytes = malloc(size), *scratch = malloc(size);
	uint8_t(*txids)[32] = calloc(n, 32), (*wtxids)[32] = calloc(n, 32);
	uint8_t root[32], witness_root[64] = {}, commitment[32];
	struct serial serial = {.bytes = bytes, .size = size};
	struct transaction coinbase, transaction;

	ck_assert(bytes && scratch && txids && wtxids && hex_decode(bytes, size, block->hex));
	serial_take(&serial, HEADER_SIZE);
	ck_assert_uint_eq(serial_compact(&serial), n);
	for (size_t i = 0; i < n; i++) {
		take(&serial, &transaction);
		transaction_ids(&transaction, scratch, &sha256_scalar, txids[i], wtxids[i]);
		if (i == 0) {
			coinbase = transaction;
			memset(wtxids[0], 0, 32);
		}
	}
	ck_assert(!serial.failed && serial.at == size);
	naive_root(txids, n, root);
	ck_assert_mem_eq(bytes + HEADER_MERKLE_ROOT, root, 32);
	ck_assert_mem_eq(bytes + HEADER_PREVHASH, template->prevhash, 32);
	naive_root(wtxids, n, witness_root);
	template_fixture_sha256d(witness_root, 64, commitment);
	check_coinbase(template, &coinbase, commitment);
	free(bytes);
	free(scratch);
	free(txids);
	free(wtxids);
}

static void check_template(struct json_object *result)
{
	char reason[TEMPLATE_REASON_MAX] = "";
	struct template *template = template_read(result, sha256_best(), reason);
	struct block *block;

	ck_assert_msg(template, "%s", reason);
	block = build(template);
	check_block(template, block);
	block_unref(block);
	template_unref(template);
}

START_TEST(blocks_of_any_size)
{
	static const unsigned sizes[] = {0, 1, 2, 3, 4, 5, 7, 8, 9, 31, 33, 260};

	for (size_t i = 0; i < sizeof(sizes) / sizeof(*sizes); i++) {
		struct json_object *result = template_fixture_new(sizes[i], 40 + 100 * (i % 4));

		check_template(result);
		json_object_put(result);
	}
}
END_TEST

/* The node's commitment is taken when it is the right one, whatever follows it. */
START_TEST(commitments)
{
	struct json_object *result = template_fixture_new(3, TEMPLATE_FIXTURE_PADDING);
	char reason[TEMPLATE_REASON_MAX], json[200] = "\"";
	struct template *template = template_read(result, sha256_best(), reason);

	ck_assert_uint_eq(template->commitment_size, 38);
	hex_encode(json + 1, template->commitment, 38);
	template_unref(template);
	strcat(json, "\"");
	template_fixture_set(result, "default_witness_commitment", json);
	check_template(result);
	strcpy(json + strlen(json) - 1, "0151\"");
	template_fixture_set(result, "default_witness_commitment", json);
	template = template_read(result, sha256_best(), reason);
	ck_assert(template && template->commitment_size == 40);
	template_unref(template);
	json[20] ^= 1;
	template_fixture_set(result, "default_witness_commitment", json);
	ck_assert_ptr_null(template_read(result, sha256_best(), reason));
	ck_assert_ptr_nonnull(strstr(reason, "default_witness_commitment is not that of"));
	json_object_put(result);
}
END_TEST

/* bcoin gives a commitment before segwit, when a coinbase with a witness would be refused. */
START_TEST(before_segwit)
{
	struct json_object *result = template_fixture_new(1, TEMPLATE_FIXTURE_PADDING);

	template_fixture_set(result, "default_witness_commitment", "\"6a24aa21a9ed\"");
	template_fixture_set(result, "rules", "[\"csv\"]");
	check_template(result);
	json_object_put(result);
}
END_TEST

START_TEST(signet_of_op_true)
{
	struct json_object *result = template_fixture_new(0, 0);
	/* Of a block with nothing but a coinbase. */
	static const char commitment[] = "\"6a24aa21a9ede2f61c3f71d1defd3fa999dfa36953755c690689"
					 "799962b48bebd836974e8cf9\"";

	template_fixture_set(result, "rules", "[\"csv\",\"!segwit\",\"!signet\"]");
	template_fixture_set(result, "signet_challenge", "\"51\"");
	template_fixture_set(result, "default_witness_commitment", commitment);
	check_template(result);
	json_object_put(result);
}
END_TEST

/* A script of ours that is too long for what else the coinbase has. */
START_TEST(no_room_for_the_text)
{
	struct json_object *result = template_fixture_new(0, 0);
	char text[101] = "", reason[TEMPLATE_REASON_MAX];
	struct template *template = template_read(result, sha256_best(), reason);
	struct coinbase_built coinbase;

	memset(text, 'x', 100);
	ck_assert_ptr_nonnull(template_coinbase(&coinbase, template, script, sizeof(script), text));
	template_unref(template);
	json_object_put(result);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("template_block");
	TCase *tests = tcase_create("template_block");

	tcase_add_test(tests, blocks_of_any_size);
	tcase_add_test(tests, commitments);
	tcase_add_test(tests, before_segwit);
	tcase_add_test(tests, signet_of_op_true);
	tcase_add_test(tests, no_room_for_the_text);
	suite_add_tcase(suite, tests);
	return suite_main(suite);
}
