/* SPDX-License-Identifier: MIT */
#pragma once

/* The process at the other end of a Unix socket (SO_PEERCRED, unix(7)), and its rights. */
#include <stdbool.h>
#include <sys/types.h>

#define CONTROL_PEER_GROUP "minerd" /* its members may change the daemon */

enum { CONTROL_PEER_NAME_MAX = 24 };

struct control_peer {
	pid_t pid;
	uid_t uid;
	bool owner;   /* root, or the user that the daemon runs as */
	bool trusted; /* may change the daemon: an owner, or a member of CONTROL_PEER_GROUP */
	char name[CONTROL_PEER_NAME_MAX]; /* "uid 1000" */
};

/* The number of CONTROL_PEER_GROUP; -1: there is no such group. It reads files, so it may block. */
gid_t control_peer_group(void);

/* group: as control_peer_group() returned it. Negative errno. */
int control_peer_read(struct control_peer *ret, int fd, gid_t group);
