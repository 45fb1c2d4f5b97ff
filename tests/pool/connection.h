/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * One miner's connection: its bytes in and out, and what the pool has sent to it. What it may
 * submit for is kept with each job as it was issued. One thread.
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/line.h"
#include "verify.h"

enum {
	CONNECTION_USERS_MAX = 8,
	CONNECTION_ISSUED_MAX = 4096,		  /* jobs that may still be submitted for */
	CONNECTION_UNSENT_MAX = 64 * 1024 * 1024, /* bytes; more closes the connection */
	CONNECTION_REASON_MAX = 96,
	CONNECTION_SUGGEST_PAUSE = 29, /* s between two suggestions: the first may travel longer */
	CONNECTION_SESSION_MAX = 17,   /* with its end */
};

struct testpool;

/* A job as one miner got it. */
struct issued {
	struct issued *older;
	struct work *work;
	struct terms terms;
	uint64_t sequence;	  /* of all jobs issued, by all connections */
	uint64_t sent_ns;	  /* before the write of its last byte; 0: not yet */
	uint64_t first_submit_ns; /* 0: none yet */
	uint64_t stale_ns;	  /* when newer work was sent that makes it stale; 0: none */
};

/* Bytes on their way out. */
struct outgoing {
	struct outgoing *next;
	uint64_t due;	   /* clock_now() from which it may go */
	uint64_t sequence; /* of the issued job it ends with, 0 for none */
	bool reply;
	size_t size, sent;
	char data[];
};

struct outgoing_queue {
	struct outgoing *first, **last;
};

enum send_kind { SEND_REPLY, SEND_VERDICT /* the reply to a share */, SEND_JOB, SEND_OTHER };

struct connection {
	struct testpool *pool;
	struct connection *next;
	unsigned number; /* from 1 */
	int fd;
	bool closing;
	char reason[CONNECTION_REASON_MAX]; /* why it is closing */
	struct line_buffer in;
	struct outgoing_queue ready, delayed;
	size_t unsent;

	bool subscribed, authorized;
	bool resumed;	/* it goes on with the jobs of another, and no new one was issued yet */
	bool suggested; /* a difficulty, and that was honoured */
	uint64_t suggested_ns;		      /* when a difficulty was suggested last; 0: never */
	char session[CONNECTION_SESSION_MAX]; /* id of the subscription */
	bool rolling;			      /* version rolling was granted */
	uint32_t mask;			      /* valid now */
	uint32_t mask_before;		      /* valid until mask_ns */
	uint64_t mask_ns;		      /* when the mask was changed last; 0: never */
	unsigned replies_held;		      /* in delayed */
	char *users[CONNECTION_USERS_MAX];
	unsigned n_users;
	struct terms terms;    /* of the next job */
	struct issued *issued; /* newest first */
	unsigned n_issued;
	uint64_t submits, accepted;
	uint64_t drop_at;     /* submits, 0: never */
	uint64_t received_ns; /* clock_now() after the read that brought the current line */
	char *last_submit_id;
};

/* With all older ones. */
void issued_free(struct issued *issued);

struct connection *connection_new(struct testpool *pool, int fd, unsigned number);

/* Closes and releases; the caller has unlinked it. */
void connection_free(struct connection *connection);

/* To be closed at the end of this iteration; the first reason stays. */
void connection_close(struct connection *connection, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

/* Tells and counts a breach of the rules that real servers hold miners to. */
void connection_violation(struct connection *connection, const char *what);

/* Queues one line, without its end. sequence: of the issued job, or 0. */
void connection_send(struct connection *connection, enum send_kind kind, const char *line, size_t n,
		     uint64_t sequence);

/* Whether the script holds back lines of that kind now. */
bool connection_is_silenced(const struct connection *connection, enum send_kind kind);

/* A printf of a line of SEND_OTHER. */
void connection_sendf(struct connection *connection, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

/* Issues work under the terms of now. */
void connection_issue(struct connection *connection, struct work *work, bool clean);

/* Writes what is due. */
void connection_flush(struct connection *connection, uint64_t now);

/* Reads once what came, or the end, and handles each line. */
void connection_receive(struct connection *connection);

/* When connection_flush() has something to do of its own accord; UINT64_MAX: never. */
uint64_t connection_deadline(const struct connection *connection);
bool connection_wants_write(const struct connection *connection);

/* The newest job issued under id, or the next older one after `after`; NULL: none. */
struct issued *connection_find(struct connection *connection, const char *id, struct issued *after);
