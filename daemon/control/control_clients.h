/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * The places of the clients that are served, and who may have one: so many clients at once, of them
 * so many untrusted ones, and some places for root and the daemon's own user alone. Io thread.
 */
#include "control/control_client.h"

enum {
	CONTROL_CLIENTS_MAX = 32,
	CONTROL_UNTRUSTED_MAX = 16,
	CONTROL_UNTRUSTED_UID_MAX = 8, /* of one user */
	CONTROL_OWNER_RESERVED = 4,    /* of all places, for owners (struct control_peer) */
};

struct control_clients {
	struct ring *ring;
	struct control *control; /* the server, for the handler */
	const struct control_client_handler *handler;
	uint64_t generation; /* of tickets */
	struct control_client clients[CONTROL_CLIENTS_MAX];
};

/* handler is borrowed. */
void control_clients_init(struct control_clients *self, struct ring *ring, struct control *control,
			  const struct control_client_handler *handler);

/* How many places are taken. */
size_t control_clients_count(const struct control_clients *self);

/* Why there is no place for one more client, a text of static lifetime; NULL: there is one. */
const char *control_clients_full(const struct control_clients *self,
				 const struct control_peer *peer);

/* Serves a client whose connection is fd, which it takes over. Only when not full. */
void control_clients_add(struct control_clients *self, int fd, const struct control_peer *peer);

/* The client of a call; NULL: it has left. */
struct control_client *control_clients_find(struct control_clients *self,
					    struct control_ticket ticket);

/* control_client_check() of each. */
void control_clients_check(struct control_clients *self);

/* Closes all connections; handler->closed() follows for each. */
void control_clients_close(struct control_clients *self);

/* When there are none, or the ring is gone. Idempotent. */
void control_clients_deinit(struct control_clients *self);
