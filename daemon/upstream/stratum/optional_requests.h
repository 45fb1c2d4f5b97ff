/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * Requests that a login can do without, and what a pool has shown of each. Some servers close the
 * connection over one of them, and what was sent last before a close is the best hint there is:
 * that request is left out of the next logins, for OPTIONAL_REQUESTS_AGAIN seconds once a login
 * without it has got through. A server that has answered a request before is asked again a few
 * times: it may just have gone away at a bad moment. Pure; io thread.
 */
#include <stdbool.h>
#include <stdint.h>

enum {
	OPTIONAL_REQUESTS_AGAIN = 3600, /* s, after which all are sent again with a login */
	OPTIONAL_REQUESTS_SETTLE = 10,	/* s after which a close is not over this request .. */
	OPTIONAL_REQUESTS_SOON = 2,	/* .. or over one that it has answered .. */
	OPTIONAL_REQUESTS_SHORT = 30,	/* .. unless logins shorter than this end again and again */
	OPTIONAL_REQUESTS_LOSSES = 3,	/* in a row that are proof all the same */
	OPTIONAL_NAMES_MAX = 256,	/* bytes of the names of all, with a NUL */
};

enum optional_request {
	OPTIONAL_CONFIGURE,	/* mining.configure (BIP 310) */
	OPTIONAL_RESUME,	/* the id of the lost session in mining.subscribe */
	OPTIONAL_SUGGEST_EARLY, /* mining.suggest_difficulty before mining.authorize */
	OPTIONAL_EXTRANONCE,	/* mining.extranonce.subscribe */
	OPTIONAL_SUGGEST,	/* mining.suggest_difficulty after mining.authorize */
	OPTIONAL_N,
};

struct optional_requests {
	struct optional_state {
		/* Over all logins. */
		bool answered;
		bool refused; /* the last answer was an error */
		bool left_out;
		unsigned losses; /* logins in a row that ended after it */
		/* Of this login. */
		uint32_t id; /* of the request that was sent last; 0: none was, or it is answered */
		uint64_t sent_ns; /* 0: not yet */
		unsigned order;	  /* among those that were sent: two may have the same time */
	} state[OPTIONAL_N];
	unsigned n_sent;     /* in this login */
	uint64_t settled_ns; /* the server went on after whatever was sent before; 0: not yet */
	uint64_t proven_ns;  /* when a login without those left out got through; 0: none has yet */
	/*
	 * The server was silent to mining.configure: it is sent after the login, and nobody waits
	 * for its reply.
	 */
	bool configure_late;
};

/* How log and status call it. */
const char *optional_name(enum optional_request request);

/* The same of several, a bit for each. */
void optional_names(char ret[OPTIONAL_NAMES_MAX], unsigned set);

/* A login begins. true: those that were left out are tried again; not while resuming. */
bool optional_begin(struct optional_requests *requests, bool resuming, uint64_t now);

bool optional_wanted(const struct optional_requests *requests, enum optional_request request);

/* request goes out now, under that id. */
void optional_sent(struct optional_requests *requests, enum optional_request request, uint32_t id,
		   uint64_t now);

/*
 * A reply to that id came, an error or not. The request that it answers, or OPTIONAL_N for none. A
 * server may still end the connection over what it has answered.
 */
enum optional_request optional_answered(struct optional_requests *requests, uint32_t id,
					bool refused);

/* A reply came to what was sent after them: the server has gone on. */
void optional_settle(struct optional_requests *requests, uint64_t now);

/* The login is authorised since `since`, and gets anywhere. */
void optional_proven(struct optional_requests *requests, uint64_t since);

/* The server said that it does not take it. */
void optional_leave_out(struct optional_requests *requests, enum optional_request request);

/* A login without those left out failed too: unless one has got through, it was not them. */
void optional_not_helped(struct optional_requests *requests);

/*
 * The peer says nothing more since heard_ns, on a login that is given up now: the request that is
 * left out from now on, as it was the last before that, or OPTIONAL_N. For mining.configure before
 * the login the caller has configure_late.
 */
enum optional_request optional_blame_silence(struct optional_requests *requests, uint64_t heard_ns,
					     bool away);

/*
 * The peer ended the connection: the requests that are left out from now on, a bit for each. It is
 * the last of those that were sent, but for such as the server has answered before; of a burst that
 * several logins in a row ended after, all are. Where there is none to blame in a login that did
 * not get through (early), those left out before are not to blame either. away: the server has said
 * nothing in this login, but in earlier ones.
 */
unsigned optional_blame(struct optional_requests *requests, bool early, bool away, uint64_t now);
