/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * What is kept over restarts, and its form in the file: one JSON object on a line,
 *
 *	{"version":1,"since":S,"accepted":N,"blocks_found":N,
 *	 "blocks_accepted":N,	 "best":{"difficulty":D,"hash":"64 digits","time":S,"pool":"NAME"}}
 *
 * with times in seconds since 1970. best and its pool may be null. Pure; any thread.
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "bitcoin/target.h"
#include "io/store.h"

enum { RECORD_POOL_MAX = 288 /* bytes of a pool's name and a NUL */ };

struct record {
	uint64_t since_s; /* when the counting began */
	uint64_t accepted;
	uint64_t blocks_found, blocks_accepted; /* one for each block that they follow */
	bool has_best;
	struct target best; /* the hash */
	uint64_t best_s;
	char best_pool[RECORD_POOL_MAX]; /* "": its login was gone already */
};

/* Bytes of the text, which is whole; 0 on allocation failure. */
size_t record_text(char ret[STORE_SIZE_MAX], const struct record *record);

/* NULL, or what is wrong with any bytes there may be (then ret is untouched). */
const char *record_parse(struct record *ret, const char *text, size_t size);
