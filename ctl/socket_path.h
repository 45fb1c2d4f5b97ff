/* SPDX-License-Identifier: MIT */
#pragma once

/* Why the file of a socket could not be connected to, from a look at it and its folders. */
#include "ctl/client.h"

/* connect(2) failed with error: sets failure, reason and advice of the client. -error. */
int socket_path_failed(struct client *client, const char *path, int error);
