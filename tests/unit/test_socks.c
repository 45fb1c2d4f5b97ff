/* SPDX-License-Identifier: MIT */
/* Folder daemon/io/: what is said to a SOCKS5 proxy, and what is made of its answers. */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "common/container.h"
#include "io/socks.h"
#include "suite_main.h"

#define BYTES(x)  (x), sizeof(x) - 1
#define NAME	  "\x04pool"
#define IPV4_REST "\x00\x01\x0a\x00\x00\x01\x04\x38"
#define GREETING  "\x05\x00"

static struct socks begin(const char *host, const char *user, const char *password)
{
	struct socks socks;

	socks_init(&socks, &(struct socks_settings){host, 3333, user, password});
	return socks;
}

static void said(const struct socks *socks, const char *bytes, size_t n)
{
	ck_assert_uint_eq(socks->out_size, n);
	ck_assert_mem_eq(socks->out, bytes, n);
}

/*
 * Gives it these bytes, at most step at a time and never more than it asks for; how many it took
 * until it had an answer, or all of them.
 */
static size_t answer(struct socks *socks, const char *bytes, size_t n, size_t step)
{
	size_t at = 0;
	bool done = false;

	while (!done && at < n) {
		size_t size;
		void *space = socks_space(socks, &size);

		ck_assert_uint_gt(size, 0);
		size = MIN(size, step);
		size = MIN(size, n - at);
		memcpy(space, bytes + at, size);
		at += size;
		done = socks_received(socks, size);
	}
	return at;
}

static void opened(struct socks *socks)
{
	size_t size;

	ck_assert_uint_eq(socks->state, SOCKS_OPEN);
	ck_assert_uint_eq(socks->out_size, 0);
	socks_space(socks, &size);
	ck_assert_uint_eq(size, 0);
}

static void failed(struct socks *socks, const char *reason)
{
	size_t size;

	ck_assert_uint_eq(socks->state, SOCKS_FAILED);
	ck_assert_str_eq(socks->reason, reason);
	ck_assert_uint_eq(socks->out_size, 0);
	socks_space(socks, &size);
	ck_assert_uint_eq(size, 0);
}

static const size_t steps[] = {1, 2, 3, 7, 1000};

START_TEST(names_and_addresses)
{
	static const struct {
		const char *host;
		const char *request;
		size_t size;
	} hosts[] = {
		{"pool", BYTES("\x05\x01\x00\x03" NAME "\x0d\x05")},
		{"192.0.2.7", BYTES("\x05\x01\x00\x01\xc0\x00\x02\x07\x0d\x05")},
		{"2001:db8::7", BYTES("\x05\x01\x00\x04\x20\x01\x0d\xb8\x00\x00\x00\x00\x00\x00\x00"
				      "\x00\x00\x00\x00\x07\x0d\x05")},
		/* What only looks like an address is a name. */
		{"192.0.2", BYTES("\x05\x01\x00\x03\x07"
				  "192.0.2\x0d\x05")},
	};

	for (size_t i = 0; i < ARRAY_SIZE(hosts); i++) {
		struct socks socks = begin(hosts[i].host, "", "");

		said(&socks, BYTES("\x05\x01\x00"));
		answer(&socks, BYTES(GREETING), steps[_i]);
		ck_assert_uint_eq(socks.state, SOCKS_REPLY);
		said(&socks, hosts[i].request, hosts[i].size);
		answer(&socks, BYTES("\x05\x00" IPV4_REST), steps[_i]);
		opened(&socks);
	}
}
END_TEST

START_TEST(user_and_password)
{
	struct socks socks = begin("pool", "us", "secret");

	said(&socks, BYTES("\x05\x01\x02"));
	answer(&socks, BYTES("\x05\x02"), steps[_i]);
	ck_assert_uint_eq(socks.state, SOCKS_LOGIN);
	said(&socks, BYTES("\x01\x02us\x06secret"));
	answer(&socks, BYTES("\x01\x00"), steps[_i]);
	ck_assert_uint_eq(socks.state, SOCKS_REPLY);
	said(&socks, BYTES("\x05\x01\x00\x03" NAME "\x0d\x05"));
	answer(&socks, BYTES("\x05\x00" IPV4_REST), steps[_i]);
	opened(&socks);
}
END_TEST

/* Each kind of address in the answer; what follows it is the server's and is not asked for. */
START_TEST(answers_have_their_length)
{
	char name[7 + 255 + 3] = "\x05\x00\x00\x03\xff";
	struct {
		const char *bytes;
		size_t size;
	} const answers[] = {
		{BYTES("\x05\x00" IPV4_REST "abc")},
		{BYTES("\x05\x00\x00\x04"
		       "0123456789abcdef\x04\x38"
		       "abc")},
		{BYTES("\x05\x00\x00\x03\x00\x04\x38"
		       "abc")},
		{BYTES("\x05\x00\x00\x03\x02hi\x04\x38"
		       "abc")},
		{name, sizeof(name)},
	};

	for (size_t i = 0; i < ARRAY_SIZE(answers); i++) {
		struct socks socks = begin("pool", "", "");

		answer(&socks, BYTES(GREETING), steps[_i]);
		ck_assert_uint_eq(answer(&socks, answers[i].bytes, answers[i].size, steps[_i]),
				  answers[i].size - 3);
		opened(&socks);
	}
}
END_TEST

START_TEST(refusals_say_why)
{
	static const struct {
		const char *bytes;
		size_t size;
		const char *reason;
	} refusals[] = {
		{BYTES("\x05\x01"), "says: general failure"},
		{BYTES("\x05\x02" IPV4_REST), "says: not allowed by its rules"},
		{BYTES("\x05\x03" IPV4_REST), "says: network unreachable"},
		{BYTES("\x05\x04" IPV4_REST), "says: host unreachable"},
		{BYTES("\x05\x05" IPV4_REST), "says: connection refused"},
		{BYTES("\x05\x06" IPV4_REST), "says: time to live expired"},
		{BYTES("\x05\x07" IPV4_REST), "says: command not supported"},
		{BYTES("\x05\x08" IPV4_REST), "says: kind of address not supported"},
		{BYTES("\x05\x09" IPV4_REST), "says: error 0x09"},
		{BYTES("\x05\xf0" IPV4_REST), "says: onion service not found"},
		{BYTES("\x05\xf7"), "says: introduction to the onion service timed out"},
		{BYTES("\x05\xf8"), "says: error 0xf8"},
		{BYTES("\x05\xff"), "says: error 0xff"},
		{BYTES("\x05\x00\x00\x02\x00"), "answered with an unknown kind of address, 0x02"},
		{BYTES("\x04"), "does not speak SOCKS5: its answer begins with 0x04"},
	};

	for (size_t i = 0; i < ARRAY_SIZE(refusals); i++) {
		struct socks socks = begin("pool", "", "");

		answer(&socks, BYTES(GREETING), steps[_i]);
		answer(&socks, refusals[i].bytes, refusals[i].size, steps[_i]);
		failed(&socks, refusals[i].reason);
	}
}
END_TEST

START_TEST(logins_that_fail)
{
	static const struct {
		const char *user, *bytes;
		size_t size;
		const char *reason;
	} logins[] = {
		{"", BYTES("\x05\xff"), "wants a user and a password"},
		{"", BYTES("\x05\x02"), "chose a method of login that was not offered, 0x02"},
		{"u", BYTES("\x05\xff"), "takes no user and password"},
		{"u", BYTES("\x05\x00"), "chose a method of login that was not offered, 0x00"},
		{"", BYTES("HTTP"), "does not speak SOCKS5: its answer begins with 0x48"},
		{"u", BYTES("\x00"), "does not speak SOCKS5: its answer begins with 0x00"},
	};
	struct socks socks;

	for (size_t i = 0; i < ARRAY_SIZE(logins); i++) {
		socks = begin("pool", logins[i].user, "secret");
		answer(&socks, logins[i].bytes, logins[i].size, steps[_i]);
		failed(&socks, logins[i].reason);
	}
	socks = begin("pool", "u", "secret");
	answer(&socks, BYTES("\x05\x02"), steps[_i]);
	answer(&socks, BYTES("\x01\x01"), steps[_i]);
	failed(&socks, "refused the user and password");
}
END_TEST

START_TEST(texts_have_a_length)
{
	char longest[SOCKS_TEXT_MAX + 1] = "", longer[SOCKS_TEXT_MAX + 2] = "";
	struct socks socks;

	memset(longest, 'a', SOCKS_TEXT_MAX);
	memset(longer, 'a', SOCKS_TEXT_MAX + 1);
	socks = begin(longest, longest, longest);
	answer(&socks, BYTES("\x05\x02"), 2);
	ck_assert_uint_eq(socks.out_size, 3 + 2 * SOCKS_TEXT_MAX);
	answer(&socks, BYTES("\x01\x00"), 2);
	ck_assert_uint_eq(socks.out_size, 7 + SOCKS_TEXT_MAX);
	for (unsigned i = 0; i < 3; i++) {
		socks = begin(i == 0 ? longer : "h", i == 1 ? longer : "u", i == 2 ? longer : "p");
		failed(&socks, "cannot take a name, user or password longer than 255 bytes");
	}
}
END_TEST

int main(void)
{
	const int n = (int)ARRAY_SIZE(steps);
	Suite *suite = suite_create("socks");
	TCase *socks = tcase_create("socks");

	tcase_add_loop_test(socks, names_and_addresses, 0, n);
	tcase_add_loop_test(socks, user_and_password, 0, n);
	tcase_add_loop_test(socks, answers_have_their_length, 0, n);
	tcase_add_loop_test(socks, refusals_say_why, 0, n);
	tcase_add_loop_test(socks, logins_that_fail, 0, n);
	tcase_add_test(socks, texts_have_a_length);
	suite_add_tcase(suite, socks);
	return suite_main(suite);
}
