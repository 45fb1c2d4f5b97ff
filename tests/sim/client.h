/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * Clients of the control socket: some ask and read, some change the daemon, some are hostile. Each
 * lives for a while and is gone.
 */
#include <stdbool.h>
#include <stddef.h>

#include "fake_events.h"

enum {
	CLIENTS_MAX = 48,
	CLIENT_REPLY_MAX = 256 * 1024, /* bytes; no reply is longer */
};

enum client_kind {
	CLIENT_STATUS,	/* asks, reads, checks, leaves */
	CLIENT_MONITOR, /* gets a status again and again, and reads some */
	CLIENT_METHOD,	/* calls a method that changes the daemon */
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
	uint64_t asked_ns;	 /* when it sent what it says */
	const char *method;	 /* of CLIENT_METHOD */
	char parameters[128];	 /* JSON */
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

/* Someone connects, unless CLIENTS_MAX are there. */
void clients_connect(struct clients *clients, enum client_kind kind);

/* A call of a method that changes the daemon, by a user who may. parameters: JSON or "". */
void clients_call(struct clients *clients, const char *method, const char *parameters);
