/* SPDX-License-Identifier: MIT */
#include "control/control_socket.h"

#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <signal.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#include "common/assert.h"
#include "common/cleanup.h"
#include "common/clock.h"
#include "common/log.h"

enum {
	SOCKET_BACKLOG = 64,
	SOCKET_LOCK_TRIES = 50,
	SOCKET_LOCK_MS = 20, /* between two tries */
};

static int __attribute__((nonnull)) socket_failed(const char *path, const char *what, int error)
{
	log_error("control socket %s: %s: %s", path, what, strerror(error));
	return -error;
}

/*
 * Whether the process that listens at the other end of a connection has ended. The kernel takes an
 * io_uring down some time after its process: until then its socket still accepts connections.
 */
static bool socket_orphaned(int fd)
{
	struct ucred peer = {};
	socklen_t size = sizeof(peer);

	return getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &size) == 0 && peer.pid > 0 &&
	       kill(peer.pid, 0) < 0 && errno == ESRCH;
}

/* Whether somebody listens at the address: 1, 0 when the file is stale, negative errno. */
static int socket_alive(const struct sockaddr_un *address)
{
	CLEANUP(cleanup_close)
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

	if (fd < 0)
		return -errno;
	if (connect(fd, (const struct sockaddr *)address, sizeof(*address)) == 0)
		return !socket_orphaned(fd);
	/* The backlog of a busy daemon is full. */
	if (errno == EAGAIN || errno == EINPROGRESS)
		return 1;
	return errno == ECONNREFUSED ? 0 : -errno;
}

/* Removes a stale socket at path. */
static int socket_clear(const struct sockaddr_un *address)
{
	const char *path = address->sun_path;
	struct stat st;
	int r;

	if (lstat(path, &st) < 0)
		return errno == ENOENT ? 0 : socket_failed(path, "cannot stat it", errno);
	if (!S_ISSOCK(st.st_mode)) {
		log_error("control socket %s: a file of this name exists and is not a socket; "
			  "remove it or set control.socket to another path",
			  path);
		return -EEXIST;
	}
	r = socket_alive(address);
	if (r < 0 && r != -ENOENT)
		return socket_failed(path, "cannot check whether a daemon listens on it", -r);
	if (r > 0) {
		log_error("control socket %s: another minerd is running and listens on it; stop "
			  "it, or set control.socket to another path",
			  path);
		return -EADDRINUSE;
	}
	if (unlink(path) < 0 && errno != ENOENT)
		return socket_failed(path, "cannot remove the stale socket", errno);
	return 0;
}

static int socket_bind(int fd, const struct sockaddr_un *address)
{
	if (bind(fd, (const struct sockaddr *)address, sizeof(*address)) == 0)
		return 0;
	if (errno != ENOENT)
		return socket_failed(address->sun_path, "cannot create it", errno);
	log_error("control socket %s: its directory does not exist; create it, or set "
		  "control.socket to another path",
		  address->sun_path);
	return -ENOENT;
}

static int socket_create(struct control_socket *self, const char *path)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	CLEANUP(cleanup_close) int fd = -1;
	struct stat st;
	int r;

	if (strlen(path) >= sizeof(address.sun_path))
		return socket_failed(path, "the path is longer than 107 bytes", ENAMETOOLONG);
	strcpy(address.sun_path, path);
	r = socket_clear(&address);
	if (r < 0)
		return r;
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd < 0)
		return socket_failed(path, "cannot create a socket", errno);
	r = socket_bind(fd, &address);
	if (r < 0)
		return r;
	self->path = strdup(path);
	if (!self->path || lstat(path, &st) < 0 || chmod(path, 0666) < 0 ||
	    listen(fd, SOCKET_BACKLOG) < 0) {
		r = socket_failed(path, "cannot listen on it", self->path ? errno : ENOMEM);
		unlink(path);
		free(TAKE(self->path));
		return r;
	}
	self->device = st.st_dev;
	self->inode = st.st_ino;
	self->fd = take_fd(&fd);
	return 0;
}

/*
 * Locks the directory of the socket, so that of two daemons that start at the same time one sees
 * the other listen. Without the right to read the directory there is no lock (-1). Whoever may read
 * the directory can hold the lock, so that waiting for it ends after a second.
 */
static int socket_lock(const char *path)
{
	const struct timespec pause = {.tv_nsec = SOCKET_LOCK_MS * CLOCK_MS};
	CLEANUP(cleanup_free) char *copy = strdup(path);
	int fd = copy ? open(dirname(copy), O_RDONLY | O_DIRECTORY | O_CLOEXEC) : -1;

	for (unsigned i = 0; fd >= 0 && i < SOCKET_LOCK_TRIES; i++) {
		if (flock(fd, LOCK_EX | LOCK_NB) == 0 || errno != EWOULDBLOCK)
			break;
		nanosleep(&pause, NULL);
	}
	return fd;
}

int control_socket_open(struct control_socket *self, const char *path)
{
	CLEANUP(cleanup_close) int lock = -1;

	assert(self->fd < 0 && !self->path);
	lock = socket_lock(path);
	return socket_create(self, path);
}

void control_socket_remove(struct control_socket *self)
{
	CLEANUP(cleanup_free) char *path = TAKE(self->path);
	struct stat st;

	if (path && lstat(path, &st) == 0 && st.st_dev == self->device && st.st_ino == self->inode)
		unlink(path);
}

void control_socket_deinit(struct control_socket *self)
{
	control_socket_remove(self);
	if (self->fd >= 0)
		close(take_fd(&self->fd));
}
