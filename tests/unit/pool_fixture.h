/* SPDX-License-Identifier: MIT */
#pragma once

/* Small pool servers that live on the ring of the test; listener.h says where they listen. */
#include <stdbool.h>

#include "io/ring.h"
#include "io/stream.h"

/* A pool server for one client at a time. */
struct server {
	struct ring *ring;
	struct ring_op accept_op;
	struct stream stream;
	const char *error;   /* of what it rejects; NULL: [20,"no",null] */
	const char *session; /* the id of its subscriptions; NULL: none */
	const char *mask;    /* that mining.configure grants; NULL: 1fffe000 */
	int listener;
	unsigned port;
	unsigned index; /* its user is "userINDEX", its extranonce1 0INDEX */
	unsigned block; /* its work is on another block for each */
	unsigned connects, submits, users, configures;
	bool silent_submits; /* no reply to shares */
	bool no_job;
	bool any_user; /* takes shares of users of other servers */
	bool reject;
	bool forgetful; /* each login has another extranonce1 */
	bool close_on_configure, refuse_configure, silent_configure;
	bool late_configure; /* its reply comes with that to subscribe */
	bool close_on_extranonce, close_on_suggest;
	bool is_deaf;		 /* on this connection */
	const char *deaf;	 /* answers nothing from a request on with this in it; NULL: none */
	const char *close_after; /* answers a request with this in it, and ends the connection */
	const char *close_on;	 /* ends the connection at a request with this in it; NULL: none */
	const char *authorize;	 /* result and error of its reply; NULL: it is granted */
	unsigned configure_id;	 /* of the last mining.configure */
	unsigned suggests, extranonces;
	char methods[1024];   /* of the requests of this connection, in their order */
	bool close_on_resume; /* on a subscribe that names a session */
	char last_submit[512], last_subscribe[512];
};

void server_start(struct server *server, struct ring *ring, unsigned index);

/* Sends a whole line; or any bytes. */
void server_say(struct server *server, const char *line);
void server_say_bytes(struct server *server, const void *bytes, size_t n);

/* Grants version rolling, to the last mining.configure. */
void server_grant(struct server *server);

/* Sends work on the block of this server. */
void server_job(struct server *server, const char *id, bool clean);

/* Asks to reconnect to that port of this host; 0: to the same server. */
void server_redirect(struct server *server, unsigned port);

/* Ends the connection and takes no other from now on. Idempotent. */
void server_refuse(struct server *server);

/* Takes connections again, once it has refused them, where it did before. */
void server_return(struct server *server);
