/* SPDX-License-Identifier: MIT */
#pragma once

/* What tests of TLS need: certificates, and OpenSSL's server in memory as the other end. */
#include <openssl/ssl.h>
#include <stdbool.h>

#include "io/tls.h"

/* A key with its certificate. */
struct tls_kit_identity {
	EVP_PKEY *key;
	X509 *certificate;
};

/* An authority, and what it certified: pool.test, *.wild.test, 192.0.2.7 and 2001:db8::7. */
struct tls_kit {
	struct tls_kit_identity authority, pool;
	char *authority_pem;
};

/* The server's end of a connection. */
struct tls_kit_server {
	SSL_CTX *context;
	SSL *ssl;
	BIO *in, *out;
};

void tls_kit_init(struct tls_kit *kit);
void tls_kit_deinit(struct tls_kit *kit);

/* names: as in openssl's subjectAltName, or NULL for an authority; issuer NULL: self-signed. */
struct tls_kit_identity tls_kit_identity(const char *common_name, const char *names,
					 const struct tls_kit_identity *issuer, long from_days,
					 long to_days);
void tls_kit_identity_free(struct tls_kit_identity *identity);

/* The certificate and the key in PEM; to free. */
char *tls_kit_pem(const struct tls_kit_identity *identity);
char *tls_kit_key_pem(const struct tls_kit_identity *identity);

/* The pin as `openssl pkey -pubout -outform der | openssl dgst -sha256 | base64` has it; to free.
 */
char *tls_kit_pin(const struct tls_kit_identity *identity);

/* version: the only one spoken, or 0 for all from TLS 1.2 on. */
SSL_CTX *tls_kit_context(const struct tls_kit_identity *identity, int version);

/* server->context is set; the rest is of a new connection. */
void tls_kit_accept(struct tls_kit_server *server);

/* Carries bytes both ways, at most `step` at a time, until nothing moves; false: tls failed. */
bool tls_kit_carry(struct tls *tls, struct tls_kit_server *server, size_t step);
