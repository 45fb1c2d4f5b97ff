/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * From connected to authorised: configure, subscribe, authorize, one after the other, as some
 * servers answer a burst with errors of their own; and then the requests that no reply is waited
 * for. Io thread only.
 */
#include "upstream/stratum/job_intake.h"
#include "upstream/stratum/login.h"
#include "upstream/stratum/suggestion.h"

enum {
	/* s until the login goes on without the reply to mining.configure, which is taken later */
	HANDSHAKE_CONFIGURE_TIMEOUT = 5,
};

struct handshake;

struct handshake_handler {
	/* Authorised. */
	void (*ready)(struct handshake *handshake);
	/* The reply to mining.configure came when a job may be there already. */
	void (*version_mask)(struct handshake *handshake);
};

struct handshake {
	struct login *login;
	struct suggestion *suggestion;
	struct job_intake *intake;
	const struct handshake_handler *handler;
	bool no_rolling_logged;
	/* Of this login. */
	uint32_t request;    /* id of the request whose reply is waited for; 0: none */
	bool short_deadline; /* the reply to mining.subscribe has less than its due time */
	char *held_notify;   /* came before the reply to subscribe; owned */
	size_t held_size;
	double held_difficulty; /* of when it came; 0: none was set by then */
};

/* A new login, which is not connected yet; and its end, idempotent. */
void handshake_reset(struct handshake *handshake);

/* The connection is open. */
void handshake_begin(struct handshake *handshake);

/* The deadline of the reply that is waited for is over. Only when configuring .. authorizing. */
void handshake_late(struct handshake *handshake);

/* A reply that is not to a share. false: nobody waits for it. */
bool handshake_on_reply(struct handshake *handshake, const struct message *reply);

/*
 * A job that comes before the reply to subscribe waits for it: only then extranonce1 is known.
 * NULL, or what is wrong with it; then the one before still waits.
 */
const char *handshake_hold(struct handshake *handshake, const struct message_notify *notify,
			   const char *line, size_t n);
