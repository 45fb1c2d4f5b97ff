/* SPDX-License-Identifier: MIT */
#include <string.h>

#include "common/container.h"
#include "common/escape.h"
#include "common/hex.h"
#include "upstream/node/json_field.h"
#include "upstream/node/template_scan.h"

enum {
	RULE_MAX = 64,		 /* characters of a rule's name */
	RULE_ROLLED = 0x1fffe000 /* the bits of BIP 320 */
};

/* Rules that demand nothing of a block which minerd does not do, or the node has done already. */
static const char *const rule_names[] = {
	"segwit", "signet", "csv",    "taproot", "testdummy", "bip34",	"bip65",
	"bip66",  "bip94",  "bip141", "bip143",	 "bip147",    "dersig", "nulldummy",
};

static bool template_rule(struct template_scan *scan, const struct json_text *rule)
{
	char name[RULE_MAX + 1] = "", shown[RULE_MAX];
	bool must = rule->data[0] == '!';

	memcpy(name, rule->data + must, rule->size - must);
	scan->segwit |= strcmp(name, "segwit") == 0;
	scan->signet |= strcmp(name, "signet") == 0;
	for (size_t i = 0; i < ARRAY_SIZE(rule_names); i++)
		if (!must || strcmp(name, rule_names[i]) == 0)
			return true;
	return template_refuse(scan,
			       "rules has \"%s\", which a miner must follow and minerd does not "
			       "know: a newer minerd may",
			       escape_text(shown, sizeof(shown), rule->data, rule->size));
}

/* Version bits of the deployments that are being voted on. */
static bool template_deployments(struct template_scan *scan)
{
	struct json_object *available = json_field(scan->result, "vbavailable");
	int64_t bit;

	if (!available)
		return true;
	if (!json_object_is_type(available, json_type_object))
		return template_refuse(scan, "vbavailable must be an object");
	json_object_object_foreach(available, name, value)
	{
		if (!*name || !json_field_integer(&bit, value, 0, 31))
			return template_refuse(scan, "vbavailable must have a bit from 0 to 31 for "
						     "each name");
		scan->version_bits |= UINT32_C(1) << bit;
	}
	return true;
}

static bool template_version(struct template_scan *scan)
{
	int64_t version = INT64_MIN, required = 0;

	/* It is a signed number, and some write it unsigned. */
	if (!template_number(scan, "version", INT32_MIN, UINT32_MAX, &version) ||
	    !template_number(scan, "vbrequired", INT32_MIN, UINT32_MAX, &required))
		return false;
	scan->template->version = (uint32_t)version;
	if ((uint32_t)required & ~(uint32_t)version)
		return template_refuse(scan,
				       "vbrequired demands the version bits %08x, and version "
				       "is %08x",
				       (uint32_t)required, (uint32_t)version);
	if (!template_deployments(scan))
		return false;
	scan->template->version_mask = RULE_ROLLED & ~(uint32_t)version & ~scan->version_bits;
	return true;
}

static bool template_challenge(struct template_scan *scan)
{
	struct json_object *challenge = json_field(scan->result, "signet_challenge");
	struct json_text text;

	if (!challenge)
		return !scan->signet ||
		       template_refuse(scan, "signet_challenge is missing, and rules has signet");
	scan->signet = true;
	/* OP_TRUE */
	if (json_field_text(&text, challenge, 2, 2) && memcmp(text.data, "51", 2) == 0)
		return true;
	return template_refuse(scan,
			       "signet blocks need a signature: this signet's challenge is not "
			       "OP_TRUE (51), so only the owners of its keys make blocks");
}

bool template_read_rules(struct template_scan *scan)
{
	struct json_object *rules = json_field(scan->result, "rules");
	struct json_text rule;

	if (rules && !json_object_is_type(rules, json_type_array))
		return template_refuse(scan, "rules must be an array");
	scan->segwit = !rules;
	for (size_t i = 0; rules && i < json_object_array_length(rules); i++) {
		if (!json_field_text(&rule, json_object_array_get_idx(rules, i), 1, RULE_MAX))
			return template_refuse(scan, "rules must be names of 1 to 64 characters");
		if (!template_rule(scan, &rule))
			return false;
	}
	return template_version(scan) && template_challenge(scan);
}
