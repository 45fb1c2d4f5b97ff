/* SPDX-License-Identifier: MIT */
#pragma once

/* What getblockchaininfo and getblockheader say. Pure; any thread. */
#include <json-c/json.h>
#include <stdbool.h>
#include <stdint.h>

enum { CHAIN_INFO_REASON_MAX = 300, CHAIN_INFO_NAME_MAX = 32 };

struct chain_info {
	char name[CHAIN_INFO_NAME_MAX]; /* main, test, testnet4, signet, regtest; escaped */
	unsigned network; /* ADDRESS_OF_ bit (bitcoin/address.h); 0: a chain not known */
	bool signet;
	bool minimum_difficulty; /* after 20 minutes a block may have difficulty 1: test, testnet4
				  */
	bool initial_download;
	double progress; /* 0 .. 1, of the verification */
	uint32_t blocks, headers;
};

/* NULL, or what is wrong with it. "main" of bcoin and "test" of testnet3 are known, too. */
const char *chain_info_read(struct chain_info *ret, struct json_object *result);

/* NULL, or why nothing can be mined for address there, with the remedy: in reason. */
const char *chain_info_refuses(const struct chain_info *info, const char *address,
			       char reason[CHAIN_INFO_REASON_MAX]);

struct chain_header {
	uint32_t time; /* s since 1970 */
	uint32_t height;
	int64_t confirmations; /* -1: not in the best chain */
};

/* NULL, or what is wrong with it. */
const char *chain_header_read(struct chain_header *ret, struct json_object *result);
