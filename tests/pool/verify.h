/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * The verdict on a share: the header is built again from what the pool sent and what the miner
 * says, hashed with OpenSSL, and compared in 256 bits. It shares no code with the daemon's room
 * bitcoin/. Pure.
 */
#include "number.h"
#include "work.h"

enum {
	VERIFY_NTIME_WINDOW = 7000, /* s that a share's ntime may be above the job's */
};

enum verdict {
	VERDICT_ACCEPTED,
	VERDICT_LOW_DIFFICULTY,
	VERDICT_DUPLICATE,
	VERDICT_STALE,
	VERDICT_NO_JOB,
	VERDICT_NTIME,
	VERDICT_VERSION,     /* rolled bits outside the mask, or not eight digits */
	VERDICT_PARAMS,	     /* a sixth parameter too many or too few, or not five or six texts */
	VERDICT_EXTRANONCE2, /* not exactly 2 * size digits */
	VERDICT_NONCE,
	VERDICT_USER,
	VERDICT_FORCED, /* a good share that the script wanted refused */
	VERDICTS,
};

/* What holds for one miner's share of one work. */
struct terms {
	double difficulty;
	struct number target;
	uint8_t extranonce1[WORK_EXTRANONCE1_MAX];
	size_t extranonce1_size, extranonce2_size; /* bytes */
};

/* The texts of mining.submit. */
struct submission {
	const char *user, *job, *extranonce2, *ntime, *nonce;
	const char *version_bits; /* NULL: five parameters */
};

/* Filled as far as the share could be followed; hash only once the header was built. */
struct verified {
	uint8_t header[80];
	struct number hash;
	double difficulty;
	uint32_t version, ntime, nonce;
	bool hashed;
	bool block; /* meets nbits */
};

/*
 * mask: the bits this miner may roll now, 0 for none. ACCEPTED, or what is wrong; duplicates,
 * staleness and the user are the caller's.
 */
enum verdict verify_share(const struct work *work, const struct terms *terms, uint32_t mask,
			  const struct submission *submission, struct verified *ret);

/* SHA-256 of SHA-256. */
void verify_sha256d(uint8_t ret[32], const void *bytes, size_t n);

/* root becomes the merkle root of a transaction id under branches. */
void verify_merkle(uint8_t root[32], const uint8_t (*branches)[32], unsigned n);

/* A name for events, and the code and text of the Stratum error. */
const char *verdict_name(enum verdict verdict);
int verdict_code(enum verdict verdict);
const char *verdict_text(enum verdict verdict);
