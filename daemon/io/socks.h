/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * SOCKS5 (RFC 1928) with user and password (RFC 1929): what a client and a proxy say to each other
 * before the connection to a server is theirs. Names are handed to the proxy and never looked up
 * here. Pure, no descriptor is known, and total: any bytes lead to SOCKS_OPEN or SOCKS_FAILED
 * within SOCKS_IN_MAX of each answer. Any one thread.
 *
 *	socks_init, then until it is open or has failed:
 *	send out[0 .. out_size); while (!socks_received(recv into socks_space())) ..;
 *
 * No more is asked for than the answer has, so what a server says first stays in the socket.
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
	SOCKS_METHOD, /* the proxy is to choose how it wants to know us */
	SOCKS_LOGIN,  /* to take user and password */
	SOCKS_REPLY,  /* to connect */
	SOCKS_OPEN,   /* what follows goes to and comes from the server */
	SOCKS_FAILED, /* for the reason given */
};

/* Texts are borrowed while it lasts. */
struct socks_settings {
	const char *host; /* of the server: a name, or an address of either kind */
	unsigned port;
	const char *user; /* "": log in to the proxy without; so too the password */
	const char *password;
};

struct socks {
	struct socks_settings settings;
	enum socks_state state;
	uint8_t out[SOCKS_OUT_MAX];
	size_t out_size; /* of the message that is to be sent now */
	uint8_t in[SOCKS_IN_MAX];
	size_t in_size;		       /* received of the present answer */
	size_t wanted;		       /* and bytes that it has as far as is known */
	char reason[SOCKS_REASON_MAX]; /* follows "the proxy ": "says: host unreachable" */
};

/* The first message is there to be sent. A text that is too long is SOCKS_FAILED at once. */
void socks_init(struct socks *socks, const struct socks_settings *settings);

/* Where to receive the answer into; *ret_size > 0 bytes unless open or failed. */
void *socks_space(struct socks *socks, size_t *ret_size);

/*
 * n of these bytes were received. true: the answer is there, so that either the next message is to
 * be sent, or it is open, or it has failed.
 */
bool socks_received(struct socks *socks, size_t n);
