/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * A client of a fuzzer's control socket, on the sockets of tests/doors/fake_socket.h. It sends what
 * it is told, and checks what comes back: replies, none without a call, and more than one to a call
 * only if the call asked for that.
 */
#include <stdbool.h>
#include <stddef.h>

#include "common/line.h"

struct varlink_client {
	int fd;			      /* -1: it is not connected */
	struct line_buffer sent, got; /* what is not yet a whole message */
	unsigned calls;		      /* that were sent and have a reply */
	unsigned replies;	      /* to them, further ones apart */
	bool more;		      /* a call asked for more replies than one .. */
	bool last_more;		      /* .. and the last one did */
	bool spoilt;		      /* what is no call was sent: the connection will be closed */
};

/* fd is connected, and belongs to the client from now on. */
void varlink_client_begin(struct varlink_client *client, int fd);

void varlink_client_send(struct varlink_client *client, const char *bytes, size_t n);

/* Takes all that has come. */
void varlink_client_look(struct varlink_client *client);

/* When the daemon had the time to serve it: all that has to have a reply has it. */
void varlink_client_check_served(const struct varlink_client *client);

/* Ends the connection. Idempotent. */
void varlink_client_end(struct varlink_client *client);
