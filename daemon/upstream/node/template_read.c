/* SPDX-License-Identifier: MIT */
/*
 * Invariant: a template that leaves here is whole: each field was checked, and so was that a block
 * of it fits and that minerd knows all that it demands.
 */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "bitcoin/coinbase.h"
#include "common/cleanup.h"
#include "common/escape.h"
#include "common/hex.h"
#include "upstream/node/json_field.h"
#include "upstream/node/template_scan.h"

/* Opcodes of pushes. */
enum {
	PUSH_MAX = 75, /* bytes, with the opcode that is their number */
	PUSH_DATA1 = 0x4c,
	PUSH_MINUS_1 = 0x4f,
	PUSH_1 = 0x51,
	PUSH_16 = 0x60,
};

static bool template_read_target(struct template_scan *scan)
{
	struct template *template = scan->template;
	struct json_object *bits = json_field(scan->result, "bits");
	struct json_object *target = json_field(scan->result, "target");
	struct json_text text;
	struct target given;
	uint8_t hash[32];

	if (!json_field_text(&text, bits, 8, 8) || !hex_u32(&template->nbits, text.data, 8))
		return template_refuse(scan, "bits must be 8 hexadecimal digits");
	if (!target_from_nbits(&template->target, template->nbits))
		return template_refuse(scan, "bits %08" PRIx32 " are no target", template->nbits);
	if (!target)
		return true;
	if (!json_field_hash(hash, target))
		return template_refuse(scan, "target must be 64 hexadecimal digits");
	target_from_hash(&given, hash);
	if (memcmp(&given, &template->target, sizeof(given)) != 0)
		return template_refuse(scan,
				       "target is not that of bits %08" PRIx32
				       ": minerd needs a node, not a pool's server",
				       template->nbits);
	return true;
}

static bool template_read_value(struct template_scan *scan)
{
	int64_t value = INT64_MIN;

	if (!json_field(scan->result, "coinbasevalue") && json_field(scan->result, "coinbasetxn"))
		return template_refuse(scan,
				       "it has coinbasetxn and no coinbasevalue: the server "
				       "pays whom it wants, not payout.address; use a node of "
				       "your own");
	if (!template_number(scan, "coinbasevalue", 0, (int64_t)COINBASE_MONEY_MAX, &value))
		return false;
	scan->template->value = (uint64_t)value;
	return true;
}

/* Whether a script is made of whole pushes. */
static bool template_is_pushes(const uint8_t *bytes, size_t n)
{
	size_t i = 0;

	while (i < n) {
		uint8_t opcode = bytes[i++];

		if (opcode <= PUSH_MAX)
			i += opcode;
		else if (opcode == PUSH_DATA1 && i < n)
			i += 1 + (size_t)bytes[i];
		else if (opcode != PUSH_MINUS_1 && (opcode < PUSH_1 || opcode > PUSH_16))
			return false;
	}
	return i == n;
}

/* Bitcoin Core's values were pushes; bcoin's is a text, which becomes one. */
static bool template_add_aux(struct template *template, struct json_object *value)
{
	uint8_t *at = template->aux + template->aux_size;
	size_t left = TEMPLATE_AUX_MAX - template->aux_size, n;
	struct json_text text;

	if (!json_field_text(&text, value, 0, 2 * left) || text.size % 2 ||
	    !hex_decode(at, text.size / 2, text.data))
		return false;
	n = text.size / 2;
	if (!template_is_pushes(at, n)) {
		if (n + 1 > left)
			return false;
		memmove(at + 1, at, n);
		*at = (uint8_t)n++;
	}
	template->aux_size += n;
	return true;
}

static bool template_read_aux(struct template_scan *scan)
{
	struct json_object *aux = json_field(scan->result, "coinbaseaux");

	if (!aux)
		return true;
	if (!json_object_is_type(aux, json_type_object))
		return template_refuse(scan, "coinbaseaux must be an object");
	json_object_object_foreach(aux, name, value)
	{
		char shown[40];

		if (!template_add_aux(scan->template, value))
			return template_refuse(
				scan,
				"coinbaseaux must be hexadecimal digits for at most %d bytes in "
				"all: \"%s\" is not",
				TEMPLATE_AUX_MAX,
				escape_text(shown, sizeof(shown), name, strlen(name)));
	}
	return true;
}

static bool template_read_place(struct template_scan *scan)
{
	int64_t height = INT64_MIN;

	if (!template_number(scan, "height", 1, TEMPLATE_HEIGHT_MAX, &height))
		return false;
	scan->template->height = (uint32_t)height;
	if (!json_field_hash(scan->template->prevhash,
			     json_field(scan->result, "previousblockhash")))
		return template_refuse(scan, "previousblockhash must be 64 hexadecimal digits");
	return true;
}

static void template_unrefp(struct template **template)
{
	template_unref(*template);
}

struct template *template_read(struct json_object *result, const struct sha256_code *sha256,
			       char reason[TEMPLATE_REASON_MAX])
{
	CLEANUP(template_unrefp) struct template *template = calloc(1, sizeof(*template));
	struct template_scan scan = {.result = result, .sha256 = sha256, .template = template};

	scan.reason = reason;
	if (!template) {
		template_refuse(&scan, "there is no memory for it");
		return NULL;
	}
	template->references = 1;
	if (!json_object_is_type(result, json_type_object)) {
		template_refuse(&scan, "it must be an object");
		return NULL;
	}
	/* Demands first: what a server wants says more than what it lacks. */
	if (!template_read_rules(&scan) || !template_read_value(&scan) ||
	    !template_read_limits(&scan) || !template_read_place(&scan) ||
	    !template_read_target(&scan) || !template_read_aux(&scan) ||
	    !template_read_transactions(&scan) || !template_check_size(&scan))
		return NULL;
	return TAKE(template);
}
