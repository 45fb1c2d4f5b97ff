/* SPDX-License-Identifier: MIT */
#pragma once

/* Why a certificate or a handshake was refused, in words for the operator. Pure; any thread. */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct x509_st; /* of OpenSSL: X509 */

enum {
	TLS_REASON_MAX = 160, /* bytes of a reason and its NUL */
	TLS_PIN_TEXT = 8 + 44 + 1,
};

/*
 * error: an X509_V_ERR_*; certificate: the one that has it, or NULL; host: whom the certificate
 * must be for; own_ca: the trusted certificates are those of tls_ca.
 */
void tls_reason_certificate(char ret[TLS_REASON_MAX], int error, struct x509_st *certificate,
			    const char *host, bool own_ca);

/* The peer's first n bytes are not TLS. */
void tls_reason_plain(char ret[TLS_REASON_MAX], const char *bytes, size_t n);

/* The oldest error in OpenSSL's queue of this thread: its text alone, and a line for the log. */
const char *tls_reason_error(void);
void tls_reason_queue(char ret[TLS_REASON_MAX]);

/* A pin as "sha256//BASE64". */
void tls_reason_pin(char ret[TLS_PIN_TEXT], const uint8_t pin[32]);
