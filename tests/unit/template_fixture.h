/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * Results of getblocktemplate, with transactions that are made up but whole; their ids are computed
 * by OpenSSL. Any one thread.
 */
#include <json-c/json.h>
#include <stddef.h>
#include <stdint.h>

#include "upstream/node/template.h"

enum { TEMPLATE_FIXTURE_PADDING = 40 /* bytes of an output's script, at least */ };

void template_fixture_sha256d(const uint8_t *bytes, size_t n, uint8_t ret[32]);

/*
 * As Bitcoin Core writes it on regtest; n transactions, each second one with a witness. padding:
 * bytes of each one's output script. It has no default_witness_commitment.
 */
struct json_object *template_fixture_new(unsigned n, size_t padding);

/* Sets, or with NULL removes, a member; json: its text. */
void template_fixture_set(struct json_object *object, const char *name, const char *json);

/* The transaction i, from 0. */
struct json_object *template_fixture_transaction(struct json_object *result, unsigned i);

/* Another transaction, of any bytes; its ids are the hash of all of them. */
void template_fixture_add(struct json_object *result, const char *hex);

/* The template that it is. Takes over the result. */
struct template *template_fixture_read(struct json_object *result);

/*
 * It is refused for a reason that contains why; name: what was changed. Takes over the result.
 */
void template_fixture_refuse(struct json_object *result, const char *name, const char *why);
