/* SPDX-License-Identifier: MIT */
#include "control/control_clients.h"

#include "common/assert.h"

void control_clients_init(struct control_clients *self, struct ring *ring, struct control *control,
			  const struct control_client_handler *handler)
{
	*self = (struct control_clients){.ring = ring, .control = control, .handler = handler};
}

static size_t clients_count(const struct control_clients *self, bool untrusted, bool same_uid,
			    uid_t uid)
{
	size_t n = 0;

	for (size_t i = 0; i < CONTROL_CLIENTS_MAX; i++) {
		const struct control_client *client = &self->clients[i];

		n += client->used && (!untrusted || !client->peer.trusted) &&
		     (!same_uid || client->peer.uid == uid);
	}
	return n;
}

size_t control_clients_count(const struct control_clients *self)
{
	return clients_count(self, false, false, 0);
}

const char *control_clients_full(const struct control_clients *self,
				 const struct control_peer *peer)
{
	size_t places = CONTROL_CLIENTS_MAX - (peer->owner ? 0 : CONTROL_OWNER_RESERVED);

	if (!peer->trusted &&
	    clients_count(self, true, true, peer->uid) >= CONTROL_UNTRUSTED_UID_MAX)
		return "too many clients of this user";
	if (control_clients_count(self) >= places ||
	    (!peer->trusted && clients_count(self, true, false, 0) >= CONTROL_UNTRUSTED_MAX))
		return "too many clients";
	return NULL;
}

void control_clients_add(struct control_clients *self, int fd, const struct control_peer *peer)
{
	unsigned i = 0;

	assert(!control_clients_full(self, peer));
	while (i < CONTROL_CLIENTS_MAX && self->clients[i].used)
		i++;
	control_client_init(&self->clients[i], self->ring, self->control, self->handler, fd, peer,
			    (struct control_ticket){i, ++self->generation});
}

struct control_client *control_clients_find(struct control_clients *self,
					    struct control_ticket ticket)
{
	struct control_client *client;

	assert(ticket.client < CONTROL_CLIENTS_MAX);
	client = &self->clients[ticket.client];
	return client->used && client->ticket.generation == ticket.generation ? client : NULL;
}

void control_clients_check(struct control_clients *self)
{
	for (size_t i = 0; i < CONTROL_CLIENTS_MAX; i++)
		if (self->clients[i].used)
			control_client_check(&self->clients[i], self->ring->now);
}

void control_clients_close(struct control_clients *self)
{
	for (size_t i = 0; i < CONTROL_CLIENTS_MAX; i++)
		if (self->clients[i].used)
			control_client_close(&self->clients[i]);
}

void control_clients_deinit(struct control_clients *self)
{
	for (size_t i = 0; i < CONTROL_CLIENTS_MAX; i++)
		control_client_deinit(&self->clients[i]);
}
