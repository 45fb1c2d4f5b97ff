/* SPDX-License-Identifier: MIT */
#pragma once

/* What tests of TLS need: certificates, and OpenSSL's server in memory as the other end. */
#include <openssl/ssl.h>
#include <stdbool.h>

#include "io/tls.h"

/* A key with its certificate. */
struct tls_fixture_identity {
	EVP_PKEY *key;
	X509 *certificate;
};

/* An authority, and what it certified: pool.test, *.wild.test, 192.0.2.7 and 2001:db8::7. */
struct tls_fixture {
	struct tls_fixture_identity authority, pool;
	char *authority_pem;
};

/* The server's end of a connection. */
struct tls_fixture_server {
	SSL_CTX *context;
	SSL *ssl;
	BIO *in, *out;
};

void tls_fixture_init(struct tls_fixture *fixture);
void tls_fixture_deinit(struct tls_fixture *fixture);

/* names: as in openssl's subjectAltName, or NULL for an authority; issuer NULL: self-signed. */
struct tls_fixture_identity tls_fixture_identity(const char *common_name, const char *names,
						 const struct tls_fixture_identity *issuer,
						 long from_days, long to_days);
void tls_fixture_identity_free(struct tls_fixture_identity *identity);

/* The certificate and the key in PEM; to free. */
char *tls_fixture_pem(const struct tls_fixture_identity *identity);
char *tls_fixture_key_pem(const struct tls_fixture_identity *identity);

/* The pin as `openssl pkey -pubout -outform der | openssl dgst -sha256 | base64` has it; to free.
 */
char *tls_fixture_pin(const struct tls_fixture_identity *identity);

/* version: the only one spoken, or 0 for all from TLS 1.2 on. */
SSL_CTX *tls_fixture_context(const struct tls_fixture_identity *identity, int version);

/* server->context is set; the rest is of a new connection. */
void tls_fixture_accept(struct tls_fixture_server *server);

/* Carries bytes both ways, at most `step` at a time, until nothing moves; false: tls failed. */
bool tls_fixture_carry(struct tls *tls, struct tls_fixture_server *server, size_t step);
