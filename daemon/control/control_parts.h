/* SPDX-License-Identifier: MIT */
#pragma once

/* What the files of control/ share. Io thread. */
#include "common/varlink.h"
#include "control/control.h"

#define CONTROL_GROUP "minerd"

/* org.varlink.service, which each service has. */
extern const struct control_interface control_service;

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

/* How many clients there are. */
size_t control_count(const struct control *control);

/* Waits for connections from now on. */
void control_watch(struct control *control);

/* Of ring_op `acceptable` and timer `accept`. */
void control_on_acceptable(struct ring_op *op, int result);
void control_on_accept(struct ring_timer *timer);

/* Closes the connections of clients that are not served yet. */
void control_close_waiting(struct control *control);

/* Takes back the descriptors that are kept for clients when all others are in use. */
void control_reserve_files(struct control *control);

/* Serves a client whose connection is fd, which it takes over. */
void control_adopt(struct control *control, int fd, const struct control_peer *peer);

/* Ends the connection with a log line. */
void control_drop(struct control_client *client, const char *reason);

/* It may want a turn: one is given in this iteration of the loop or a later one. */
void control_want_turn(struct control_client *client);

/* Of timer `turns`. */
void control_on_turns(struct ring_timer *timer);

/* Answers one call; closes the client when the text is none. */
void control_answer(struct control_client *client, const char *text, size_t n);

/* The next reply of a call that goes on. */
void control_continue(struct control_client *client);
