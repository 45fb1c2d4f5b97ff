/* SPDX-License-Identifier: MIT */
/* SHA-256 against the vectors of FIPS 180-4 and against OpenSSL, every form that this CPU has. */
#include <check.h>
#include <openssl/sha.h>
#include <stdlib.h>
#include <string.h>

#include "bitcoin/sha256.h"
#include "common/hex.h"
#include "suite_main.h"

/* Index 0 is the oracle, 1 the best of this CPU (which may be the oracle again). */
static sha256_compress_fn *form(int i)
{
	return i ? sha256_best()->compress : sha256_compress_scalar;
}

static void assert_digest(sha256_compress_fn *compress, const void *bytes, size_t n,
			  const char *expected)
{
	uint8_t digest[SHA256_DIGEST];
	char text[2 * SHA256_DIGEST + 1];

	sha256_finish(compress, sha256_initial, 0, bytes, n, digest);
	hex_encode(text, digest, sizeof(digest));
	ck_assert_str_eq(text, expected);
}

START_TEST(standard_vectors)
{
	static const char two_blocks[] = "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq";
	char *million = malloc(1000000);

	memset(million, 'a', 1000000);
	assert_digest(form(_i), "", 0,
		      "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
	assert_digest(form(_i), "abc", 3,
		      "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
	assert_digest(form(_i), two_blocks, sizeof(two_blocks) - 1,
		      "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1");
	assert_digest(form(_i), million, 1000000,
		      "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
	free(million);
}
END_TEST

START_TEST(every_length_as_openssl)
{
	uint8_t bytes[300], expected[32], digest[32];

	srand(1);
	for (size_t n = 0; n < sizeof(bytes); n++)
		bytes[n] = rand();
	for (size_t n = 0; n <= sizeof(bytes); n++) {
		SHA256(bytes, n, expected);
		sha256_finish(form(_i), sha256_initial, 0, bytes, n, digest);
		ck_assert_mem_eq(digest, expected, 32);
		SHA256(expected, 32, expected);
		sha256d(form(_i), bytes, n, digest);
		ck_assert_mem_eq(digest, expected, 32);
	}
}
END_TEST

START_TEST(state_is_resumed)
{
	uint8_t bytes[256], expected[32], digest[32];

	for (size_t n = 0; n < sizeof(bytes); n++)
		bytes[n] = n * 7;
	SHA256(bytes, sizeof(bytes), expected);
	for (size_t blocks = 0; blocks <= 4; blocks++) {
		uint32_t state[8];

		memcpy(state, sha256_initial, sizeof(state));
		form(_i)(state, bytes, blocks);
		sha256_finish(form(_i), state, blocks * 64, bytes + blocks * 64,
			      sizeof(bytes) - blocks * 64, digest);
		ck_assert_mem_eq(digest, expected, 32);
	}
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("sha256");
	TCase *tests = tcase_create("sha256");

	tcase_add_loop_test(tests, standard_vectors, 0, 2);
	tcase_add_loop_test(tests, every_length_as_openssl, 0, 2);
	tcase_add_loop_test(tests, state_is_resumed, 0, 2);
	suite_add_tcase(suite, tests);
	return suite_main(suite);
}
