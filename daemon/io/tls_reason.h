/* SPDX-License-Identifier: MIT */
#pragma once

/* Why a certificate or a handshake is no good, in words for the operator. Pure; any thread. */
#include <openssl/x509.h>

#include "io/tls.h"

/*
 * error: an X509_V_ERR_*; certificate: the one it is about; host: for whom it should be; own_ca:
 * what is trusted comes from tls_ca.
 */
void tls_reason_certificate(char ret[TLS_REASON_MAX], int error, X509 *certificate,
			    const char *host, bool own_ca);

/* The first bytes of the peer are none of TLS. */
void tls_reason_plain(char ret[TLS_REASON_MAX], const char *bytes, size_t n);

/* The oldest error in OpenSSL's queue of this thread: its bare text, and a line for the log. */
const char *tls_reason_error(void);
void tls_reason_queue(char ret[TLS_REASON_MAX]);

/* "sha256//BASE64" of a pin. */
enum { TLS_PIN_TEXT = 8 + 44 + 1 };
void tls_reason_pin(char ret[TLS_PIN_TEXT], const uint8_t pin[32]);
