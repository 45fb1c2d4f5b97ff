/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * The control socket of a simulated process, in the place of daemon/control/control_socket.c and
 * control_peer.c: clients connect to a port.
 */
#include <stdbool.h>
#include <sys/types.h>

enum { FAKE_CONTROL_PORT = 1 };

/* A connection of a user; trusted: of the group that may change the daemon. A descriptor. */
int fake_control_connect(uid_t uid, bool trusted);

/* Whether the daemon listens. */
bool fake_control_listens(void);
