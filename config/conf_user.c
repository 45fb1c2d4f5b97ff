/* SPDX-License-Identifier: MIT */
#include "config/conf_user.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <limits.h>
#include <pwd.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

enum { CONF_USER_UNKNOWN = 255 /* exit status: this process may not become another user */ };

void conf_user_init(struct conf_user *user, const char *name)
{
	const struct passwd *entry = name && geteuid() == 0 ? getpwnam(name) : NULL;

	*user = CONF_USER_NULL;
	if (!entry || entry->pw_uid == 0)
		return;
	user->name = name;
	user->uid = entry->pw_uid;
	user->gid = entry->pw_gid;
	user->n_groups = CONF_GROUPS_MAX;
	if (getgrouplist(name, entry->pw_gid, user->groups, &user->n_groups) < 0)
		user->n_groups = CONF_GROUPS_MAX;
}

/* 0 or the errno with which the user opens path; CONF_USER_UNKNOWN. */
static int conf_user_open(const struct conf_user *user, const char *path, int flags)
{
	pid_t child = fork();
	int status;

	if (child < 0)
		return CONF_USER_UNKNOWN;
	if (child == 0) {
		if (setgroups((size_t)user->n_groups, user->groups) < 0 ||
		    setresgid(user->gid, user->gid, user->gid) < 0 ||
		    setresuid(user->uid, user->uid, user->uid) < 0)
			_exit(CONF_USER_UNKNOWN);
		_exit(open(path, flags | O_CLOEXEC | O_NOCTTY | O_NONBLOCK) < 0 ? errno : 0);
	}
	while (waitpid(child, &status, 0) < 0)
		if (errno != EINTR)
			return CONF_USER_UNKNOWN;
	return WIFEXITED(status) ? WEXITSTATUS(status) : CONF_USER_UNKNOWN;
}

/* The first directory on the way to path that the user may not enter; false: there is none. */
static bool conf_user_stopped(const struct conf_user *user, const char *path, char ret[PATH_MAX])
{
	for (const char *slash = strchr(path, '/'); slash; slash = strchr(slash + 1, '/')) {
		char inside[PATH_MAX];
		int n = (int)(slash - path);

		if (n >= PATH_MAX - 2)
			return false;
		snprintf(inside, sizeof(inside), "%.*s/.", n, path);
		if (conf_user_open(user, inside, O_PATH) == 0)
			continue;
		snprintf(ret, PATH_MAX, "%.*s", n ? n : 1, path);
		return true;
	}
	return false;
}

bool conf_user_reads(const struct conf_user *user, const char *path, char reason[CONF_REASON_MAX])
{
	char directory[PATH_MAX];
	int error;

	if (!user->name)
		return true;
	error = conf_user_open(user, path, O_RDONLY);
	if (error == 0 || error == CONF_USER_UNKNOWN)
		return true;
	if (conf_user_stopped(user, path, directory))
		snprintf(reason, CONF_REASON_MAX,
			 "may not enter the directory %.120s; move the file to /etc/minerd",
			 directory);
	else if (error == EACCES)
		snprintf(reason, CONF_REASON_MAX,
			 "may not read it; give it to a group of this user (chgrp) and let the "
			 "group read it (chmod g+r)");
	else
		snprintf(reason, CONF_REASON_MAX, "cannot open it: %s", strerror(error));
	return false;
}
