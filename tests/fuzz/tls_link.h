/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * A connection between io/tls and tls_server.h, with all that the server sends in the hands of a
 * fuzzer. Neither end may read what the other has not written.
 */
#include "tls_server.h"

enum {
	TLS_LINK_WIRE_MAX = 64 * 1024,
	TLS_LINK_WRITE_MAX = 16 * 1024, /* bytes of plain text at once */
};

/* Plain text of one direction. */
struct tls_link_plain {
	uint64_t written, read; /* bytes */
};

struct tls_link {
	struct tls tls;
	struct tls_server server;
	bool distrusts;			 /* the client must never open */
	uint8_t wire[TLS_LINK_WIRE_MAX]; /* what the server has sent, and the client has not got */
	size_t n;
	struct tls_link_plain up, down;
};

/* context is borrowed. Arguments of the server as in tls_server_begin(). */
void tls_link_begin(struct tls_link *link, struct tls_context *context, bool distrusts, int version,
		    bool asks);
void tls_link_end(struct tls_link *link);

/* Carries what the client sends, and takes what the server sends to the wire. */
void tls_link_serve(struct tls_link *link);

/* The length of the first record on the wire, or of what there is of it. */
size_t tls_link_record(const struct tls_link *link);

/* The client gets n bytes that need not be of the wire. */
void tls_link_receive(struct tls_link *link, const uint8_t *bytes, size_t n);

/* The client gets the first n bytes of the wire; they stay there if they are to come again. */
void tls_link_deliver(struct tls_link *link, size_t n, bool again);

/* The first n bytes of the wire go away, or come behind the others. */
void tls_link_drop(struct tls_link *link, size_t n);
void tls_link_put_last(struct tls_link *link, size_t n);

/* An end writes n bytes of plain text, if it can. */
void tls_link_write_up(struct tls_link *link, size_t n);
void tls_link_write_down(struct tls_link *link, size_t n);
