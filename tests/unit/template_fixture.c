/* SPDX-License-Identifier: MIT */
#include "template_fixture.h"

#include <check.h>
#include <openssl/sha.h>
#include <stdlib.h>
#include <string.h>

#include "bitcoin/sha256.h"
#include "common/hex.h"

void template_fixture_sha256d(const uint8_t *bytes, size_t n, uint8_t ret[32])
{
	uint8_t digest[32];

	SHA256(bytes, n, digest);
	SHA256(digest, 32, ret);
}

static struct json_object *hash_new(const uint8_t *bytes, size_t n)
{
	uint8_t hash[32], shown[32];
	char text[65];

	template_fixture_sha256d(bytes, n, hash);
	for (unsigned i = 0; i < 32; i++)
		shown[i] = hash[31 - i];
	hex_encode(text, shown, 32);
	return json_object_new_string(text);
}

/* stripped: the bytes without witness. */
static void put(struct json_object *result, const uint8_t *bytes, size_t n, const uint8_t *stripped,
		size_t n_stripped)
{
	struct json_object *entry = json_object_new_object();
	char *hex = malloc(2 * n + 1);

	ck_assert_ptr_nonnull(hex);
	hex_encode(hex, bytes, n);
	json_object_object_add(entry, "data", json_object_new_string(hex));
	json_object_object_add(entry, "txid", hash_new(stripped, n_stripped));
	json_object_object_add(entry, "hash", hash_new(bytes, n));
	json_object_object_add(entry, "depends", json_object_new_array());
	json_object_object_add(entry, "fee", json_object_new_int64(100));
	json_object_object_add(entry, "sigops", json_object_new_int64(4));
	json_object_object_add(entry, "weight",
			       json_object_new_int64((int64_t)(3 * n_stripped + n)));
	json_object_array_add(json_object_object_get(result, "transactions"), entry);
	free(hex);
}

void template_fixture_add(struct json_object *result, const char *hex)
{
	size_t n = strlen(hex) / 2;
	uint8_t *bytes = malloc(n);

	ck_assert(bytes && hex_decode(bytes, n, hex));
	put(result, bytes, n, bytes, n);
	free(bytes);
}

/* One input that spends something of i, one output of padding bytes; an odd i has a witness. */
static void add(struct json_object *result, unsigned i, size_t padding)
{
	const size_t inputs = 1 + 36 + 1 + 4, outputs = 1 + 8 + 5 + padding;
	uint8_t *bytes = calloc(1, 4 + 2 + inputs + outputs + 4 + 4), *at = bytes;
	uint8_t *stripped = calloc(1, 4 + inputs + outputs + 4);
	size_t n;

	ck_assert(bytes && stripped);
	*at = 2; /* version */
	at += 4;
	*at++ = 1;
	memcpy(at, &i, sizeof(i));
	at += 36 + 1 + 4;
	*at++ = 1;
	at[0] = 100; /* satoshi */
	at[8] = 0xfe;
	memcpy(at + 9, &(uint32_t){(uint32_t)padding}, 4);
	at += 13;
	if (padding < 65536) {
		at -= 2;
		at[-3] = 0xfd;
		memcpy(at - 2, &(uint16_t){(uint16_t)padding}, 2);
	}
	if (padding < 253) {
		at -= 2;
		at[-1] = (uint8_t)padding;
	}
	memset(at, 0x6a, padding);
	at += padding + 4;
	n = (size_t)(at - bytes);
	memcpy(stripped, bytes, n);
	if (i % 2) {
		const uint8_t witness[] = {1, 1, 0x51};

		memcpy(bytes + 4, &(uint8_t[]){0, 1}, 2);
		memcpy(bytes + 6, stripped + 4, n - 8);
		memcpy(bytes + n - 2, witness, sizeof(witness));
		memset(bytes + n + 1, 0, 4);
		put(result, bytes, n + 5, stripped, n);
	} else {
		put(result, bytes, n, bytes, n);
	}
	free(stripped);
	free(bytes);
}

void template_fixture_set(struct json_object *object, const char *name, const char *json)
{
	if (!json) {
		json_object_object_del(object, name);
		return;
	}
	json_object_object_add(object, name, json_tokener_parse(json));
}

struct json_object *template_fixture_transaction(struct json_object *result, unsigned i)
{
	return json_object_array_get_idx(json_object_object_get(result, "transactions"), i);
}

struct json_object *template_fixture_new(unsigned n, size_t padding)
{
	struct json_object *result = json_tokener_parse(
		"{\"capabilities\":[\"proposal\"],\"version\":536870912,"
		"\"rules\":[\"csv\",\"!segwit\",\"taproot\"],\"vbavailable\":{},\"vbrequired\":0,"
		"\"previousblockhash\":"
		"\"0f9188f13cb7b2c71f2a335e3a4fc328bf5beb436012afca590b1a11466e2206\","
		"\"transactions\":[],\"coinbaseaux\":{},\"coinbasevalue\":5000000000,"
		"\"longpollid\":"
		"\"0f9188f13cb7b2c71f2a335e3a4fc328bf5beb436012afca590b1a11466e220612\","
		"\"target\":"
		"\"7fffff0000000000000000000000000000000000000000000000000000000000\","
		"\"mintime\":1296688603,\"mutable\":[\"time\",\"transactions\",\"prevblock\"],"
		"\"noncerange\":\"00000000ffffffff\",\"sigoplimit\":80000,\"sizelimit\":4000000,"
		"\"weightlimit\":4000000,\"curtime\":1790000000,\"bits\":\"207fffff\","
		"\"height\":1}");

	ck_assert_ptr_nonnull(result);
	for (unsigned i = 0; i < n; i++)
		add(result, i, padding);
	return result;
}

struct template *template_fixture_read(struct json_object *result)
{
	char reason[TEMPLATE_REASON_MAX] = "";
	struct template *template = template_read(result, sha256_best(), reason);

	ck_assert_msg(template, "%s", reason);
	json_object_put(result);
	return template;
}

void template_fixture_refuse(struct json_object *result, const char *name, const char *why)
{
	char reason[TEMPLATE_REASON_MAX] = "";
	struct template *template = template_read(result, sha256_best(), reason);

	ck_assert_msg(!template, "%s was taken", name);
	ck_assert_msg(strncmp(reason, "block template: ", 16) == 0 && strstr(reason, why),
		      "%s: \"%s\" has no \"%s\"", name, reason, why);
	for (const char *c = reason; *c; c++)
		ck_assert_msg(*c >= ' ' && *c <= '~', "%s: not escaped: %s", name, reason);
	json_object_put(result);
}
