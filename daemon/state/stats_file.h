/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * The statistics that survive a restart, and their file format: one JSON object on one line,
 *
 *	{"version":1,"since":S,"accepted":N,"blocks_found":N,"blocks_accepted":N,
 *	 "best":{"difficulty":D,"hash":"64 digits","time":S,"pool":"NAME"}}
 *
 * with times in seconds since 1970. best and its pool may be null. Pure; any thread.
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "bitcoin/target.h"

enum {
	STATS_FILE_SIZE_MAX = 4096, /* bytes of the file */
	STATS_FILE_POOL_MAX = 288,  /* bytes of a pool's name, including the NUL */
};

struct stats_file {
	uint64_t since_s; /* when counting began */
	uint64_t accepted;
	uint64_t blocks_found, blocks_accepted; /* at most one for each previous block */
	bool has_best;
	struct target best; /* the hash */
	uint64_t best_s;
	char best_pool[STATS_FILE_POOL_MAX]; /* "": the session that found it had ended */
};

/* Encodes stats. Returns the bytes of the complete text, without a NUL; 0 on allocation failure. */
size_t stats_file_text(char ret[STATS_FILE_SIZE_MAX], const struct stats_file *stats);

/* Parses size bytes, which may be anything. NULL, or what is wrong; ret is then untouched. */
const char *stats_file_parse(struct stats_file *ret, const char *text, size_t size);
