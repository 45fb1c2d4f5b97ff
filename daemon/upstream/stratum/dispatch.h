/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * What a pool says, line by line. Invariant: a message changes the session, or it is counted as
 * invalid and changes nothing; only what would void later shares ends the session. Io thread only.
 */
#include "bitcoin/share.h"
#include "bitcoin/share_answer.h"
#include "upstream/stratum/handshake.h"
#include "upstream/stratum/job_intake.h"
#include "upstream/stratum/login.h"
#include "upstream/stratum/rejects.h"
#include "upstream/stratum/submit_ids.h"
#include "upstream/stratum/suggestion.h"

enum {
	DISPATCH_LINE_MESSAGES = 8,	   /* that are read of one line */
	DISPATCH_RECONNECT_WAIT_MAX = 600, /* s that client.reconnect may ask to wait */
};

struct dispatch;

struct dispatch_handler {
	/* The reply to a share. */
	void (*answered)(struct dispatch *dispatch, const struct share *share,
			 const struct share_answer *answer);
	/* The bits that may be rolled changed, at once. */
	void (*version_mask)(struct dispatch *dispatch);
	/* The pool asks to come back at host:port, which are always given, in wait seconds. */
	void (*reconnect)(struct dispatch *dispatch, const char *host, unsigned port,
			  unsigned wait);
};

struct dispatch {
	struct login *login;
	struct suggestion *suggestion;
	struct job_intake *intake;
	struct handshake *handshake;
	const struct dispatch_handler *handler;
	/* Of this login. */
	struct submit_ids submit_ids; /* of the shares that are not answered yet */
	struct rejects rejects;
};

/* A new login; only without shares that are not answered. */
void dispatch_begin(struct dispatch *dispatch);

/* A line came; line[n] is NUL. */
void dispatch_line(struct dispatch *dispatch, char *line, size_t n);
