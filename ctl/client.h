/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * A Varlink client of the daemon: over its Unix socket, or over `ssh HOST minerctl bridge`, which
 * copies between its stdin, its stdout and the socket of that machine. One thread; calls block,
 *each within a time limit.
 *
 *	client_open -> client_send -> client_receive .. -> client_close
 */
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "common/line.h"
#include "common/varlink.h"

enum {
	CLIENT_TIMEOUT_MS = 5 * 1000,		 /* for a connection, and for each reply */
	CLIENT_TIMEOUT_SSH_MS = 120 * 1000,	 /* for the first over ssh: with its questions */
	CLIENT_TIMEOUT_SSH_REPLY_MS = 15 * 1000, /* for each further reply over ssh */
	CLIENT_REASON_MAX = 512,
	CLIENT_ADVICE_MAX = 384,
	CLIENT_PEER_MAX = 64,
};

/* What kind of failure the last one was: what helps depends on it. */
enum client_failure {
	CLIENT_FAILED,	/* of this machine: memory, descriptors */
	CLIENT_ABSENT,	/* nobody listens there */
	CLIENT_DENIED,	/* this user may not connect */
	CLIENT_FOREIGN, /* what is there is not minerd */
	CLIENT_SILENT,	/* no reply within the time limit */
	CLIENT_CLOSED,	/* the other side ended the connection */
	CLIENT_SSH,	/* ssh failed, or minerctl on the other machine */
};

struct client {
	int fd;
	pid_t ssh;	/* 0: none */
	int ssh_stderr; /* file that takes ssh's messages; -1: they go to the terminal */
	int timeout_ms;
	uint64_t waits_ns;	    /* since when a reply is waited for; clock_now() */
	uint64_t deadline_ns;	    /* and until when */
	pid_t pid;		    /* who listens there; 0: not known */
	char peer[CLIENT_PEER_MAX]; /* and the name: "nginx (pid 4711)", or "the peer" */
	const char *socket;	    /* path, borrowed; NULL over ssh */
	struct line_buffer in;
	enum client_failure failure;	/* the last one, */
	char reason[CLIENT_REASON_MAX]; /* in words: where and what, */
	char advice[CLIENT_ADVICE_MAX]; /* and what to do; may be empty */
	bool reported; /* ssh, or minerctl on that machine, has printed the reason */
};

#define CLIENT_NULL ((struct client){.fd = -1, .ssh_stderr = -1, .in = LINE_BUFFER_NULL('\0')})

/*
 * Connects to the socket at a path, which must outlive the client; a daemon that hangs is waited
 * for up to wait_ms. Negative errno, with failure, reason and advice set.
 */
int client_open(struct client *client, const char *socket, int wait_ms);

/*
 * Starts ssh. socket: the path on that machine, NULL for the default. unattended: ssh asks for
 * nothing and its messages are kept for the reason, not shown. Negative errno.
 */
int client_open_ssh(struct client *client, const char *host, const char *socket, bool unattended);

/* Idempotent; failure, reason and advice stay. */
void client_close(struct client *client);

/* Sends a call and takes parameters over. Negative errno. */
int client_send(struct client *client, const char *method, struct json_object *parameters,
		bool more);

/* Waits for the next reply. Negative errno, with failure, reason and advice set. */
int client_receive(struct client *client, struct varlink_reply *ret);

/*
 * For loops that poll client.fd themselves. client_receive_more: takes what has arrived.
 * client_next: 1 and a reply that is complete, 0 for none yet. Negative errno as above.
 */
int client_receive_more(struct client *client);
int client_next(struct client *client, struct varlink_reply *ret);

/* Sets failure, reason and advice for a peer that did not reply in time; -ETIMEDOUT. */
int client_silent(struct client *client);

/* The same for a peer that does not speak the protocol: what it did; -EPROTO. */
int client_foreign(struct client *client, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

/* Sets failure and reason, for the files of the client. -error. */
int client_fail(struct client *client, enum client_failure failure, int error, const char *format,
		...) __attribute__((format(printf, 4, 5)));
