/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * Whether another user could read a file. A child process opens it as that user, so access control
 * lists and the directories of the path count. Internal to config/. Only root may ask, from a
 * process with one thread.
 */
#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "config/conf_file.h"

enum { CONF_GROUPS_MAX = 64 };

struct conf_user {
	const char *name; /* NULL: nothing is checked; borrowed */
	uid_t uid;
	gid_t gid;
	gid_t groups[CONF_GROUPS_MAX];
	int n_groups;
};

#define CONF_USER_NULL ((struct conf_user){})

/* CONF_USER_NULL if this process is not root's, or there is no user of this name. */
void conf_user_init(struct conf_user *user, const char *name);

/*
 * false: the user cannot read the file; reason says why and what to do, as the end of "user NAME
 * ..". true: the user can, or it is not known.
 */
bool conf_user_reads(const struct conf_user *user, const char *path, char reason[CONF_REASON_MAX]);
