/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * A Varlink client of the daemon: over its Unix socket, or over ssh to that of another machine. One
 * thread; calls block, each within a time limit.
 *
 *	client_open or client_open_ssh -> client_send -> client_receive .. -> client_close
 */
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "common/line.h"
#include "common/varlink.h"
#include "ctl/failure.h"
#include "ctl/ssh.h"

enum {
	CLIENT_TIMEOUT_MS = 5 * 1000,		 /* for a connection, and for each reply */
	CLIENT_TIMEOUT_SSH_MS = 120 * 1000,	 /* for the first over ssh: with its questions */
	CLIENT_TIMEOUT_SSH_REPLY_MS = 15 * 1000, /* for each further reply over ssh */
	CLIENT_PEER_MAX = 64,
};

struct client {
	int fd; /* -1: not open */
	struct ssh ssh;
	int timeout_ms;
	uint64_t waits_ns;	    /* since when a reply is expected; clock_now() */
	uint64_t deadline_ns;	    /* and until when */
	pid_t pid;		    /* of the process that listens there; 0: unknown */
	char peer[CLIENT_PEER_MAX]; /* its name: "nginx (pid 4711)", or "the peer" */
	const char *socket;	    /* path, borrowed; NULL over ssh */
	struct line_buffer in;
	struct failure failure; /* the last one */
};

#define CLIENT_NULL ((struct client){.fd = -1, .ssh = SSH_NULL, .in = LINE_BUFFER_NULL('\0')})

/*
 * Connects to the socket at a path, which must outlive the client. A daemon that hangs has wait_ms
 * to accept. Negative errno, with the failure set. Only when not open.
 */
int client_open(struct client *client, const char *socket, int wait_ms);

/*
 * Starts ssh. socket: the path on that machine, NULL for the default. unattended: ssh asks for
 * nothing, and its messages are kept for the failure, not shown. Errors as above.
 */
int client_open_ssh(struct client *client, const char *host, const char *socket, bool unattended);

/* Idempotent. The failure stays. */
void client_close(struct client *client);

/* Sets the failure of a peer that did not reply in time; -ETIMEDOUT. */
int client_silent(struct client *client);

/* Sets the failure of a peer that does not speak minerd's protocol: what it did; -EPROTO. */
int client_foreign(struct client *client, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

/*
 * Sends a call and takes over parameters. Negative errno, with the failure set. This and all below
 * only when open.
 */
int client_send(struct client *client, const char *method, struct json_object *parameters,
		bool more);

/* Waits for the next reply. Negative errno, with the failure set. */
int client_receive(struct client *client, struct varlink_reply *ret);

/*
 * For loops that poll client.fd themselves. client_receive_more: receives what has arrived.
 * client_next: 1 and a complete reply, 0 if there is none yet. Negative errno as above.
 */
int client_receive_more(struct client *client);
int client_next(struct client *client, struct varlink_reply *ret);
