/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * The listening socket and its file. Everybody who reaches the file may connect: its directory and
 * the credentials of the peer decide what a client may do. Io thread.
 */
#include <sys/types.h>

struct control_socket {
	int fd;
	char *path; /* NULL: there is no file */
	/* Identify the file that was created, so that only this one is removed. */
	dev_t device;
	ino_t inode;
};

#define CONTROL_SOCKET_NULL ((struct control_socket){.fd = -1})

/*
 * Creates the socket at path and listens. A stale socket is replaced; one that a living daemon
 * listens on is not: -EADDRINUSE. Negative errno, logged with the remedy. Only when not open.
 */
int control_socket_open(struct control_socket *self, const char *path);

/* Removes the file, if it is still the one that was created. Idempotent. */
void control_socket_remove(struct control_socket *self);

/* Removes the file and closes the socket. Idempotent. */
void control_socket_deinit(struct control_socket *self);
