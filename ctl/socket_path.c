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

#include "ctl/ctl.h"

enum { SOCKET_PATH_NAME_MAX = 64 /* of a user or group */ };

/* Whether systemd runs this machine: sd_booted(3). */
static bool socket_path_systemd(void)
{
	struct stat st;

	return lstat("/run/systemd/system", &st) == 0 && S_ISDIR(st.st_mode);
}

/* How to start a daemon that listens there. */
static void socket_path_advise_start(struct client *client, const char *path)
{
	if (strcmp(path, CTL_DEFAULT_SOCKET) == 0 && socket_path_systemd())
		snprintf(client->advice, sizeof(client->advice),
			 "Start it: systemctl start minerd\n"
			 "If it runs with another control.socket: minerctl -s SOCKET");
	else
		snprintf(client->advice, sizeof(client->advice),
			 "Start it: minerd -c FILE, with control.socket = \"%s\" in FILE", path);
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

static int socket_path_absent(struct client *client, const char *path, int error)
{
	char part[PATH_MAX];
	size_t length = 0;
	struct stat st;

	while (socket_path_step(part, path, &length) && stat(part, &st) == 0)
		;
	if (!path[length])
		client_fail(client, CLIENT_ABSENT, error,
			    "%s does not exist: minerd is not running, or its control.socket is "
			    "another path",
			    path);
	else
		client_fail(client, CLIENT_ABSENT, error,
			    "%s: directory %s does not exist: minerd is not running, or its "
			    "control.socket is another path",
			    path, part);
	socket_path_advise_start(client, path);
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
static void socket_path_denied_by(struct client *client, const char *path, const char *part,
				  const struct stat *st, mode_t need)
{
	char user[SOCKET_PATH_NAME_MAX], owner[SOCKET_PATH_NAME_MAX], group[SOCKET_PATH_NAME_MAX];

	socket_path_user(user, geteuid());
	socket_path_user(owner, st->st_uid);
	socket_path_group(group, st->st_gid);
	client_fail(client, CLIENT_DENIED, EACCES,
		    "%s: permission denied: user %s may not %s %s (owner %s, group %s, mode %04o)",
		    path, user, need == S_IXGRP ? "enter directory" : "connect to socket", part,
		    owner, group, st->st_mode & 07777);
	if (st->st_mode & need && st->st_gid)
		snprintf(client->advice, sizeof(client->advice),
			 "Members of group %s may: usermod -aG %s %s, then log in again; or use "
			 "root",
			 group, group, user);
	else
		snprintf(client->advice, sizeof(client->advice), "Only %s%s may", owner,
			 st->st_uid ? " and root" : "");
}

static int socket_path_denied(struct client *client, const char *path, int error)
{
	char part[PATH_MAX];
	size_t length = 0;
	struct stat st;

	while (socket_path_step(part, path, &length)) {
		bool last = !path[length];

		if (stat(part, &st) < 0)
			return client_fail(client, CLIENT_DENIED, error,
					   "%s: permission denied behind %s", path, part);
		if (faccessat(AT_FDCWD, part, last ? W_OK : X_OK, AT_EACCESS) == 0)
			continue;
		socket_path_denied_by(client, path, part, &st, last ? S_IWGRP : S_IXGRP);
		return -error;
	}
	client_fail(client, CLIENT_DENIED, error,
		    "%s: permission denied although its mode allows it: a security module "
		    "(AppArmor, SELinux) or the file system refuses",
		    path);
	return -error;
}

static int socket_path_not_folder(struct client *client, const char *path, int error)
{
	char part[PATH_MAX] = "?";
	size_t length = 0;
	struct stat st;

	while (socket_path_step(part, path, &length) && stat(part, &st) == 0 && S_ISDIR(st.st_mode))
		;
	return client_fail(client, CLIENT_FAILED, error, "%s: %s is not a directory", path, part);
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
static int socket_path_refused(struct client *client, const char *path, int error)
{
	struct stat st;

	if (stat(path, &st) == 0 && !S_ISSOCK(st.st_mode))
		return client_fail(client, CLIENT_FOREIGN, error,
				   "%s: this is %s, not the socket of minerd", path,
				   socket_path_kind(st.st_mode));
	client_fail(client, CLIENT_ABSENT, error,
		    "%s: nobody listens on this socket: minerd has ended without removing it",
		    path);
	socket_path_advise_start(client, path);
	return -error;
}

int socket_path_failed(struct client *client, const char *path, int error)
{
	switch (error) {
	case ENOENT:
		return socket_path_absent(client, path, error);
	case EACCES:
	case EPERM:
		return socket_path_denied(client, path, error);
	case ECONNREFUSED:
		return socket_path_refused(client, path, error);
	case EPROTOTYPE:
		return client_fail(
			client, CLIENT_FOREIGN, error,
			"%s: this socket is of another type than minerd's: it belongs to "
			"another program",
			path);
	case ENOTDIR:
		return socket_path_not_folder(client, path, error);
	case EAGAIN:
	case EINPROGRESS:
		return client_fail(client, CLIENT_SILENT, ETIMEDOUT,
				   "%s: the daemon does not accept connections: it hangs", path);
	default:
		return client_fail(client, CLIENT_FAILED, error, "%s: %s", path, strerror(error));
	}
}
