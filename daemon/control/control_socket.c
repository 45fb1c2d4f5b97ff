/* SPDX-License-Identifier: MIT */
/*
 * The file of the socket, and who is at its other end. Everyone who reaches the file may connect:
 * its folder and the credentials of the peer decide what may be done.
 */
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <libgen.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#include "common/cleanup.h"
#include "common/clock.h"
#include "common/log.h"
#include "control/control_parts.h"

enum {
	CONTROL_BACKLOG = 64,
	CONTROL_GROUPS_MAX = 65536, /* NGROUPS_MAX of Linux */
	CONTROL_LOCK_TRIES = 50,    /* 20 ms apart */
};

static int __attribute__((nonnull))
control_socket_failed(const char *path, const char *what, int error)
{
	log_error("control socket %s: %s: %s", path, what, strerror(error));
	return -error;
}

/*
 * Whether the process that listens at the other end of a connection has ended. The kernel takes an
 * io_uring down some time after its process: until then its socket still takes connections.
 */
static bool control_socket_orphaned(int fd)
{
	struct ucred peer = {};
	socklen_t size = sizeof(peer);

	return getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &size) == 0 && peer.pid > 0 &&
	       kill(peer.pid, 0) < 0 && errno == ESRCH;
}

/* Whether somebody listens at the address: 1, 0 when the file is stale, negative errno. */
static int control_socket_alive(const struct sockaddr_un *address)
{
	CLEANUP(cleanup_close)
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

	if (fd < 0)
		return -errno;
	if (connect(fd, (const struct sockaddr *)address, sizeof(*address)) == 0)
		return !control_socket_orphaned(fd);
	/* A full backlog is a daemon too, if a busy one. */
	if (errno == EAGAIN || errno == EINPROGRESS)
		return 1;
	return errno == ECONNREFUSED ? 0 : -errno;
}

/* Makes way for a new socket at path. */
static int control_socket_clear(const struct sockaddr_un *address)
{
	const char *path = address->sun_path;
	struct stat st;
	int r;

	if (lstat(path, &st) < 0) {
		if (errno == ENOENT)
			return 0;
		return control_socket_failed(path, "cannot look at it", errno);
	}
	if (!S_ISSOCK(st.st_mode)) {
		log_error("control socket %s: there is a file of this name that is no socket; "
			  "remove it or set control.socket to another path",
			  path);
		return -EEXIST;
	}
	r = control_socket_alive(address);
	if (r < 0 && r != -ENOENT)
		return control_socket_failed(path, "cannot tell whether a daemon uses it", -r);
	if (r > 0) {
		log_error(
			"control socket %s: another minerd is running and answers there; stop it, "
			"or give this one a control.socket of its own",
			path);
		return -EADDRINUSE;
	}
	if (unlink(path) < 0 && errno != ENOENT)
		return control_socket_failed(path, "cannot remove the old one", errno);
	return 0;
}

static int control_socket_make(const char *path, dev_t *ret_device, ino_t *ret_inode)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	CLEANUP(cleanup_close) int fd = -1;
	struct stat st;
	int r;

	if (strlen(path) >= sizeof(address.sun_path))
		return control_socket_failed(path, "the path is too long", ENAMETOOLONG);
	strcpy(address.sun_path, path);
	r = control_socket_clear(&address);
	if (r < 0)
		return r;
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd < 0)
		return control_socket_failed(path, "socket", errno);
	if (bind(fd, (struct sockaddr *)&address, sizeof(address)) < 0) {
		if (errno != ENOENT)
			return control_socket_failed(path, "cannot be made", errno);
		log_error("control socket %s: its folder does not exist; make it, or set "
			  "control.socket to another path",
			  path);
		return -ENOENT;
	}
	if (lstat(path, &st) < 0 || chmod(path, 0666) < 0 || listen(fd, CONTROL_BACKLOG) < 0) {
		r = control_socket_failed(path, "cannot be set up", errno);
		unlink(path);
		return r;
	}
	*ret_device = st.st_dev;
	*ret_inode = st.st_ino;
	return take_fd(&fd);
}

/*
 * Holds the folder of the socket while that is looked at and made: of two daemons that start at
 * once one sees the other listen. Without the right to read the folder it goes without (-1), and
 * after a while also where the lock is not to be had: anybody who may read the folder can keep it.
 */
static int control_socket_lock(const char *path)
{
	const struct timespec pause = {.tv_nsec = 20 * CLOCK_MS};
	CLEANUP(cleanup_free) char *copy = strdup(path);
	int fd = copy ? open(dirname(copy), O_RDONLY | O_DIRECTORY | O_CLOEXEC) : -1;

	for (unsigned i = 0; fd >= 0 && i < CONTROL_LOCK_TRIES; i++) {
		if (flock(fd, LOCK_EX | LOCK_NB) == 0 || errno != EWOULDBLOCK)
			break;
		nanosleep(&pause, NULL);
	}
	return fd;
}

int control_socket_open(const char *path, dev_t *ret_device, ino_t *ret_inode)
{
	int lock = control_socket_lock(path);
	int r = control_socket_make(path, ret_device, ret_inode);

	if (lock >= 0)
		close(lock);
	return r;
}

void control_socket_remove(const char *path, dev_t device, ino_t inode)
{
	struct stat st;

	if (lstat(path, &st) == 0 && st.st_dev == device && st.st_ino == inode)
		unlink(path);
}

gid_t control_socket_group(void)
{
	const struct group *group = getgrnam(CONTROL_GROUP);

	return group ? group->gr_gid : (gid_t)-1;
}

/* Whether the peer has group among its supplementary groups. */
static bool control_socket_member(int fd, gid_t group)
{
	CLEANUP(cleanup_free) gid_t *groups = NULL;
	socklen_t size = 0;

	/* The first call tells the size: SO_PEERGROUPS, Linux 4.13. */
	if (getsockopt(fd, SOL_SOCKET, SO_PEERGROUPS, NULL, &size) < 0 && errno != ERANGE)
		return false;
	if (!size || size > CONTROL_GROUPS_MAX * sizeof(gid_t))
		return false;
	groups = malloc(size);
	if (!groups || getsockopt(fd, SOL_SOCKET, SO_PEERGROUPS, groups, &size) < 0)
		return false;
	for (size_t i = 0; i < size / sizeof(gid_t); i++)
		if (groups[i] == group)
			return true;
	return false;
}

int control_socket_peer(struct control_peer *ret, int fd, gid_t group)
{
	struct ucred peer;
	socklen_t size = sizeof(peer);

	if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &size) < 0)
		return -errno;
	ret->pid = peer.pid;
	ret->uid = peer.uid;
	ret->owner = peer.uid == 0 || peer.uid == geteuid();
	ret->trusted = ret->owner || (group != (gid_t)-1 &&
				      (peer.gid == group || control_socket_member(fd, group)));
	snprintf(ret->name, sizeof(ret->name), "uid %u", peer.uid);
	return 0;
}
