/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * The other end of a fuzzer's Stratum connection, on the sockets of tests/doors/fake_socket.h. It
 * says what it is told, and checks what the daemon sends: whole lines of JSON within their limit.
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "upstream/stratum/message.h"

enum { STRATUM_SERVER_ASKED = 64 /* requests whose ids are known; older ones are forgotten */ };

/* The last request of a login, those apart that a login can do without. */
enum stratum_server_step {
	STRATUM_SERVER_CONNECTED,
	STRATUM_SERVER_SUBSCRIBE,
	STRATUM_SERVER_AUTHORIZE,
};

struct stratum_server {
	int listener;
	unsigned port;
	int fd;	      /* of the connection; -1: there is none */
	unsigned cut; /* bytes that leave at once; 0: all */
	uint32_t
		asked[STRATUM_SERVER_ASKED]; /* ids of requests without a reply, the oldest first */
	size_t n_asked;
	enum stratum_server_step step; /* of this connection, and .. */
	int64_t last_id;	       /* .. the id of the last request on it */
	char line[MESSAGE_SIZE_MAX];   /* what has come of a line */
	size_t n;
};

void stratum_server_begin(struct stratum_server *server);

/* Takes the newest connection, and all that has come on it. */
void stratum_server_look(struct stratum_server *server);

/* Sends n bytes, in which each @ is the id of the oldest request without a reply. */
void stratum_server_say(struct stratum_server *server, const char *bytes, size_t n);

/* Gives no reply to the oldest request. */
void stratum_server_forget(struct stratum_server *server);

/* Ends the connection. Idempotent. */
void stratum_server_close(struct stratum_server *server);

/* Refuses connections from now on. */
void stratum_server_end(struct stratum_server *server);
