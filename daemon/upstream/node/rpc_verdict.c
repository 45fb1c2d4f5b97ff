/* SPDX-License-Identifier: MIT */
/*
 * The words for a block: those of BIP 22, and the reasons of Bitcoin Core's validation, which its
 * submitblock gives as they are. bcoin and btcd put "rejected: " before them.
 */
#include <stdio.h>
#include <string.h>

#include "common/container.h"
#include "common/escape.h"
#include "upstream/node/rpc.h"

enum { VERDICT_WORD_MAX = 160 };

static const struct rpc_word {
	const char *word; /* or how it begins: with a '-' or '(' at its end */
	enum block_verdict verdict;
	const char *meaning;
} rpc_words[] = {
	/* bcoin's, of a parent that it does not have. */
	{"rejected: bad-prevblk", BLOCK_UNANSWERED, "the node does not know its parent"},
	{"rejected: duplicate", BLOCK_ACCEPTED, "the node had it already"},
	{"duplicate", BLOCK_ACCEPTED, "the node had it already"},
	{"duplicate-inconclusive", BLOCK_INCONCLUSIVE,
	 "the node had it already and has not checked all of it"},
	{"duplicate-invalid", BLOCK_INVALID, "the node had found it invalid before"},
	{"inconclusive", BLOCK_INCONCLUSIVE, "it is not in the best chain: a rival's came first"},
	{"inconclusive-not-best-prevblk", BLOCK_STALE, "its parent is not the best block"},
	{"stale-prevblk", BLOCK_STALE, "its parent is no longer the best block"},
	{"stale-work", BLOCK_STALE, "its template is too old"},
	{"prev-blk-not-found", BLOCK_UNANSWERED, "the node does not know its parent"},
	{"time-too-new", BLOCK_UNANSWERED,
	 "its time is more than two hours ahead of the node's clock: check both clocks"},
	{"time-too-old", BLOCK_INVALID, "its time is not after that of the blocks before"},
	{"time-timewarp-attack", BLOCK_INVALID, "its time is too far before that of its parent"},
	{"high-hash", BLOCK_INVALID, "its hash does not meet the target"},
	{"bad-prevblk", BLOCK_INVALID, "its parent is invalid"},
	{"bad-diffbits", BLOCK_INVALID, "its target is not that of the chain"},
	{"bad-cb-", BLOCK_INVALID, "its coinbase breaks a rule"},
	{"bad-txnmrklroot", BLOCK_INVALID, "its merkle root is not that of its transactions"},
	{"bad-witness-", BLOCK_INVALID, "its commitment to the witnesses is wrong"},
	{"unexpected-witness", BLOCK_INVALID, "it has witnesses without a commitment to them"},
	{"bad-signet-", BLOCK_INVALID, "it lacks the signature that this signet demands"},
	{"bad-version(", BLOCK_INVALID, "its version is too low"},
};

static bool rpc_word_is(const struct rpc_word *known, const char *word)
{
	size_t n = strlen(known->word);
	char last = known->word[n - 1];

	return last == '-' || last == '(' ? strncmp(word, known->word, n) == 0
					  : strcmp(word, known->word) == 0;
}

static const struct rpc_word *rpc_word_find(const char *word)
{
	static const struct rpc_word other = {"", BLOCK_INVALID, "the node refuses it"};
	static const char prefix[] = "rejected: ";

	for (int stripped = 0; stripped < 2; stripped++) {
		for (size_t i = 0; i < ARRAY_SIZE(rpc_words); i++)
			if (rpc_word_is(&rpc_words[i], word))
				return &rpc_words[i];
		if (strncmp(word, prefix, sizeof(prefix) - 1) != 0)
			break;
		word += sizeof(prefix) - 1;
	}
	return &other;
}

enum block_verdict rpc_verdict(const struct json_object *result, char reason[RPC_REASON_MAX])
{
	char word[VERDICT_WORD_MAX];
	const struct rpc_word *known;
	/* json-c's getters take what they do not change without const. */
	struct json_object *text = (struct json_object *)result;

	if (!result) {
		snprintf(reason, RPC_REASON_MAX, "accepted");
		return BLOCK_ACCEPTED;
	}
	if (!json_object_is_type(result, json_type_string)) {
		snprintf(reason, RPC_REASON_MAX, "submitblock: the result must be null or a text");
		return BLOCK_UNANSWERED;
	}
	escape_text(word, sizeof(word), json_object_get_string(text),
		    (size_t)json_object_get_string_len(text));
	known = rpc_word_find(word);
	snprintf(reason, RPC_REASON_MAX, "%s: %s", word, known->meaning);
	return known->verdict;
}
