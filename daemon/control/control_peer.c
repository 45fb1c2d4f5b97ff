/* SPDX-License-Identifier: MIT */
#include "control/control_peer.h"

#include <errno.h>
#include <grp.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "common/cleanup.h"

enum { PEER_GROUPS_MAX = 65536 /* NGROUPS_MAX of Linux */ };

gid_t control_peer_group(void)
{
	const struct group *group = getgrnam(CONTROL_PEER_GROUP);

	return group ? group->gr_gid : (gid_t)-1;
}

/* Whether the peer has group among its supplementary groups. */
static bool peer_is_member(int fd, gid_t group)
{
	CLEANUP(cleanup_free) gid_t *groups = NULL;
	socklen_t size = 0;

	/* The first call returns the size: SO_PEERGROUPS, Linux 4.13. */
	if (getsockopt(fd, SOL_SOCKET, SO_PEERGROUPS, NULL, &size) < 0 && errno != ERANGE)
		return false;
	if (!size || size > PEER_GROUPS_MAX * sizeof(gid_t))
		return false;
	groups = malloc(size);
	if (!groups || getsockopt(fd, SOL_SOCKET, SO_PEERGROUPS, groups, &size) < 0)
		return false;
	for (size_t i = 0; i < size / sizeof(gid_t); i++)
		if (groups[i] == group)
			return true;
	return false;
}

int control_peer_read(struct control_peer *ret, int fd, gid_t group)
{
	struct ucred peer;
	socklen_t size = sizeof(peer);

	if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &size) < 0)
		return -errno;
	ret->pid = peer.pid;
	ret->uid = peer.uid;
	ret->owner = peer.uid == 0 || peer.uid == geteuid();
	ret->trusted = ret->owner ||
		       (group != (gid_t)-1 && (peer.gid == group || peer_is_member(fd, group)));
	snprintf(ret->name, sizeof(ret->name), "uid %u", peer.uid);
	return 0;
}
