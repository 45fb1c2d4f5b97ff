/* SPDX-License-Identifier: MIT */
/* Folder daemon/io/: HTTP over TLS, with the certificates and the pin of a struct tls_context. */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "common/container.h"
#include "http_fixture.h"
#include "iterate_fixture.h"
#include "net_fixture.h"
#include "suite_main.h"

static struct http_server server;
static struct http_caller caller;
static struct http_call *const call = &caller.calls[0];
static unsigned descriptors;

static struct tls_fixture fixture;
static struct tls_fixture_identity good, other_host, expired, other_authority, unknown;
static char *good_pin, *other_pin;

static void setup(void)
{
	tls_fixture_init(&fixture);
	good = tls_fixture_identity("good", "IP:127.0.0.1", &fixture.authority, -1, 10);
	other_host = tls_fixture_identity("other", "DNS:node.test", &fixture.authority, -1, 10);
	expired = tls_fixture_identity("old", "IP:127.0.0.1", &fixture.authority, -10, -1);
	other_authority = tls_fixture_identity("Other Authority", NULL, NULL, -1, 10);
	unknown = tls_fixture_identity("unknown", "IP:127.0.0.1", &other_authority, -1, 10);
	good_pin = tls_fixture_pin(&good);
	other_pin = tls_fixture_pin(&unknown);
	descriptors = net_fixture_descriptors();
}

static void teardown(void)
{
	free(good_pin);
	free(other_pin);
	tls_fixture_identity_free(&unknown);
	tls_fixture_identity_free(&other_authority);
	tls_fixture_identity_free(&expired);
	tls_fixture_identity_free(&other_host);
	tls_fixture_identity_free(&good);
	tls_fixture_deinit(&fixture);
}

/* Two requests, on one connection if the client accepts the certificate. */
static void serve_two(struct http_server *self)
{
	struct http_peer peer;

	if (http_peer_accept(self, &peer))
		for (int i = 0; i < 2 && http_peer_request(&peer); i++)
			http_peer_say(&peer, "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok");
	http_peer_drain(&peer);
	http_peer_close(&peer);
}

static void run(const struct tls_fixture_identity *identity, const struct tls_settings *settings,
		const char *reason)
{
	SSL_CTX *context = tls_fixture_context(identity, 0);
	struct tls_context trust;
	char text[TLS_REASON_MAX];

	ck_assert_int_eq(tls_context_init(&trust, settings, text), 0);
	http_server_start(&server, context, serve_two);
	http_caller_init(&caller, NULL, server.port, &trust);
	http_caller_call(call, "{}");
	if (reason) {
		ck_assert_ptr_nonnull(call->error);
		ck_assert_ptr_eq(strstr(call->error, "TLS: "), call->error);
		ck_assert_msg(strstr(call->error, reason) != NULL, "%s", call->error);
	} else {
		ck_assert_msg(!call->error, "%s", call->error);
		ck_assert_str_eq(call->body, "ok");
		http_caller_call(call, "{}");
		ck_assert_msg(!call->error, "%s", call->error);
	}
	http_caller_deinit(&caller);
	http_server_join(&server);
	tls_context_deinit(&trust);
	SSL_CTX_free(context);
	ck_assert_uint_eq(net_fixture_descriptors(), descriptors);
}

START_TEST(a_certificate_is_verified)
{
	const struct tls_settings settings = {fixture.authority_pem, NULL, true};

	run(&good, &settings, NULL);
	run(&other_host, &settings, "node.test");
	run(&expired, &settings, "expired");
	run(&unknown, &settings, "tls_ca");
}
END_TEST

/* The system's certificates, among which the test's authority is not. */
START_TEST(the_system_does_not_know_it)
{
	const struct tls_settings settings = {NULL, NULL, true};

	run(&good, &settings, "tls_ca");
}
END_TEST

START_TEST(a_pin_counts_alone)
{
	struct tls_settings settings = {NULL, good_pin, true};

	run(&good, &settings, NULL);
	run(&unknown, &settings, "the server's key is not the pinned one: sha256//");
	settings.pin = other_pin;
	run(&unknown, &settings, NULL);
	settings.ca_pem = fixture.authority_pem;
	run(&good, &settings, "the server's key is not the pinned one: sha256//");
}
END_TEST

START_TEST(without_verification_all_are_taken)
{
	const struct tls_settings settings = {NULL, NULL, false};

	run(&unknown, &settings, NULL);
	run(&expired, &settings, NULL);
}
END_TEST

static void serve_plain(struct http_server *self)
{
	struct http_peer peer;

	http_peer_accept(self, &peer);
	http_peer_say(&peer, "HTTP/1.1 400 Bad Request\r\n\r\n");
	http_peer_drain(&peer);
	http_peer_close(&peer);
}

START_TEST(a_server_without_tls_is_named)
{
	const struct tls_settings settings = {fixture.authority_pem, NULL, true};
	struct tls_context trust;
	char text[TLS_REASON_MAX];

	ck_assert_int_eq(tls_context_init(&trust, &settings, text), 0);
	http_server_start(&server, NULL, serve_plain);
	http_caller_init(&caller, NULL, server.port, &trust);
	http_caller_call(call, "{}");
	ck_assert_ptr_eq(strstr(call->error, "the TLS handshake with 127.0.0.1:"), call->error);
	ck_assert_ptr_nonnull(strstr(call->error, ": is it http://?"));
	http_caller_deinit(&caller);
	http_server_join(&server);
	tls_context_deinit(&trust);
}
END_TEST

static Suite *http_tls_suite(void)
{
	Suite *suite = suite_create("http_tls");
	TCase *t = tcase_create("http_tls");

	tcase_add_checked_fixture(t, setup, teardown);
	tcase_add_test(t, a_certificate_is_verified);
	tcase_add_test(t, the_system_does_not_know_it);
	tcase_add_test(t, a_pin_counts_alone);
	tcase_add_test(t, without_verification_all_are_taken);
	tcase_add_test(t, a_server_without_tls_is_named);
	suite_add_tcase(suite, t);
	return suite;
}

int main(void)
{
	return suite_main(http_tls_suite());
}
