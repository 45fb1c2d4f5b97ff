/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * Whether another user could read a file: asked of the kernel, as that user, in a process of its
 * own. So access control lists and the directories on the way count as they will later. Internal to
 * config/; root alone may ask, from a process with one thread.
 */
#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "config/conf_file.h"

enum { CONF_GROUPS_MAX = 64 };

struct conf_user {
	const char *name; /* NULL: nobody to ask for; borrowed */
	uid_t uid;
	gid_t gid;
	gid_t groups[CONF_GROUPS_MAX];
	int n_groups;
};

#define CONF_USER_NULL ((struct conf_user){})

/* Stays CONF_USER_NULL where this process is not root's, or there is no user of this name. */
void conf_user_init(struct conf_user *user, const char *name);

/*
 * false: the user cannot read the file; reason says what is in the way and what to do, as the end
 * of "user NAME ..". true: he can, or it cannot be found out.
 */
bool conf_user_reads(const struct conf_user *user, const char *path, char reason[CONF_REASON_MAX]);
