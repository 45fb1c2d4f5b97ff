/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * One client: its connection, its credentials, and the call that is pending or has further replies.
 * Nothing is received from a client, and nothing sent to it, outside of its turns, which its owner
 * gives it. Io thread.
 *
 *	control_client_init -> .. control_client_take_turn .. -> handler->closed
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "control/control_interface.h"
#include "control/control_peer.h"
#include "io/stream.h"

enum {
	CONTROL_MESSAGE_MAX = 16 * 1024, /* bytes of a call; a longer one ends the connection */
	CONTROL_SLOW_S = 10,		 /* a client that reads no reply for so long is closed */
	CONTROL_IDLE_S = 60,		 /* and so is one that calls nothing */
};

struct control;
struct control_client;

struct control_client_handler {
	/* The client may want a turn: see control_client_wants_turn(). */
	void (*waits)(struct control_client *client);
	/* In its turn: a call has arrived. text[n] is NUL. */
	void (*called)(struct control_client *client, const char *text, size_t n);
	/* In its turn: the next reply of client->continues is due. */
	void (*next)(struct control_client *client);
	/* The connection is closed, and nothing of the client belongs to the kernel any more. */
	void (*closed)(struct control_client *client);
};

struct control_client {
	const struct control_client_handler *handler;
	struct control *control; /* the server, for the handler */
	struct stream stream;
	struct control_peer peer;
	struct control_ticket ticket; /* of its calls */
	bool used;		      /* from control_client_init() until handler->closed() */
	bool ready;		      /* something was received */
	bool due;		      /* the next reply of a call that continues */
	bool called;		      /* its last turn was a whole call or a reply */

	/* Of the last call: who serves it, and how it is replied to. */
	const struct control_binding *binding;	/* borrowed */
	const struct control_method *continues; /* has further replies; NULL: none */
	bool pending;				/* waits for control_finish() */
	bool oneway;				/* has no reply */

	uint64_t called_ns;  /* when the last call came, or its reply after pending */
	uint64_t drained_ns; /* when all that was queued had last been sent */
};

/*
 * Takes over fd, a connection of peer. handler is borrowed. Only when not used; ticket: not that of
 * an earlier client.
 */
void control_client_init(struct control_client *client, struct ring *ring, struct control *control,
			 const struct control_client_handler *handler, int fd,
			 const struct control_peer *peer, struct control_ticket ticket);

/* A client that has not read its last reply gets no turn. */
bool control_client_wants_turn(const struct control_client *client);

/* One call, or one reply of a call that continues. Only when control_client_wants_turn(). */
void control_client_take_turn(struct control_client *client);

/* Once a second: closes a client that does nothing, and makes the next reply due. */
void control_client_check(struct control_client *client, uint64_t now);

/* Queues n bytes and the NUL after them; closes the client where that fails. text NULL: no memory.
 */
void control_client_send(struct control_client *client, const char *text, size_t n);

/* Closes the connection with a log line. Nothing when it is closed already. */
void control_client_drop(struct control_client *client, const char *reason);

/* Closes the connection without one. */
void control_client_close(struct control_client *client);

/* When the ring is gone: releases a used client without handler->closed(). Idempotent. */
void control_client_deinit(struct control_client *client);
