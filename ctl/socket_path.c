/* SPDX-License-Identifier: MIT */
#include "ctl/socket_path.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <limits.h>
#include <pwd.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { SOCKET_PATH_NAME_MAX = 64 /* of a user or group */ };

/* Whether systemd runs this machine: sd_booted(3). */
static bool socket_path_systemd(void)
{
	struct stat st;

	return lstat("/run/systemd/system", &st) == 0 && S_ISDIR(st.st_mode);
}

/* How to start a daemon that listens there. */
static void socket_path_advise_start(struct failure *failure, const char *path)
{
	if (strcmp(path, SOCKET_PATH_DEFAULT) == 0 && socket_path_systemd())
		failure_advise(failure,
			       "Start it: systemctl start minerd\n"
			       "If it runs with another control.socket: minerctl -s SOCKET");
	else
		failure_advise(failure,
			       "Start it: minerd -c FILE, with control.socket = \"%s\" in FILE",
			       path);
}

/*
 * The path up to its next '/', or its end; length: of what was taken before, 0 at first. False at
 * the end.
 */
static bool socket_path_step(char ret[PATH_MAX], const char *path, size_t *length)
{
	size_t name = *length + strspn(path + *length, "/");
	size_t n = name + strcspn(path + name, "/");

	if (n == name || n >= PATH_MAX)
		return false;
	memcpy(ret, path, n);
	ret[n] = '\0';
	*length = n;
	return true;
}

static int socket_path_absent(struct failure *failure, const char *path, int error)
{
	char part[PATH_MAX];
	size_t length = 0;
	struct stat st;

	while (socket_path_step(part, path, &length) && stat(part, &st) == 0)
		;
	if (!path[length])
		failure_set(failure, error,
			    "%s does not exist: minerd is not running, or its control.socket is "
			    "another path",
			    path);
	else
		failure_set(failure, error,
			    "%s: directory %s does not exist: minerd is not running, or its "
			    "control.socket is another path",
			    path, part);
	socket_path_advise_start(failure, path);
	return -error;
}

static const char *socket_path_user(char ret[SOCKET_PATH_NAME_MAX], uid_t uid)
{
	const struct passwd *user = getpwuid(uid);

	if (user)
		snprintf(ret, SOCKET_PATH_NAME_MAX, "%s", user->pw_name);
	else
		snprintf(ret, SOCKET_PATH_NAME_MAX, "%u", (unsigned)uid);
	return ret;
}

static const char *socket_path_group(char ret[SOCKET_PATH_NAME_MAX], gid_t gid)
{
	const struct group *group = getgrgid(gid);

	if (group)
		snprintf(ret, SOCKET_PATH_NAME_MAX, "%s", group->gr_name);
	else
		snprintf(ret, SOCKET_PATH_NAME_MAX, "%u", (unsigned)gid);
	return ret;
}

/* need: S_IXGRP of a folder, S_IWGRP of a socket. */
static void socket_path_denied_by(struct failure *failure, const char *path, const char *part,
				  const struct stat *st, mode_t need)
{
	char user[SOCKET_PATH_NAME_MAX], owner[SOCKET_PATH_NAME_MAX], group[SOCKET_PATH_NAME_MAX];

	socket_path_user(user, geteuid());
	socket_path_user(owner, st->st_uid);
	socket_path_group(group, st->st_gid);
	failure_set(failure, EACCES,
		    "%s: permission denied: user %s may not %s %s (owner %s, group %s, mode %04o)",
		    path, user, need == S_IXGRP ? "enter directory" : "connect to socket", part,
		    owner, group, st->st_mode & 07777);
	if (st->st_mode & need && st->st_gid)
		failure_advise(
			failure,
			"Members of group %s may: usermod -aG %s %s, then log in again; or use "
			"root",
			group, group, user);
	else
		failure_advise(failure, "Only %s%s may", owner, st->st_uid ? " and root" : "");
}

static int socket_path_denied(struct failure *failure, const char *path, int error)
{
	char part[PATH_MAX];
	size_t length = 0;
	struct stat st;

	while (socket_path_step(part, path, &length)) {
		bool last = !path[length];

		if (stat(part, &st) < 0)
			return failure_set(failure, error, "%s: permission denied behind %s", path,
					   part);
		if (faccessat(AT_FDCWD, part, last ? W_OK : X_OK, AT_EACCESS) == 0)
			continue;
		socket_path_denied_by(failure, path, part, &st, last ? S_IWGRP : S_IXGRP);
		return -error;
	}
	failure_set(failure, error,
		    "%s: permission denied although its mode allows it: a security module "
		    "(AppArmor, SELinux) or the file system refuses",
		    path);
	return -error;
}

static int socket_path_not_folder(struct failure *failure, const char *path, int error)
{
	char part[PATH_MAX] = "?";
	size_t length = 0;
	struct stat st;

	while (socket_path_step(part, path, &length) && stat(part, &st) == 0 && S_ISDIR(st.st_mode))
		;
	return failure_set(failure, error, "%s: %s is not a directory", path, part);
}

static const char *socket_path_kind(mode_t mode)
{
	if (S_ISDIR(mode))
		return "a directory";
	if (S_ISREG(mode))
		return "a regular file";
	return S_ISFIFO(mode) ? "a FIFO" : "a device";
}

/* Nobody listens there: a socket that was left, or another kind of file. */
static int socket_path_refused(struct failure *failure, const char *path, int error)
{
	struct stat st;

	if (stat(path, &st) == 0 && !S_ISSOCK(st.st_mode))
		return failure_set(failure, error, "%s: this is %s, not the socket of minerd", path,
				   socket_path_kind(st.st_mode));
	failure_set(failure, error,
		    "%s: nobody listens on this socket: minerd has ended without removing it",
		    path);
	socket_path_advise_start(failure, path);
	return -error;
}

int socket_path_failed(struct failure *failure, const char *path, int error)
{
	switch (error) {
	case ENOENT:
		return socket_path_absent(failure, path, error);
	case EACCES:
	case EPERM:
		return socket_path_denied(failure, path, error);
	case ECONNREFUSED:
		return socket_path_refused(failure, path, error);
	case EPROTOTYPE:
		return failure_set(
			failure, error,
			"%s: this socket is of another type than minerd's: it belongs to "
			"another program",
			path);
	case ENOTDIR:
		return socket_path_not_folder(failure, path, error);
	case EAGAIN:
	case EINPROGRESS:
		failure_set(failure, ETIMEDOUT,
			    "%s: the daemon does not accept connections: it hangs", path);
		failure->silent = true;
		return -ETIMEDOUT;
	default:
		return failure_set(failure, error, "%s: %s", path, strerror(error));
	}
}
