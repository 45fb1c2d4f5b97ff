/* SPDX-License-Identifier: MIT */
#pragma once

/* What the files of control/ share. Io thread. */
#include "common/varlink.h"
#include "control/control.h"

#define CONTROL_GROUP	  "minerd"
#define CONTROL_INTERFACE "io.minerd.Miner"

/*
 * Makes, binds and listens; *ret_device and *ret_inode tell the file. Negative errno, logged: the
 * path is used by a living daemon (-EADDRINUSE), or the machine refused.
 */
int control_socket_open(const char *path, dev_t *ret_device, ino_t *ret_inode);

/* Removes path if it is still the file that was made. */
void control_socket_remove(const char *path, dev_t device, ino_t inode);

/* The number of group minerd; -1 when there is none. */
gid_t control_socket_group(void);

/* Who has the other end of fd. Negative errno. */
int control_socket_peer(struct control_peer *ret, int fd, gid_t group);

/* Answers one call; closes the client when the text is none. */
void control_call(struct control_client *client, const char *text, size_t n);

/* Sends the status to every client that monitors and has taken the last one. */
void control_monitor(struct control *control);

/* Ends the connection with a log line. */
void control_drop(struct control_client *client, const char *reason);
