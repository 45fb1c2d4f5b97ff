/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * Clients of the control socket: some ask and read, some change the daemon, some are hostile. Each
 * lives for a while and is gone.
 */
#include <stdbool.h>
#include <stddef.h>

#include "fake_events.h"
#include "model_status.h"

enum {
	CLIENTS_MAX = 96,
	CLIENT_USERS = 4,	       /* who may not change the daemon */
	CLIENT_REPLY_MAX = 256 * 1024, /* bytes; no reply is longer */
};

enum client_kind {
	CLIENT_STATUS,	/* asks, reads, checks, leaves */
	CLIENT_BLOCKS,	/* the same, of the blocks */
	CLIENT_MONITOR, /* gets a status again and again, and reads some */
	CLIENT_METHOD,	/* calls a method that changes the daemon, if its user may */
	CLIENT_GARBAGE, /* sends bytes that are no call */
	CLIENT_HALF,	/* sends half a call and stays */
	CLIENT_DEAF,	/* asks many times and never reads */
	CLIENT_SILENT,	/* connects and says nothing */
	CLIENT_KINDS,
};

struct client {
	enum client_kind kind;
	int fd; /* -1: free */
	bool sent;
	bool trusted;	      /* its user may change the daemon */
	unsigned user;	      /* of those who may not */
	uint64_t asked_ns;    /* when it sent what it says */
	unsigned long failed; /* memory_failed() then */
	unsigned replies;
	struct status_asked asked;
	const char *method;	 /* of CLIENT_METHOD */
	char parameters[128];	 /* JSON */
	const char *expects;	 /* the error that it must get; NULL: none */
	unsigned wanted;	 /* blocks, of Mine() */
	bool more;		 /* it wants a reply each second, likewise */
	bool waits;		 /* for the last one, likewise */
	struct fake_event leave; /* when it is gone at the latest */
	char *reply;		 /* owned; `n` bytes */
	size_t n;
};

struct clients {
	struct client list[CLIENTS_MAX];
	unsigned replies; /* of statuses that were checked */
};

void clients_begin(struct clients *clients);

/* All leave. */
void clients_end(struct clients *clients);

/* Someone connects, unless CLIENTS_MAX are there; CLIENT_STATUS may see all, others are strangers.
 */
void clients_connect(struct clients *clients, enum client_kind kind);

/* A user who may asks for the status, and for the blocks where there are nodes. */
void clients_look(struct clients *clients);

/* So many connections of one user who may not, that say nothing. */
void clients_flood(struct clients *clients, unsigned n);

/* A call of a method that changes the daemon, by a user who may. parameters: JSON or "". */
void clients_call(struct clients *clients, const char *method, const char *parameters);

/* The same, that must end in that error. trusted: the user may. */
void clients_err(struct clients *clients, bool trusted, const char *method, const char *parameters,
		 const char *error);

/* Mine() of so many blocks, with a reply each second or without. */
void clients_mine(struct clients *clients, unsigned blocks);
