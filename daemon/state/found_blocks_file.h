/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * Blocks that were found, as text: in the state directory and in a reply of the control socket.
 *
 * A block is a JSON object: height, hash, parent (64 digits each, as explorers show them), time (s
 * since 1970), value (satoshi), pool, chain, state, watched, confirmations, answer. The list of
 * blocks is one line, {"version":1,"blocks":[..]}. The file of a block has two:
 *
 *	{"version":1,"digits":N,"block":{..}}
 *	N hexadecimal digits
 *
 * Pure; any thread.
 */
#include <stddef.h>

#include "common/json_writer.h"
#include "state/found_block_list.h"

enum {
	FOUND_BLOCKS_LIST_MAX = 1024 * 1024,	/* bytes of the list, more than it can have */
	FOUND_BLOCKS_HEX_MAX = 9 * 1000 * 1000, /* digits of a block: 4 MB (BIP 141), and more */
	FOUND_BLOCKS_HEAD_MAX = 4096,		/* bytes of the first line of a block's file */
};

/* "accepted" */
const char *found_block_state_name(enum found_block_state state);

/* The text is complete unless text->failed: out of memory. */
void found_blocks_file_list(struct json_writer *text, const struct found_block_list *list);
void found_blocks_file_head(struct json_writer *text, const struct found_block *record,
			    size_t digits);

/* The reply of Blocks(): {"blocks":[..]}, the newest one first. */
void found_blocks_file_reply(struct json_writer *text, const struct found_block_list *list);

/*
 * Parses size bytes, which may be anything, into an empty list. NULL, or what is wrong; the list
 * then has an undefined part of it.
 */
const char *found_blocks_file_parse(struct found_block_list *ret, const char *text, size_t size);

/*
 * The same for the file of a block: ret is without a block, whose digits, not checked, are
 * *ret_hex.
 */
const char *found_blocks_file_parse_block(struct found_block *ret, const char **ret_hex,
					  size_t *ret_digits, const char *text, size_t size);
