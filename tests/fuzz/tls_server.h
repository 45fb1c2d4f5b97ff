/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * OpenSSL's server in memory, for fuzzers: with the same random numbers each time, and a key and
 * certificate that it makes for itself.
 */
#include <openssl/ssl.h>
#include <stdbool.h>
#include <stddef.h>

#include "io/tls.h"

struct tls_server {
	SSL *ssl;
	BIO *in, *out; /* of ssl: what was received, and what is to be sent */
};

/* How a client can trust the server: its certificate in PEM, and its pin. They are the same all the
 * time. */
const char *tls_server_pem(void);
const char *tls_server_pin(void);

/* A new connection. version: the only one spoken, or 0; asks: for a certificate of the client. */
void tls_server_begin(struct tls_server *server, int version, bool asks);

/* Goes on with the handshake, and reads at most size bytes of plain text; 0: there is none. */
size_t tls_server_read(struct tls_server *server, void *ret, size_t size);

void tls_server_end(struct tls_server *server);
