/* SPDX-License-Identifier: MIT */
#include "upstream/node/chain_info.h"

#include <stdio.h>
#include <string.h>

#include "bitcoin/address.h"
#include "common/container.h"
#include "common/escape.h"
#include "upstream/node/json_field.h"

static const struct chain_name {
	const char *name; /* as nodes write it */
	const char *shown;
	unsigned network;
	bool signet, minimum_difficulty;
} chain_names[] = {
	{"main", "mainnet", ADDRESS_OF_MAIN, false, false},
	{"test", "testnet3", ADDRESS_OF_TEST, false, true},
	{"testnet", "testnet3", ADDRESS_OF_TEST, false, true},
	{"testnet3", "testnet3", ADDRESS_OF_TEST, false, true},
	{"testnet4", "testnet4", ADDRESS_OF_TEST, false, true},
	{"signet", "signet", ADDRESS_OF_TEST, true, false},
	{"regtest", "regtest", ADDRESS_OF_REGTEST, false, false},
};

static const struct chain_name *chain_name_find(const char *name)
{
	for (size_t i = 0; i < ARRAY_SIZE(chain_names); i++)
		if (strcmp(name, chain_names[i].name) == 0)
			return &chain_names[i];
	return NULL;
}

/* Whether a number is there and in range, or is not there. */
static bool chain_info_number(struct json_object *result, const char *name, int64_t min,
			      int64_t max, int64_t *ret)
{
	struct json_object *value = json_field(result, name);

	return !value || json_field_integer(ret, value, min, max);
}

/* Whether it still loads blocks, and how far it has come; bcoin and btcd do not say. */
static const char *chain_info_read_progress(struct chain_info *ret, struct json_object *result)
{
	struct json_object *download = json_field(result, "initialblockdownload");
	struct json_object *progress = json_field(result, "verificationprogress");

	if (download && !json_object_is_type(download, json_type_boolean))
		return "getblockchaininfo: initialblockdownload must be true or false";
	ret->initial_download = json_object_get_boolean(download);
	if (!progress)
		return NULL;
	if (!json_object_is_type(progress, json_type_double) &&
	    !json_object_is_type(progress, json_type_int))
		return "getblockchaininfo: verificationprogress must be a number";
	ret->progress = json_object_get_double(progress);
	/* An estimate, which may be a little above 1. Written so that a NaN becomes 0. */
	if (!(ret->progress >= 0))
		ret->progress = 0;
	if (ret->progress > 1)
		ret->progress = 1;
	return NULL;
}

const char *chain_info_read(struct chain_info *ret, struct json_object *result)
{
	int64_t blocks = 0, headers = 0;
	const struct chain_name *known;
	struct json_text name;

	*ret = (struct chain_info){};
	if (!json_field_text(&name, json_field(result, "chain"), 1, SIZE_MAX))
		return "getblockchaininfo: chain must be a name";
	escape_text(ret->name, sizeof(ret->name), name.data, name.size);
	if (!chain_info_number(result, "blocks", 0, UINT32_MAX, &blocks) ||
	    !chain_info_number(result, "headers", -1, UINT32_MAX, &headers))
		return "getblockchaininfo: blocks and headers must be whole numbers from 0 on";
	ret->blocks = (uint32_t)blocks;
	ret->headers = headers < blocks ? ret->blocks : (uint32_t)headers;
	known = chain_name_find(ret->name);
	if (known) {
		ret->network = known->network;
		ret->signet = known->signet;
		ret->minimum_difficulty = known->minimum_difficulty;
	}
	return chain_info_read_progress(ret, result);
}

static const char *chain_networks(unsigned networks)
{
	switch (networks) {
	case ADDRESS_OF_MAIN:
		return "mainnet";
	case ADDRESS_OF_TEST:
		return "testnet3, testnet4 or signet";
	case ADDRESS_OF_REGTEST:
		return "regtest";
	default:
		return "a test network";
	}
}

const char *chain_info_refuses(const struct chain_info *info, const char *address,
			       char reason[CHAIN_INFO_REASON_MAX])
{
	const struct chain_name *known = chain_name_find(info->name);
	struct address parsed;
	const char *wrong = address_parse(&parsed, address);

	if (!info->network || !known)
		snprintf(reason, CHAIN_INFO_REASON_MAX,
			 "the node is on chain \"%s\", which minerd does not know: known are main, "
			 "test, testnet4, signet and regtest",
			 info->name);
	else if (wrong)
		snprintf(reason, CHAIN_INFO_REASON_MAX, "payout.address: %s", wrong);
	else if (!(parsed.networks & info->network))
		snprintf(reason, CHAIN_INFO_REASON_MAX,
			 "payout.address is an address of %s, and the node is on %s: check url and "
			 "address",
			 chain_networks(parsed.networks), known->shown);
	/* On test networks it gives templates even so: an idle one has only old blocks. */
	else if (info->initial_download &&
		 (info->network == ADDRESS_OF_MAIN || info->blocks < info->headers))
		snprintf(reason, CHAIN_INFO_REASON_MAX,
			 "the node is in its initial block download, at %.2f %% (block %u of %u): "
			 "it has no template before it has caught up",
			 100 * info->progress, info->blocks, info->headers);
	else
		return NULL;
	return reason;
}

const char *chain_header_read(struct chain_header *ret, struct json_object *result)
{
	int64_t time, height;

	if (!json_field_integer(&time, json_field(result, "time"), 0, UINT32_MAX))
		return "getblockheader: time must be a whole number up to 4294967295";
	if (!json_field_integer(&height, json_field(result, "height"), 0, UINT32_MAX))
		return "getblockheader: height must be a whole number from 0 on";
	if (!json_field_integer(&ret->confirmations, json_field(result, "confirmations"), -1,
				UINT32_MAX))
		return "getblockheader: confirmations must be a whole number from -1 on";
	ret->time = (uint32_t)time;
	ret->height = (uint32_t)height;
	return NULL;
}
