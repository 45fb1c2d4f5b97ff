/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * Internal header of template*.c: a template that is being read. Each step returns false once it
 * has written the reason.
 */
#include <json-c/json.h>
#include <stdbool.h>
#include <stdint.h>

#include "upstream/node/template.h"

struct template_scan {
	struct json_object *result;
	const struct sha256_code *sha256; /* that hashes its transactions */
	struct template *template;
	char *reason; /* of TEMPLATE_REASON_MAX bytes */
	/* Of its rules; segwit is also on where there are none. */
	bool segwit, signet;
	uint32_t version_bits; /* that the template or a deployment uses */
	/* Of all transactions. */
	uint64_t size, weight, sigops;
};

/* Writes the reason. Always false. */
bool template_refuse(struct template_scan *scan, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

/* A whole number from min to max. It may be missing if *ret has a value for that: not INT64_MIN. */
bool template_number(struct template_scan *scan, const char *name, int64_t min, int64_t max,
		     int64_t *ret);

/* Rules, version bits and the challenge of a signet: template_rules.c. */
bool template_read_rules(struct template_scan *scan);

/* What it demands of a block's time, nonce and submission: template_limits.c. */
bool template_read_limits(struct template_scan *scan);

/* Whether all of it fits into a block, when the transactions were read. */
bool template_check_size(struct template_scan *scan);

/* template_transactions.c */
bool template_read_transactions(struct template_scan *scan);
