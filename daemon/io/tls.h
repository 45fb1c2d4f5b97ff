/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * TLS 1.2 or newer (RFC 5246, RFC 8446) as a filter between a stream and its socket, client's side:
 * bytes go in and come out, and no descriptor is known here. A server proves who it is by its
 * certificate: it is signed by one of the system's store or of a file, and has the server's name
 * (RFC 6125). Or the server proves it by its key alone, by a pin (RFC 7469's pin-sha256, as curl
 * writes it): then signatures, names and dates do not count (as in RFC 7671, section 5.1). Io
 * thread only.
 *
 *	tls_init, then whenever bytes were received or are to be sent:
 *	tls_feed(received); while ((n = tls_read(room))) ..; tls_write(text); tls_output(to be sent)
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "io/tls_reason.h"

struct ssl_ctx_st; /* of OpenSSL, as are the next four */
struct ssl_st;
struct ssl_session_st;
struct x509_st;
struct X509_VERIFY_PARAM_st;

enum {
	TLS_HOST_MAX = 256,		  /* bytes of a name and its NUL */
	TLS_INPUT_MAX = 256 * 1024,	  /* bytes fed and not yet read */
	TLS_OUTPUT_MAX = 2 * 1024 * 1024, /* bytes to be sent: the peer does not read */
};

/* Texts are borrowed for the call. */
struct tls_settings {
	const char *ca_pem; /* trusted certificates in PEM; NULL: the system's */
	const char *pin;    /* "sha256//BASE64", or NULL */
	bool verify;	    /* the certificate; not with a pin */
};

/*
 * What all connections of a pool share, also those to other hosts. It must not move while a struct
 * tls uses it.
 */
struct tls_context {
	struct ssl_ctx_st *ssl;
	struct ssl_session_st *session; /* the last one that a server offered, to resume; or NULL */
	char *session_host;		/* the server that offered it */
	bool verify;
	bool own_ca; /* the trusted certificates are those of a file */
	bool pinned;
	uint8_t pin[32]; /* SHA-256 of the subjectPublicKeyInfo */
};

#define TLS_CONTEXT_NULL ((struct tls_context){})

enum tls_state {
	TLS_HANDSHAKE,
	TLS_OPEN,
	TLS_CLOSED, /* by the peer's close_notify, or by tls_close() */
	TLS_FAILED, /* for the reason given; an alert may have to be sent */
};

struct tls {
	struct tls_context *context;
	const char *host; /* borrowed */
	struct ssl_st *ssl;
	enum tls_state state;
	bool heard;		     /* the peer has sent bytes */
	char reason[TLS_REASON_MAX]; /* one line; bytes of the peer are escaped */
};

#define TLS_NULL ((struct tls){})

/* -EINVAL: a setting is wrong, ret_reason says which; -ENOMEM. */
int tls_context_init(struct tls_context *context, const struct tls_settings *settings,
		     char ret_reason[TLS_REASON_MAX]);

/* No struct tls may use it. Idempotent. */
void tls_context_deinit(struct tls_context *context);

/*
 * The two demands on a server that OpenSSL does not know by a context alone, for connections of a
 * library that makes its own. tls_trusts_key(): whether the certificate, which may be NULL, has the
 * pinned key; true without a pin. tls_expect_host(): the certificate must be for host; ret_name is
 * the name to ask for (SNI, RFC 6066), "" for an address. -EINVAL: host is empty or longer than a
 * name can be; -ENOMEM.
 */
bool tls_trusts_key(const struct tls_context *context, struct x509_st *certificate,
		    char ret_reason[TLS_REASON_MAX]);
int tls_expect_host(struct X509_VERIFY_PARAM_st *param, const char *host,
		    char ret_name[TLS_HOST_MAX]);

/*
 * Begins a handshake: tls_output() has its first bytes. host: the name or address that the
 * certificate must be for; it must outlive tls. context is initialised. -EINVAL: host is empty or
 * longer than a name can be; -ENOMEM.
 */
int tls_init(struct tls *tls, struct tls_context *context, const char *host);

/* Idempotent. */
void tls_deinit(struct tls *tls);

/* Whether a peer's first bytes may be a record of TLS. Pure; any thread. */
bool tls_looks_like(const void *bytes, size_t n);

/* Takes n bytes that the peer has sent. false: TLS_FAILED. */
bool tls_feed(struct tls *tls, const void *bytes, size_t n);

/* Gives plain text, at most size bytes; 0: there is no more, see state. */
size_t tls_read(struct tls *tls, void *ret, size_t size);

/* false: not TLS_OPEN, or TLS_OUTPUT_MAX would be exceeded; nothing was taken. */
bool tls_write(struct tls *tls, const void *bytes, size_t n);

/*
 * Ends the connection, or answers the peer's end, by a last message to be sent: close_notify (RFC
 * 8446, section 6.1). Nothing before the handshake is done.
 */
void tls_close(struct tls *tls);

/* Gives what is to be sent to the peer, at most size bytes; 0: nothing. */
size_t tls_output(struct tls *tls, void *ret, size_t size);
size_t tls_output_pending(const struct tls *tls);

/* For the log: "TLSv1.3". Only between tls_init() and tls_deinit(). */
const char *tls_version(const struct tls *tls);
