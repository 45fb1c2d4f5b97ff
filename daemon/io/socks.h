/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * SOCKS5 (RFC 1928) with user and password (RFC 1929): the messages of a client and a proxy before
 * the connection leads to the server. Names go to the proxy and are never looked up here. Pure: no
 * descriptor is known. Bounded: whatever the proxy sends leads to SOCKS_OPEN or SOCKS_FAILED within
 * SOCKS_IN_MAX bytes of each answer. Any one thread.
 *
 *	socks_init, then until it is open or has failed:
 *	send out[0 .. out_size); while (!socks_received(recv into socks_space())) ..;
 *
 * It receives no more than the answer has, so what a server sends first stays in the socket.
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
	SOCKS_TEXT_MAX = 255,			/* bytes of a name, a user or a password */
	SOCKS_OUT_MAX = 3 + 2 * SOCKS_TEXT_MAX, /* the longest message, user and password */
	SOCKS_IN_MAX = 7 + SOCKS_TEXT_MAX,	/* and the longest answer, with a name */
	SOCKS_REASON_MAX = 80,
};

enum socks_state {
	SOCKS_METHOD, /* waits for the method of login that the proxy chooses */
	SOCKS_LOGIN,  /* waits for the answer to user and password */
	SOCKS_REPLY,  /* waits for the answer to the connect request */
	SOCKS_OPEN,   /* the connection leads to the server */
	SOCKS_FAILED, /* for the reason given */
};

/* Texts are borrowed until SOCKS_OPEN or SOCKS_FAILED, and never NULL. */
struct socks_settings {
	const char *host; /* of the server: a name, or an address of either kind */
	unsigned port;
	const char *user; /* "": no login at the proxy */
	const char *password;
};

struct socks {
	struct socks_settings settings;
	enum socks_state state;
	uint8_t out[SOCKS_OUT_MAX];
	size_t out_size; /* of the message that is to be sent now */
	uint8_t in[SOCKS_IN_MAX];
	size_t in_size;		       /* received of the present answer */
	size_t wanted;		       /* bytes of it, as far as is known */
	char reason[SOCKS_REASON_MAX]; /* as the end of "the proxy ..": "says: host unreachable" */
};

/* Prepares the first message in out. A text that is too long is SOCKS_FAILED at once. */
void socks_init(struct socks *socks, const struct socks_settings *settings);

/* The buffer to receive the answer into, of *ret_size bytes; 0 when open or failed. */
void *socks_space(struct socks *socks, size_t *ret_size);

/*
 * n bytes were received into that buffer. true: the answer is complete; the next message is to be
 * sent, or the state is SOCKS_OPEN or SOCKS_FAILED.
 */
bool socks_received(struct socks *socks, size_t n);
