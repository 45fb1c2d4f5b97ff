/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * A child that runs `ssh HOST minerctl bridge`, which copies between its stdin, its stdout and the
 * control socket of that machine. One thread.
 *
 *	ssh_start -> ssh_ended or ssh_close
 */
#include <stdbool.h>
#include <sys/types.h>

#include "ctl/failure.h"

struct ssh {
	pid_t pid;    /* 0: none */
	int messages; /* file that receives the messages of ssh; -1: they go to the terminal */
};

#define SSH_NULL ((struct ssh){.messages = -1})

/*
 * socket_path: of that machine, NULL for the default. unattended: ssh asks for nothing, and its
 * messages are kept for the failure. The descriptor of the connection, which the caller closes;
 * negative errno, with the failure set. Only when there is no child.
 */
int ssh_start(struct ssh *ssh, const char *host, const char *socket_path, bool unattended,
	      struct failure *failure);

/*
 * The connection has ended, and its descriptor is closed: waits for the child and sets the failure
 * by its exit status. -ECONNRESET. Only when there is a child.
 */
int ssh_ended(struct ssh *ssh, struct failure *failure);

/* Ends the child, if there is one. Idempotent. */
void ssh_close(struct ssh *ssh);
