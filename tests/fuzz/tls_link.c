/* SPDX-License-Identifier: MIT */
#include "tls_link.h"

#include <assert.h>
#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "common/container.h"

void tls_link_begin(struct tls_link *link, struct tls_context *context, bool distrusts, int version,
		    bool asks)
{
	*link = (struct tls_link){.distrusts = distrusts};
	tls_server_begin(&link->server, version, asks);
	assert(tls_init(&link->tls, context, "pool.example") == 0);
	tls_link_serve(link);
}

void tls_link_end(struct tls_link *link)
{
	tls_deinit(&link->tls);
	tls_server_end(&link->server);
}

/* The n-th byte of plain text, either way. */
static uint8_t plain_byte(uint64_t n)
{
	return (uint8_t)(n * 7 + (n >> 8));
}

static void check_plain(struct tls_link_plain *plain, const uint8_t *bytes, size_t n)
{
	for (size_t i = 0; i < n; i++)
		assert(bytes[i] == plain_byte(plain->read++));
	assert(plain->read <= plain->written);
}

static void check(const struct tls_link *link, enum tls_state before)
{
	const struct tls *tls = &link->tls;

	assert(tls->state >= before && (before < TLS_CLOSED || tls->state == before));
	assert((tls->state == TLS_FAILED) == (tls->reason[0] != 0));
	assert(memchr(tls->reason, '\0', sizeof(tls->reason)));
	for (const char *c = tls->reason; *c; c++)
		assert(isprint((unsigned char)*c));
	assert(!link->distrusts || (tls->state != TLS_OPEN && !link->down.read));
	assert(tls_output_pending(tls) <= 2 * (size_t)TLS_OUTPUT_MAX);
}

void tls_link_serve(struct tls_link *link)
{
	uint8_t bytes[4096];
	size_t n;
	int got;

	while ((n = tls_output(&link->tls, bytes, sizeof(bytes))))
		assert(BIO_write(link->server.in, bytes, (int)n) == (int)n);
	while ((n = tls_server_read(&link->server, bytes, sizeof(bytes))))
		check_plain(&link->up, bytes, n);
	got = BIO_read(link->server.out, link->wire + link->n, (int)(TLS_LINK_WIRE_MAX - link->n));
	link->n += got > 0 ? (size_t)got : 0;
}

/* RFC 8446, section 5.1. */
size_t tls_link_record(const struct tls_link *link)
{
	const uint8_t *wire = link->wire;
	size_t n = link->n < 5 ? link->n : 5 + (size_t)wire[3] * 256 + wire[4];

	return MIN(n, link->n);
}

void tls_link_receive(struct tls_link *link, const uint8_t *bytes, size_t n)
{
	enum tls_state before = link->tls.state;
	uint8_t plain[512];
	size_t got;

	assert(tls_feed(&link->tls, bytes, n) == (link->tls.state != TLS_FAILED));
	check(link, before);
	while ((got = tls_read(&link->tls, plain, sizeof(plain))))
		check_plain(&link->down, plain, got);
	check(link, before);
}

void tls_link_deliver(struct tls_link *link, size_t n, bool again)
{
	/* Ends where its memory does, for AddressSanitizer. */
	uint8_t *bytes = malloc(n ? n : 1);

	assert(bytes && n <= link->n);
	memcpy(bytes, link->wire, n);
	if (!again)
		tls_link_drop(link, n);
	tls_link_receive(link, bytes, n);
	free(bytes);
}

void tls_link_drop(struct tls_link *link, size_t n)
{
	link->n -= n;
	memmove(link->wire, link->wire + n, link->n);
}

void tls_link_put_last(struct tls_link *link, size_t n)
{
	uint8_t bytes[TLS_LINK_WIRE_MAX];

	memcpy(bytes, link->wire, n);
	tls_link_drop(link, n);
	memcpy(link->wire + link->n, bytes, n);
	link->n += n;
}

static const uint8_t *plain_bytes(const struct tls_link_plain *plain, size_t n)
{
	static uint8_t bytes[TLS_LINK_WRITE_MAX];

	assert(n <= sizeof(bytes));
	for (size_t i = 0; i < n; i++)
		bytes[i] = plain_byte(plain->written + i);
	return bytes;
}

void tls_link_write_up(struct tls_link *link, size_t n)
{
	if (tls_write(&link->tls, plain_bytes(&link->up, n), n))
		link->up.written += n;
}

void tls_link_write_down(struct tls_link *link, size_t n)
{
	SSL *ssl = link->server.ssl;
	size_t written;

	if (SSL_is_init_finished(ssl) &&
	    SSL_write_ex(ssl, plain_bytes(&link->down, n), n, &written) == 1)
		link->down.written += n;
}
