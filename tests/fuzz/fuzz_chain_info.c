/* SPDX-License-Identifier: MIT */
/* upstream/node/chain_info: any result is refused, or has numbers in range and a name to show. */
#include <assert.h>
#include <string.h>

#include "fuzz.h"
#include "upstream/node/chain_info.h"
#include "upstream/node/json_parse.h"

static void check_info(const struct chain_info *info)
{
	char reason[CHAIN_INFO_REASON_MAX];

	assert(*info->name && strlen(info->name) < CHAIN_INFO_NAME_MAX);
	assert(info->progress >= 0 && info->progress <= 1);
	assert(info->headers >= info->blocks);
	if (!chain_info_refuses(info, "bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t4", reason)) {
		assert(strcmp(info->name, "main") == 0 && !info->initial_download);
		return;
	}
	for (const char *c = reason; *c; c++)
		assert(*c >= ' ' && *c <= '~');
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct json_object *result;
	struct chain_header header;
	struct chain_info info;

	if (json_parse(&result, (const char *)data, size))
		return 0;
	if (!chain_info_read(&info, result))
		check_info(&info);
	if (!chain_header_read(&header, result))
		assert(header.confirmations >= -1);
	json_object_put(result);
	return 0;
}
