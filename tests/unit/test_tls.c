/* SPDX-License-Identifier: MIT */
/* Folder daemon/io/: TLS connections, against OpenSSL's server in memory. */
#include <check.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "common/container.h"
#include "suite_main.h"
#include "tls_fixture.h"

enum { BULK = 300000 };

static struct tls_fixture fixture;

static void setup(void)
{
	tls_fixture_init(&fixture);
}

static void teardown(void)
{
	tls_fixture_deinit(&fixture);
}

/* One connection that is up. */
struct pair {
	struct tls_context context;
	struct tls tls;
	struct tls_fixture_server server;
};

static void pair_connect_to(struct pair *pair, const char *host, size_t step)
{
	ck_assert_int_eq(tls_init(&pair->tls, &pair->context, host), 0);
	tls_fixture_accept(&pair->server);
	ck_assert_msg(tls_fixture_carry(&pair->tls, &pair->server, step), "%s", pair->tls.reason);
	ck_assert_uint_eq(pair->tls.state, TLS_OPEN);
	ck_assert(SSL_is_init_finished(pair->server.ssl));
}

static void pair_connect(struct pair *pair, size_t step)
{
	pair_connect_to(pair, "pool.test", step);
}

static void pair_disconnect(struct pair *pair)
{
	tls_deinit(&pair->tls);
	/* Else its session is taken for a broken one and is not resumed. */
	SSL_set_shutdown(pair->server.ssl, SSL_SENT_SHUTDOWN | SSL_RECEIVED_SHUTDOWN);
	SSL_free(pair->server.ssl);
}

static void pair_init(struct pair *pair, int version)
{
	struct tls_settings settings = {fixture.authority_pem, NULL, true};
	char reason[TLS_REASON_MAX];

	*pair = (struct pair){.server.context = tls_fixture_context(&fixture.pool, version)};
	ck_assert_int_eq(tls_context_init(&pair->context, &settings, reason), 0);
}

static void pair_deinit(struct pair *pair)
{
	SSL_CTX_free(pair->server.context);
	tls_context_deinit(&pair->context);
}

static const int versions[] = {TLS1_2_VERSION, TLS1_3_VERSION};
static const size_t steps[] = {1, 7, 1000, 4096};

/* Text both ways, in portions of every size. */
START_TEST(text_goes_both_ways)
{
	char *sent = malloc(BULK), *seen = malloc(BULK);

	for (size_t i = 0; i < BULK; i++)
		sent[i] = (char)rand();
	for (size_t v = 0; v < 2; v++) {
		struct pair pair;
		size_t at = 0, n;

		pair_init(&pair, versions[v]);
		pair_connect(&pair, steps[_i]);
		ck_assert_str_eq(tls_version(&pair.tls), v ? "TLSv1.3" : "TLSv1.2");
		ck_assert_str_eq(SSL_get_servername(pair.server.ssl, TLSEXT_NAMETYPE_host_name),
				 "pool.test");

		ck_assert(tls_write(&pair.tls, "", 0));
		ck_assert(tls_write(&pair.tls, sent, BULK));
		ck_assert(tls_fixture_carry(&pair.tls, &pair.server, steps[_i]));
		for (; SSL_read_ex(pair.server.ssl, seen + at, BULK - at, &n) == 1; at += n)
			;
		ck_assert_uint_eq(at, BULK);
		ck_assert_mem_eq(seen, sent, BULK);

		memset(seen, 0, BULK);
		ck_assert_int_eq(SSL_write(pair.server.ssl, sent, BULK), BULK);
		for (at = 0; BIO_ctrl_pending(pair.server.out);) {
			char bytes[4096];
			int received = BIO_read(pair.server.out, bytes, (int)steps[_i]);

			ck_assert(tls_feed(&pair.tls, bytes, (size_t)received));
			while ((n = tls_read(&pair.tls, seen + at, (size_t)rand() % 900 + 1)))
				at += n;
		}
		ck_assert_uint_eq(at, BULK);
		ck_assert_mem_eq(seen, sent, BULK);
		pair_disconnect(&pair);
		pair_deinit(&pair);
	}
	free(sent);
	free(seen);
}
END_TEST

/* Whoever the connection leads to is asked for, and has to answer; but RFC 6066: no address. */
static const struct {
	const char *host, *asked;
} hosts[] = {
	{"pool.test", "pool.test"}, {"a.wild.test", "a.wild.test"}, {"Pool.Test.", "Pool.Test"},
	{"192.0.2.7", NULL},	    {"2001:db8::7", NULL},	    {"2001:db8::7%eth0", NULL},
};

START_TEST(each_host_is_asked_for)
{
	struct pair pair;

	pair_init(&pair, 0);
	for (size_t i = 0; i < ARRAY_SIZE(hosts); i++) {
		const char *asked;

		pair_connect_to(&pair, hosts[i].host, 4096);
		asked = SSL_get_servername(pair.server.ssl, TLSEXT_NAMETYPE_host_name);
		if (hosts[i].asked)
			ck_assert_str_eq(asked, hosts[i].asked);
		else
			ck_assert_ptr_null(asked);
		pair_disconnect(&pair);
	}
	pair_deinit(&pair);
}
END_TEST

START_TEST(hosts_that_cannot_be_asked_for)
{
	struct pair pair;
	char host[300];

	memset(host, 'a', sizeof(host));
	host[256] = '\0';
	pair_init(&pair, 0);
	ck_assert_int_eq(tls_init(&pair.tls, &pair.context, host), -EINVAL);
	ck_assert_int_eq(tls_init(&pair.tls, &pair.context, "."), -EINVAL);
	ck_assert_int_eq(tls_init(&pair.tls, &pair.context, ""), -EINVAL);
	ck_assert_ptr_null(pair.tls.ssl);
	pair_deinit(&pair);
}
END_TEST

START_TEST(session_is_resumed)
{
	char byte;

	for (size_t v = 0; v < 2; v++) {
		struct pair pair;

		pair_init(&pair, versions[v]);
		for (unsigned round = 0; round < 5; round++) {
			pair_connect(&pair, 4096);
			ck_assert_int_eq(SSL_session_reused(pair.tls.ssl), round > 0);
			ck_assert_int_eq(SSL_session_reused(pair.server.ssl), round > 0);
			/* In TLS 1.3 tickets come after the handshake, and are read with text. */
			ck_assert_uint_eq(tls_read(&pair.tls, &byte, 1), 0);
			ck_assert_uint_eq(pair.tls.state, TLS_OPEN);
			ck_assert_ptr_nonnull(pair.context.session);
			pair_disconnect(&pair);
		}
		pair_deinit(&pair);
	}
}
END_TEST

/* A resumed session skips the certificate: none may be offered to whom it was not made with. */
START_TEST(session_is_resumed_with_its_own_host_only)
{
	static const struct {
		const char *host;
		bool resumed;
	} connections[] = {
		{"pool.test", false}, {"pool.test", true},  {"a.wild.test", false},
		{"pool.test", false}, {"POOL.test", true},  {"192.0.2.7", false},
		{"192.0.2.7", true},  {"pool.test", false},
	};
	struct pair pair;
	char byte;

	pair_init(&pair, versions[_i]);
	for (size_t i = 0; i < ARRAY_SIZE(connections); i++) {
		pair_connect_to(&pair, connections[i].host, 4096);
		ck_assert_int_eq(SSL_session_reused(pair.tls.ssl), connections[i].resumed);
		ck_assert_uint_eq(tls_read(&pair.tls, &byte, 1), 0);
		pair_disconnect(&pair);
	}
	/* The server would resume it, but it is not the one that is wanted. */
	ck_assert_int_eq(tls_init(&pair.tls, &pair.context, "other.test"), 0);
	tls_fixture_accept(&pair.server);
	ck_assert(!tls_fixture_carry(&pair.tls, &pair.server, 4096));
	ck_assert_ptr_nonnull(strstr(pair.tls.reason, "not for other.test"));
	pair_disconnect(&pair);
	pair_deinit(&pair);
}
END_TEST

START_TEST(end_in_order)
{
	struct pair pair;
	char bytes[64], hello[4096];

	pair_init(&pair, 0);
	/* The server's end: what it said before is still read. */
	pair_connect(&pair, 4096);
	ck_assert_int_eq(SSL_write(pair.server.ssl, "last words", 10), 10);
	SSL_shutdown(pair.server.ssl);
	ck_assert(tls_fixture_carry(&pair.tls, &pair.server, 4096));
	ck_assert_uint_eq(tls_read(&pair.tls, bytes, 4), 4);
	ck_assert_uint_eq(pair.tls.state, TLS_OPEN);
	ck_assert_uint_eq(tls_read(&pair.tls, bytes, sizeof(bytes)), 6);
	ck_assert_uint_eq(pair.tls.state, TLS_CLOSED);
	ck_assert(!tls_write(&pair.tls, "x", 1));
	ck_assert(tls_feed(&pair.tls, "ignored", 7));
	ck_assert_uint_eq(tls_read(&pair.tls, bytes, sizeof(bytes)), 0);
	/* It is answered, once. */
	ck_assert_uint_eq(tls_output_pending(&pair.tls), 0);
	tls_close(&pair.tls);
	ck_assert_uint_gt(tls_output_pending(&pair.tls), 0);
	tls_fixture_carry(&pair.tls, &pair.server, 4096);
	tls_close(&pair.tls);
	ck_assert_uint_eq(tls_output_pending(&pair.tls), 0);
	ck_assert_int_eq(SSL_shutdown(pair.server.ssl), 1);
	pair_disconnect(&pair);

	/* Nothing is said before there is a connection to end. */
	ck_assert_int_eq(tls_init(&pair.tls, &pair.context, "pool.test"), 0);
	tls_output(&pair.tls, hello, sizeof(hello));
	tls_close(&pair.tls);
	ck_assert_uint_eq(tls_output_pending(&pair.tls), 0);
	tls_deinit(&pair.tls);

	/* The client's. */
	pair_connect(&pair, 4096);
	tls_close(&pair.tls);
	ck_assert_uint_gt(tls_output_pending(&pair.tls), 0);
	tls_fixture_carry(&pair.tls, &pair.server, 4096);
	ck_assert_int_eq(SSL_read(pair.server.ssl, bytes, 1), 0);
	ck_assert_int_eq(SSL_get_error(pair.server.ssl, 0), SSL_ERROR_ZERO_RETURN);
	pair_disconnect(&pair);
	pair_deinit(&pair);
}
END_TEST

START_TEST(too_old_is_refused)
{
	struct pair pair;

	pair_init(&pair, TLS1_1_VERSION);
	ck_assert_int_eq(tls_init(&pair.tls, &pair.context, "pool.test"), 0);
	tls_fixture_accept(&pair.server);
	ck_assert(!tls_fixture_carry(&pair.tls, &pair.server, 4096));
	ck_assert_ptr_nonnull(strstr(pair.tls.reason, "does not speak TLS 1.2 or newer"));
	pair_disconnect(&pair);
	pair_deinit(&pair);
}
END_TEST

START_TEST(no_tls_at_all)
{
	static const char *const lines[] = {
		"{\"id\":null,\"method\":\"mining.set_difficulty\",\"params\":[1]}\n",
		"SSH-2.0-OpenSSH_9.2p1\r\n",
		"HTTP/1.1 400 Bad Request\r\n\r\n",
	};
	struct pair pair;

	pair_init(&pair, 0);
	for (size_t i = 0; i < ARRAY_SIZE(lines); i++) {
		ck_assert_int_eq(tls_init(&pair.tls, &pair.context, "pool.test"), 0);
		ck_assert(!tls_feed(&pair.tls, lines[i], strlen(lines[i])));
		ck_assert_ptr_nonnull(strstr(pair.tls.reason, "does not speak TLS on this port"));
		ck_assert_ptr_nonnull(strstr(pair.tls.reason, i == 1 ? "SSH-2.0" : ""));
		ck_assert_ptr_nonnull(strstr(pair.tls.reason, "stratum+tcp://"));
		tls_deinit(&pair.tls);
	}
	pair_deinit(&pair);
}
END_TEST

/* Each byte of what a server says spoilt in turn: it may fail, or not matter, never more. */
START_TEST(spoilt_bytes)
{
	struct pair pair;
	size_t size = 1;

	for (size_t at = 0; at < size; at += 7) {
		static char bytes[16384];
		int n;

		pair_init(&pair, versions[_i]);
		ck_assert_int_eq(tls_init(&pair.tls, &pair.context, "pool.test"), 0);
		tls_fixture_accept(&pair.server);
		n = (int)tls_output(&pair.tls, bytes, sizeof(bytes));
		ck_assert_int_eq(BIO_write(pair.server.in, bytes, n), n);
		SSL_do_handshake(pair.server.ssl);
		n = BIO_read(pair.server.out, bytes, sizeof(bytes));
		ck_assert_int_gt(n, 500);
		size = (size_t)n;
		bytes[at] = (char)(bytes[at] ^ (1 + rand() % 255));
		tls_feed(&pair.tls, bytes, size);
		tls_fixture_carry(&pair.tls, &pair.server, 4096);
		if (pair.tls.state == TLS_FAILED)
			ck_assert_uint_gt(strlen(pair.tls.reason), 0);
		pair_disconnect(&pair);
		pair_deinit(&pair);
	}
}
END_TEST

START_TEST(bounded)
{
	struct pair pair;
	char *bytes = calloc(1, TLS_OUTPUT_MAX + 1);
	bool fed = true;

	pair_init(&pair, 0);
	pair_connect(&pair, 4096);
	ck_assert(!tls_write(&pair.tls, bytes, TLS_OUTPUT_MAX + 1));
	ck_assert(tls_write(&pair.tls, bytes, TLS_OUTPUT_MAX));
	ck_assert(!tls_write(&pair.tls, bytes, TLS_OUTPUT_MAX));
	ck_assert_uint_eq(pair.tls.state, TLS_OPEN);
	pair_disconnect(&pair);

	/* A peer whose text nobody reads. */
	pair_connect(&pair, 4096);
	ck_assert_int_eq(SSL_write(pair.server.ssl, bytes, 2 * TLS_INPUT_MAX), 2 * TLS_INPUT_MAX);
	while (fed) {
		char part[4096];
		int n = BIO_read(pair.server.out, part, sizeof(part));

		ck_assert_int_gt(n, 0);
		fed = tls_feed(&pair.tls, part, (size_t)n);
	}
	ck_assert_ptr_nonnull(strstr(pair.tls.reason, "the TLS input buffer is full"));
	pair_disconnect(&pair);
	pair_deinit(&pair);
	free(bytes);
}
END_TEST

/*
 * Requests that a peer repeats without end, for new keys (TLS 1.3) or a new handshake (TLS 1.2,
 * always refused): what is to be sent for them is bounded, also where nothing is taken.
 */
START_TEST(requests_without_end)
{
	struct pair pair;
	bool fed = true;

	pair_init(&pair, versions[_i]);
	pair_connect(&pair, 4096);
	for (size_t n_requests = 0; fed && n_requests < 100000; n_requests++) {
		char bytes[4096];
		int n;

		if (versions[_i] == TLS1_3_VERSION)
			SSL_key_update(pair.server.ssl, SSL_KEY_UPDATE_REQUESTED);
		else
			SSL_renegotiate(pair.server.ssl);
		SSL_do_handshake(pair.server.ssl);
		n = BIO_read(pair.server.out, bytes, sizeof(bytes));
		ck_assert_int_gt(n, 0);
		fed = tls_feed(&pair.tls, bytes, (size_t)n);
		ck_assert_uint_eq(tls_read(&pair.tls, bytes, sizeof(bytes)), 0);
		ck_assert_uint_le(tls_output_pending(&pair.tls), TLS_OUTPUT_MAX + 100);
		fed = fed && pair.tls.state == TLS_OPEN;
	}
	ck_assert_ptr_nonnull(strstr(pair.tls.reason, "does not read the answers"));
	pair_disconnect(&pair);
	pair_deinit(&pair);
}
END_TEST

/* A session that a stranger continues proves nothing: the pin is looked at again. */
START_TEST(failure_forgets_the_session)
{
	struct pair pair;
	char byte;

	pair_init(&pair, 0);
	pair_connect(&pair, 4096);
	ck_assert_uint_eq(tls_read(&pair.tls, &byte, 1), 0);
	pair_disconnect(&pair);
	ck_assert_ptr_nonnull(pair.context.session);
	pair.context.pinned = true;
	ck_assert_int_eq(tls_init(&pair.tls, &pair.context, "pool.test"), 0);
	tls_fixture_accept(&pair.server);
	ck_assert(!tls_fixture_carry(&pair.tls, &pair.server, 4096));
	ck_assert_ptr_nonnull(strstr(pair.tls.reason, "not the pinned one"));
	ck_assert_ptr_null(pair.context.session);
	pair_disconnect(&pair);
	pair_deinit(&pair);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("tls");
	TCase *tls = tcase_create("tls");

	tcase_set_timeout(tls, 60);
	tcase_add_checked_fixture(tls, setup, teardown);
	tcase_add_loop_test(tls, text_goes_both_ways, 0, ARRAY_SIZE(steps));
	tcase_add_test(tls, each_host_is_asked_for);
	tcase_add_test(tls, hosts_that_cannot_be_asked_for);
	tcase_add_test(tls, session_is_resumed);
	tcase_add_loop_test(tls, session_is_resumed_with_its_own_host_only, 0, 2);
	tcase_add_test(tls, end_in_order);
	tcase_add_test(tls, too_old_is_refused);
	tcase_add_test(tls, no_tls_at_all);
	tcase_add_loop_test(tls, spoilt_bytes, 0, 2);
	tcase_add_test(tls, bounded);
	tcase_add_loop_test(tls, requests_without_end, 0, 2);
	tcase_add_test(tls, failure_forgets_the_session);
	suite_add_tcase(suite, tls);
	return suite_main(suite);
}
