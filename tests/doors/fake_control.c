/* SPDX-License-Identifier: MIT */
#include "fake_control.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/assert.h"
#include "common/cleanup.h"
#include "control/control_peer.h"
#include "control/control_socket.h"
#include "fake_socket.h"
#include "listener.h"

enum { FAKE_CLIENTS = 4096 };

static struct fake_client {
	int fd;
	uid_t uid;
	bool trusted;
} clients[FAKE_CLIENTS];
static size_t n_clients;
static bool listens;

int fake_control_connect(uid_t uid, bool trusted)
{
	int fd = fake_socket_client(FAKE_CONTROL_PORT);

	clients[n_clients++ % FAKE_CLIENTS] =
		(struct fake_client){.fd = fd, .uid = uid, .trusted = trusted};
	return fd;
}

bool fake_control_listens(void)
{
	return listens;
}

int control_socket_open(struct control_socket *self, const char *path)
{
	unsigned port = FAKE_CONTROL_PORT;

	assert(self->fd < 0 && !self->path);
	self->path = strdup(path);
	self->fd = listener_open(&port);
	listens = true;
	return 0;
}

void control_socket_remove(struct control_socket *self)
{
	listens = false;
	free(TAKE(self->path));
}

void control_socket_deinit(struct control_socket *self)
{
	control_socket_remove(self);
	if (self->fd >= 0)
		listener_close(take_fd(&self->fd));
}

gid_t control_peer_group(void)
{
	return (gid_t)-1;
}

int control_peer_read(struct control_peer *ret, int fd, gid_t group)
{
	int client = fake_socket_peer(fd);

	for (size_t i = 0; i < FAKE_CLIENTS; i++) {
		if (clients[i].fd != client)
			continue;
		*ret = (struct control_peer){
			.pid = client,
			.uid = clients[i].uid,
			.owner = clients[i].uid == 0,
			.trusted = clients[i].uid == 0 || clients[i].trusted,
		};
		snprintf(ret->name, sizeof(ret->name), "uid %u", ret->uid);
		return 0;
	}
	return -ENOTCONN;
}
