/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * TLS 1.2 or newer (RFC 5246, RFC 8446) as a filter between a stream and its socket, client's side:
 * bytes go in and come out, no descriptor is known here. A server is who it says by its certificate
 * (the system's store or a file, and the name of RFC 6125). Or by the pin of its key (RFC 7469's
 * pin-sha256, as curl writes it): then nothing else of the certificate counts, neither who signed
 *it nor names and dates (as in RFC 7671, section 5.1). Io thread only.
 *
 *	tls_init, then whenever something came in or is to go out:
 *	tls_feed(received); while ((n = tls_read(room))) ..; tls_write(text); tls_output(to be sent)
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct ssl_ctx_st; /* of OpenSSL, as are the next two */
struct ssl_st;
struct ssl_session_st;

enum {
	TLS_INPUT_MAX = 256 * 1024,	  /* bytes fed and not yet read */
	TLS_OUTPUT_MAX = 2 * 1024 * 1024, /* bytes to be sent: more is an error of the peer */
	TLS_REASON_MAX = 160,
};

/* Texts are borrowed for the call. */
struct tls_settings {
	const char *ca_pem; /* trusted certificates in PEM; NULL: the system's */
	const char *pin;    /* "sha256//BASE64", or NULL */
	bool verify;	    /* false, or with a pin: any certificate will do, if the pin is right */
};

/*
 * What all connections of a pool have in common, to whichever of its hosts they lead. Must not move
 * while one of them is there.
 */
struct tls_context {
	struct ssl_ctx_st *ssl;
	struct ssl_session_st *session; /* that a server offered last, to be resumed, or NULL */
	char *session_host;		/* the only one that it is resumed with */
	bool verify;
	bool own_ca; /* certificates of a file are trusted, in place of the system's */
	bool pinned;
	uint8_t pin[32]; /* SHA-256 of the subjectPublicKeyInfo */
};

#define TLS_CONTEXT_NULL ((struct tls_context){})

enum tls_state {
	TLS_HANDSHAKE,
	TLS_OPEN,
	TLS_CLOSED, /* the peer ended it in order, or tls_close() did */
	TLS_FAILED, /* for the reason given; there may be an alert to be sent */
};

struct tls {
	struct tls_context *context;
	const char *host; /* borrowed */
	struct ssl_st *ssl;
	enum tls_state state;
	bool heard;		     /* the peer has said something */
	char reason[TLS_REASON_MAX]; /* one line, what the peer said is escaped */
};

#define TLS_NULL ((struct tls){})

/* -EINVAL: a setting is wrong, ret_reason says which; -ENOMEM. */
int tls_context_init(struct tls_context *context, const struct tls_settings *settings,
		     char ret_reason[TLS_REASON_MAX]);

/* Idempotent. */
void tls_context_deinit(struct tls_context *context);

/*
 * Begins a handshake: the first bytes are there to be sent. host: the name or address that the
 * certificate must be for; it must outlive tls. -EINVAL: it is longer than a name can be, or
 * empty; -ENOMEM.
 */
int tls_init(struct tls *tls, struct tls_context *context, const char *host);

/* Idempotent. */
void tls_deinit(struct tls *tls);

/* Whether the first bytes of a peer may be a record of TLS. Pure; any thread. */
bool tls_looks_like(const void *bytes, size_t n);

/* What came from the peer. false: TLS_FAILED. */
bool tls_feed(struct tls *tls, const void *bytes, size_t n);

/* Takes plain text, at most size bytes; 0: there is no more, see state. */
size_t tls_read(struct tls *tls, void *ret, size_t size);

/* false: not TLS_OPEN, or TLS_OUTPUT_MAX would be exceeded; nothing was taken. */
bool tls_write(struct tls *tls, const void *bytes, size_t n);

/*
 * Ends it in order, or answers the peer's end: one last message, close_notify (RFC 8446, section
 * 6.1), is there to be sent. Nothing before the handshake is done.
 */
void tls_close(struct tls *tls);

/* Takes what is to be sent to the peer, at most size bytes; 0: nothing. */
size_t tls_output(struct tls *tls, void *ret, size_t size);
size_t tls_output_pending(const struct tls *tls);

/* For the log, while TLS_OPEN: "TLSv1.3". */
const char *tls_version(const struct tls *tls);
