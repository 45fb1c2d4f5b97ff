/* SPDX-License-Identifier: MIT */
/*
 * Nothing of a transaction is believed: it is parsed, and its ids are computed. One that does not
 * match its ids would make a block that no node takes.
 */
#include <stdlib.h>
#include <string.h>

#include "bitcoin/merkle_tree.h"
#include "common/cleanup.h"
#include "common/hex.h"
#include "upstream/node/json_field.h"
#include "upstream/node/template_scan.h"
#include "upstream/node/transaction.h"

static const uint8_t commitment_begin[] = {0x6a, 0x24, 0xaa, 0x21, 0xa9, 0xed};

/* What all of them need. */
struct transactions {
	struct json_object *list;
	size_t n, size, longest; /* bytes of all and of the longest */
	uint8_t *scratch;
	uint8_t (*txids)[32]; /* not reversed, as they are hashed */
	uint8_t (*wtxids)[32];
	bool witness; /* any of them has one */
	const struct sha256_code *code;
};

static void transactions_deinit(struct transactions *all)
{
	free(all->scratch);
	free(all->txids);
	free(all->wtxids);
}

/* Counts from 1, as depends does. */
static bool transactions_refuse(struct template_scan *scan, size_t i, const char *what)
{
	return template_refuse(scan, "transaction %zu of %zu: %s", i + 1,
			       scan->template->n_transactions, what);
}

static bool transactions_measure(struct template_scan *scan, struct transactions *all)
{
	struct json_text data;

	for (size_t i = 0; i < all->n; i++) {
		struct json_object *entry = json_object_array_get_idx(all->list, i);

		if (!json_field_text(&data, json_field(entry, "data"), 2, INT32_MAX) ||
		    data.size % 2)
			return transactions_refuse(scan, i, "data must be hexadecimal digits");
		all->size += data.size / 2;
		if (all->longest < data.size / 2)
			all->longest = data.size / 2;
	}
	return true;
}

/* Never of no bytes. The template owns its transactions; all else is freed in the end. */
static bool transactions_allocate(struct template_scan *scan, struct transactions *all)
{
	scan->template->transactions = malloc(all->size + 1);
	all->scratch = malloc(all->longest + 1);
	all->txids = calloc(all->n + 1, sizeof(*all->txids));
	all->wtxids = calloc(all->n + 1, sizeof(*all->wtxids));
	if (scan->template->transactions && all->scratch && all->txids && all->wtxids)
		return true;
	template_refuse(scan, "there is no memory for its transactions");
	return false;
}

/* Its position, so that one comes after all that it needs. */
static bool transactions_check_order(struct template_scan *scan, size_t i,
				     struct json_object *entry)
{
	struct json_object *depends = json_field(entry, "depends");
	int64_t other;

	if (!depends)
		return true;
	if (!json_object_is_type(depends, json_type_array))
		return transactions_refuse(scan, i, "depends must be an array");
	for (size_t j = 0; j < json_object_array_length(depends); j++)
		if (!json_field_integer(&other, json_object_array_get_idx(depends, j), 1,
					(int64_t)i))
			return transactions_refuse(scan, i,
						   "depends must be numbers of "
						   "transactions before it");
	return true;
}

static bool transactions_check_id(struct template_scan *scan, size_t i, struct json_object *given,
				  const uint8_t computed[32], const char *wrong)
{
	uint8_t id[32];

	if (!given || (json_field_hash(id, given) && memcmp(id, computed, sizeof(id)) == 0))
		return true;
	return transactions_refuse(scan, i, wrong);
}

static bool transactions_count(struct template_scan *scan, size_t i, struct json_object *entry,
			       const struct transaction *transaction)
{
	struct json_object *sigops = json_field(entry, "sigops");
	int64_t n = 0;

	if (sigops && !json_field_integer(&n, sigops, 0, UINT32_MAX))
		return transactions_refuse(scan, i, "sigops must be a number from 0 on");
	scan->size += transaction->size;
	scan->weight += transaction_weight(transaction);
	scan->sigops += (uint64_t)n;
	return true;
}

static bool transactions_read_one(struct template_scan *scan, struct transactions *all, size_t i)
{
	struct json_object *entry = json_object_array_get_idx(all->list, i);
	uint8_t *bytes = scan->template->transactions + scan->template->transactions_size;
	struct transaction transaction;
	struct json_text data = {};
	const char *wrong;

	/* It was a text of that type before; json-c's texts do not change. */
	json_field_text(&data, json_field(entry, "data"), 0, SIZE_MAX);
	if (!hex_decode(bytes, data.size / 2, data.data))
		return transactions_refuse(scan, i, "data must be hexadecimal digits");
	wrong = transaction_parse(&transaction, bytes, data.size / 2);
	if (wrong)
		return transactions_refuse(scan, i, wrong);
	if (transaction.witness && !scan->segwit)
		return transactions_refuse(scan, i, "it has a witness, and rules lacks segwit");
	scan->template->transactions_size += transaction.size;
	all->witness |= transaction.witness;
	transaction_ids(&transaction, all->scratch, all->code, all->txids[i], all->wtxids[i]);
	return transactions_check_id(scan, i, json_field(entry, "txid"), all->txids[i],
				     "txid is not that of its data") &&
	       transactions_check_id(scan, i, json_field(entry, "hash"), all->wtxids[i],
				     "hash is not that of its data") &&
	       transactions_check_order(scan, i, entry) &&
	       transactions_count(scan, i, entry, &transaction);
}

/* The node's commitment may be longer than ours, which it has to begin with. */
static bool template_commit(struct template_scan *scan, struct transactions *all)
{
	struct json_object *given = json_field(scan->result, "default_witness_commitment");
	struct template *template = scan->template;
	uint8_t ours[MERKLE_TREE_COMMITMENT_SIZE];
	struct json_text text;

	if (scan->signet && !given)
		return template_refuse(scan, "default_witness_commitment is missing, which a block "
					     "of a signet needs");
	/* Before segwit a coinbase with a witness is refused, and bcoin gives a commitment. */
	if (!scan->segwit || (!given && !all->witness))
		return true;
	merkle_tree_commitment(ours, all->wtxids, all->n, all->code);
	template->witness = true;
	template->commitment_size = sizeof(ours);
	memcpy(template->commitment, ours, sizeof(ours));
	if (!given)
		return true;
	if (!json_field_text(&text, given, 2 * sizeof(ours), 2 * sizeof(template->commitment)) ||
	    !hex_decode(template->commitment, text.size / 2, text.data) || text.size % 2 ||
	    memcmp(template->commitment, commitment_begin, sizeof(commitment_begin)) != 0)
		return template_refuse(scan, "default_witness_commitment must be a script of 38 to "
					     "256 bytes that begins with 6a24aa21a9ed");
	if (memcmp(template->commitment, ours, sizeof(ours)) != 0)
		return template_refuse(scan, "default_witness_commitment is not that of the "
					     "transactions");
	template->commitment_size = text.size / 2;
	return true;
}

static bool transactions_read(struct template_scan *scan, struct transactions *all)
{
	struct template *template = scan->template;

	if (!transactions_measure(scan, all) || !transactions_allocate(scan, all))
		return false;
	for (size_t i = 0; i < all->n; i++)
		if (!transactions_read_one(scan, all, i))
			return false;
	if (!template_commit(scan, all))
		return false;
	template->n_branches =
		merkle_tree_branches(template->branches, all->txids, all->n, all->code);
	return true;
}

bool template_read_transactions(struct template_scan *scan)
{
	CLEANUP(transactions_deinit)
	struct transactions all = {
		.list = json_field(scan->result, "transactions"),
		.code = scan->sha256,
	};

	if (!json_object_is_type(all.list, json_type_array))
		return template_refuse(scan, "transactions must be an array");
	all.n = json_object_array_length(all.list);
	if (all.n > TEMPLATE_TRANSACTIONS_MAX)
		return template_refuse(
			scan, "it has %zu transactions, more than a block has room for", all.n);
	scan->template->n_transactions = all.n;
	return transactions_read(scan, &all);
}
