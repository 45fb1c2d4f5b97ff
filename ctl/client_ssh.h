/* SPDX-License-Identifier: MIT */
#pragma once

/* The child of client_open_ssh(): for client.c only. */
#include "ctl/client.h"

/* The connection has ended: sets the reason by ssh's exit status. -ECONNRESET. */
int client_ssh_ended(struct client *client);

/* Ends the child, if there is one. Idempotent. */
void client_ssh_close(struct client *client);
