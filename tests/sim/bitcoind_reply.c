/* SPDX-License-Identifier: MIT */
#include "bitcoind_reply.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/assert.h"
#include "common/hex.h"
#include "tests/pool/number.h"

enum { REPLY_TEXT_MAX = 1024 };

void bitcoind_hash_text(char ret[BITCOIND_HASH_TEXT], const uint8_t hash[32])
{
	uint8_t reversed[32];

	for (int i = 0; i < 32; i++)
		reversed[i] = hash[31 - i];
	hex_encode(ret, reversed, sizeof(reversed));
}

/* The body becomes the text, which it owns from now on. */
static void set_body(struct fake_http_answer *ret, unsigned status, char *text, size_t size)
{
	free(ret->body);
	ret->error = NULL;
	ret->refused = false;
	ret->status = status;
	ret->body = text;
	ret->size = size;
}

void bitcoind_say(struct fake_http_answer *ret, unsigned status, const char *text)
{
	char *copy = strdup(text);

	assert(copy);
	set_body(ret, status, copy, strlen(text));
}

void bitcoind_result(struct fake_http_answer *ret, const char *json)
{
	char text[REPLY_TEXT_MAX];

	snprintf(text, sizeof(text), "{\"result\":%s,\"error\":null,\"id\":\"minerd\"}\n", json);
	bitcoind_say(ret, 200, text);
}

void bitcoind_error(struct fake_http_answer *ret, int code, const char *message)
{
	char text[REPLY_TEXT_MAX];

	snprintf(text, sizeof(text),
		 "{\"result\":null,\"error\":{\"code\":%d,\"message\":\"%s\"},\"id\":\"minerd\"}\n",
		 code, message);
	bitcoind_say(ret, code == -32601 ? 404 : 500, text);
}

void bitcoind_fail(struct fake_http_answer *ret, const char *why, bool refused)
{
	set_body(ret, 0, NULL, 0);
	ret->error = why;
	ret->refused = refused;
}

void bitcoind_chain_info(struct fake_http_answer *ret, const struct bitcoind *node)
{
	const struct chain *chain = node->chain;
	bool other = node->says == BITCOIND_OTHER_CHAIN, loads = node->says == BITCOIND_DOWNLOADS;
	uint32_t height = chain->blocks[chain->tip].height;
	char json[REPLY_TEXT_MAX / 2];

	snprintf(json, sizeof(json),
		 "{\"chain\":\"%s\",\"blocks\":%" PRIu32 ",\"headers\":%" PRIu32
		 ",\"verificationprogress\":%s,\"initialblockdownload\":%s,\"pruned\":false}",
		 !other		      ? chain->kind->name
		 : chain->kind->waits ? "regtest"
				      : "main",
		 height, height + (loads ? 1000 : 0), loads ? "0.5" : "1",
		 loads ? "true" : "false");
	bitcoind_result(ret, json);
}

static void write_hash(FILE *out, const char *name, const uint8_t hash[32])
{
	char text[BITCOIND_HASH_TEXT];

	bitcoind_hash_text(text, hash);
	fprintf(out, "\"%s\":\"%s\",", name, text);
}

static void write_transaction(FILE *out, const struct chain_transaction *transaction)
{
	char digits[2 * CHAIN_TRANSACTION_MAX + 1];

	hex_encode(digits, transaction->bytes, transaction->size);
	fprintf(out, "{\"data\":\"%s\",", digits);
	write_hash(out, "txid", transaction->txid);
	write_hash(out, "hash", transaction->wtxid);
	fprintf(out, "\"depends\":[],\"fee\":%" PRIu64 ",\"sigops\":1,\"weight\":%zu}",
		transaction->fee, 3 * transaction->stripped + transaction->size);
}

static void write_target(FILE *out, uint32_t nbits)
{
	struct number target;
	char text[65];

	number_from_nbits(&target, nbits);
	number_to_hex(text, &target);
	fprintf(out, "\"bits\":\"%08" PRIx32 "\",\"target\":\"%s\",", nbits, text);
}

static void write_times(FILE *out, const struct bitcoind *node,
			const struct chain_template *template)
{
	fprintf(out,
		"\"curtime\":%" PRIu32 ",\"mintime\":%" PRIu32
		",\"mutable\":[%s\"transactions\",\"prevblock\"],",
		template->time, chain_median(node->chain, template->parent) + 1,
		node->chain->time_room ? "\"time\"," : "");
	if (node->chain->time_room && node->chain->time_room < UINT32_MAX)
		fprintf(out, "\"maxtime\":%" PRIu32 ",", template->time + node->chain->time_room);
}

/* Of nodes alone that say so: the bytes are data, or pushes, and each node's are its own. */
static void write_odds(FILE *out, const struct bitcoind *node,
		       const struct chain_template *template)
{
	char digits[65];

	if (node->aux)
		fprintf(out, "\"coinbaseaux\":{\"flags\":\"%02x%02x\"},",
			(unsigned)strlen(node->url), (unsigned)(uint8_t)node->url[11]);
	else
		fputs("\"coinbaseaux\":{},", out);
	if (node->chain->kind->signet && !node->demand)
		fputs("\"signet_challenge\":\"51\",", out);
	if (!node->commits && !node->chain->kind->signet)
		return;
	hex_encode(digits, template->commitment, sizeof(template->commitment));
	fprintf(out, "\"default_witness_commitment\":\"6a24aa21a9ed%s\",", digits);
}

void bitcoind_poll_id(char ret[BITCOIND_ID_TEXT], const struct chain *chain,
		      const struct chain_template *template)
{
	char hash[BITCOIND_HASH_TEXT];

	bitcoind_hash_text(hash, chain->blocks[template->parent].hash);
	snprintf(ret, BITCOIND_ID_TEXT, "%s%" PRIu32, hash, template->n);
}

void bitcoind_template(struct fake_http_answer *ret, const struct bitcoind *node,
		       const struct chain_template *template)
{
	const struct chain *chain = node->chain;
	const struct chain_block *parent = &chain->blocks[template->parent];
	char *text = NULL, id[BITCOIND_ID_TEXT];
	size_t size = 0;
	FILE *out = open_memstream(&text, &size);

	assert(out);
	fputs("{\"result\":{", out);
	if (node->demand)
		fputs(node->demand, out);
	else
		fprintf(out, "\"rules\":[\"csv\",\"!segwit\"%s,\"taproot\"],",
			chain->kind->signet ? ",\"!signet\"" : "");
	fprintf(out,
		"\"capabilities\":[\"proposal\"],\"version\":%" PRIu32
		",\"vbrequired\":0,\"vbavailable\":{\"testdummy\":%u},",
		chain->version, chain->voted);
	write_hash(out, "previousblockhash", parent->hash);
	fputs("\"transactions\":[", out);
	for (uint32_t i = 0; i < template->n; i++) {
		if (i)
			fputc(',', out);
		write_transaction(out, &chain->transactions[template->transactions[i]]);
	}
	fputs("],", out);
	write_target(out, template->nbits);
	write_times(out, node, template);
	write_odds(out, node, template);
	bitcoind_poll_id(id, chain, template);
	fprintf(out,
		"\"coinbasevalue\":%" PRIu64 ",\"longpollid\":\"%s\","
		"\"noncerange\":\"00000000ffffffff\",\"sigoplimit\":80000,"
		"\"sizelimit\":4000000,\"weightlimit\":4000000,\"height\":%" PRIu32
		"},\"error\":null,\"id\":\"minerd\"}\n",
		template->value, id, parent->height + 1);
	fclose(out);
	set_body(ret, 200, text, size);
}

void bitcoind_header(struct fake_http_answer *ret, const struct chain *chain, const char *hash)
{
	char json[REPLY_TEXT_MAX / 2];
	uint8_t reversed[32] = {}, bytes[32];
	const struct chain_block *block;
	int64_t confirmations;
	uint32_t i;

	if (strlen(hash) == 64)
		hex_decode(reversed, sizeof(reversed), hash);
	for (i = 0; i < 32; i++)
		bytes[i] = reversed[31 - i];
	i = chain_find(chain, bytes);
	if (i == CHAIN_NONE) {
		bitcoind_error(ret, -5, "Block not found");
		return;
	}
	block = &chain->blocks[i];
	confirmations = (int64_t)chain->blocks[chain->tip].height - block->height + 1;
	snprintf(json, sizeof(json),
		 "{\"hash\":\"%s\",\"confirmations\":%" PRId64 ",\"height\":%" PRIu32
		 ",\"time\":%" PRIu32 "}",
		 hash, chain_is_best(chain, i) ? confirmations : -1, block->height, block->time);
	bitcoind_result(ret, json);
}
