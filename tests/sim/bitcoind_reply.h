/* SPDX-License-Identifier: MIT */
#pragma once

/* The texts of a simulated node's replies, as Bitcoin Core writes them. */
#include "bitcoind.h"

/* A status with a text, or none: "". */
void bitcoind_say(struct fake_http_answer *ret, unsigned status, const char *text);

/* The result of a call, JSON; and its error. */
void bitcoind_result(struct fake_http_answer *ret, const char *json);
void bitcoind_error(struct fake_http_answer *ret, int code, const char *message);

/* No reply. */
void bitcoind_fail(struct fake_http_answer *ret, const char *why, bool refused);

void bitcoind_chain_info(struct fake_http_answer *ret, const struct bitcoind *node);
/* The id of a long poll for what follows the template. */
void bitcoind_poll_id(char ret[BITCOIND_ID_TEXT], const struct chain *chain,
		      const struct chain_template *template);

void bitcoind_template(struct fake_http_answer *ret, const struct bitcoind *node,
		       const struct chain_template *template);

/* hash: 64 digits. */
void bitcoind_header(struct fake_http_answer *ret, const struct chain *chain, const char *hash);

/* The digits of a hash as people write it, and a NUL. */
enum { BITCOIND_HASH_TEXT = 65 };
void bitcoind_hash_text(char ret[BITCOIND_HASH_TEXT], const uint8_t hash[32]);
