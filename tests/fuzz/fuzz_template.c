/* SPDX-License-Identifier: MIT */
/*
 * upstream/node/template: any JSON is refused for a reason in plain ASCII, or makes a template
 * whose numbers are in range and of which a coinbase and a block can be built.
 */
#include <assert.h>
#include <string.h>

#include "bitcoin/block.h"
#include "bitcoin/coinbase.h"
#include "bitcoin/sha256.h"
#include "fuzz.h"
#include "upstream/node/json_parse.h"
#include "upstream/node/template.h"

static void check_block(const struct template *template, const struct coinbase_built *coinbase)
{
	const struct block_parts parts = {
		.header = {.version = template->version, .nbits = template->nbits},
		.height = template->height,
		.value = template->value,
		.coinbase = coinbase->bytes,
		.coinbase_size = coinbase->size,
		.witness = template->witness,
		.n_transactions = template->n_transactions,
		.transactions = template->transactions,
		.transactions_size = template->transactions_size,
	};
	struct block *block = block_new(&parts);

	assert(block && strlen(block->hex) == block->hex_size);
	assert(block->hex_size > 2 * (HEADER_SIZE + coinbase->size + template->transactions_size));
	block_unref(block);
}

static void check_template(const struct template *template)
{
	static const uint8_t script[] = {0x51};
	struct coinbase_built built;
	struct coinbase coinbase;

	assert((template->version & template->version_mask) == 0);
	assert((template->version_mask & ~UINT32_C(0x1fffe000)) == 0);
	assert(template->height > 0 && template->height <= TEMPLATE_HEIGHT_MAX);
	assert(template->mintime <= template->curtime);
	assert(template->value <= COINBASE_MONEY_MAX);
	assert(template->n_branches <= JOB_BRANCHES_MAX);
	assert(template->witness == (template->commitment_size > 0));
	assert(template->aux_size <= TEMPLATE_AUX_MAX);
	assert(memchr(template->longpollid, '\0', sizeof(template->longpollid)));
	assert(!strpbrk(template->longpollid, "\"\\\n"));
	if (template_coinbase(&built, template, script, sizeof(script), ""))
		return;
	assert(!coinbase_parse(&coinbase, built.bytes, built.size));
	assert(coinbase.total == template->value);
	check_block(template, &built);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char reason[TEMPLATE_REASON_MAX] = "";
	struct json_object *result;
	struct template *template;

	if (json_parse(&result, (const char *)data, size))
		return 0;
	template = template_read(result, sha256_best(), reason);
	if (template)
		check_template(template);
	else
		assert(strncmp(reason, "block template: ", 16) == 0 && strlen(reason) > 16);
	for (const char *c = reason; *c; c++)
		assert(*c >= ' ' && *c <= '~');
	template_unref(template);
	json_object_put(result);
	return 0;
}
