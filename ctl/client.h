/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * A blocking Varlink client of the daemon: over its Unix socket, or over `ssh HOST minerctl
 * bridge`, which copies between stdin, stdout and the socket over there. One thread.
 */
#include <stdbool.h>
#include <sys/types.h>

#include "common/line.h"
#include "common/varlink.h"

enum {
	CLIENT_TIMEOUT_MS = 15 * 1000,	    /* for a reply; Monitor() has one a second */
	CLIENT_TIMEOUT_SSH_MS = 120 * 1000, /* ssh may ask for a password first */
	CLIENT_REASON_MAX = 256,
};

struct client {
	int fd;
	pid_t ssh; /* 0: none */
	int timeout_ms;
	struct line_buffer in;
	char reason[CLIENT_REASON_MAX]; /* of the last failure */
	bool told;			/* the other side has said on stderr what is wrong */
};

#define CLIENT_NULL ((struct client){.fd = -1, .in = LINE_BUFFER_NULL('\0')})

/* Negative errno; reason says more. */
int client_open(struct client *client, const char *socket);
int client_open_ssh(struct client *client, const char *host, const char *socket);

/* Idempotent. */
void client_close(struct client *client);

/* Sends a call and takes parameters over. Negative errno. */
int client_send(struct client *client, const char *method, struct json_object *parameters,
		bool more);

/* Waits for the next reply. Negative errno; -ETIMEDOUT; -EPROTO: what came is no reply. */
int client_receive(struct client *client, struct varlink_reply *ret);

/* A reply that has arrived already; false: none yet. For loops that poll client.fd themselves. */
int client_receive_more(struct client *client);
bool client_next(struct client *client, struct varlink_reply *ret);
