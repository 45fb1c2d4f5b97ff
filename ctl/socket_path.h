/* SPDX-License-Identifier: MIT */
#pragma once

/* The path of the control socket: its default, and why it could not be connected to. */
#include "ctl/failure.h"

#define SOCKET_PATH_DEFAULT "/run/minerd/control.sock"

/* connect(2) failed with error: explains it from a look at the file and its directories. -error. */
int socket_path_failed(struct failure *failure, const char *path, int error);
