/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * The control socket: a Varlink service (varlink.org) with the interface io.minerd.Miner, as
 * minerctl(1) and varlinkctl(1) speak it. Reading is open to whoever may open the socket; what
 * changes the daemon needs root, its own user or group minerd (SO_PEERCRED, unix(7)). Io thread.
 *
 *	control_init -> control_listen -> .. control_stop -> .. control_closed -> control_deinit
 */
#include <json-c/json.h>
#include <stdbool.h>
#include <sys/types.h>

#include "common/log_quota.h"
#include "io/ring.h"
#include "io/stream.h"

enum {
	CONTROL_CLIENTS_MAX = 32,	 /* one more is refused with a log line */
	CONTROL_CLIENTS_RESERVED = 4,	 /* of these for those who may change the daemon */
	CONTROL_MESSAGE_MAX = 16 * 1024, /* bytes of a call; a longer one ends the connection */
	CONTROL_REASON_MAX = 512,
	CONTROL_MONITOR_MS = 1000, /* between two statuses of Monitor() */
	CONTROL_SLOW_S = 10,	   /* a client that takes no reply for so long is closed */
	CONTROL_IDLE_S = 60,	   /* and so is one that calls nothing */
};

enum control_result {
	CONTROL_OK,
	CONTROL_NO_SUCH_POOL,
	CONTROL_REFUSED, /* the reason says why */
};

struct control;

/* New limits; what is not given stays as it is. */
struct control_limit {
	bool has_workers, has_hashrate, has_cpu;
	int64_t workers; /* number of the worker pool, from 0 on; not given: all */
	double hashrate; /* H/s, 0: no limit */
	int64_t cpu;	 /* percent */
};

/* What the daemon does for the methods. reason: CONTROL_REASON_MAX characters. */
struct control_handler {
	/* The reply of Status(); a new reference, NULL without memory. */
	struct json_object *(*status)(struct control *control);
	enum control_result (*pause)(struct control *control, char *reason);
	enum control_result (*resume)(struct control *control, char *reason);
	enum control_result (*switch_pool)(struct control *control, const char *name, char *reason);
	enum control_result (*reload)(struct control *control, char *reason);
	enum control_result (*limit)(struct control *control, const struct control_limit *limit,
				     char *reason);
};

/* Who is at the other end. */
struct control_peer {
	pid_t pid;
	uid_t uid;
	bool trusted; /* may change the daemon */
};

struct control_client {
	struct control *control;
	struct stream stream;
	struct control_peer peer;
	bool used;
	bool monitoring;     /* Monitor() with more goes on */
	uint64_t called_ns;  /* the last call */
	uint64_t drained_ns; /* when nothing waited to be sent, seen last */
};

struct control {
	struct ring *ring;
	const struct control_handler *handler;
	char *path;   /* of the socket, once it is there */
	dev_t device; /* and what it was made as, so that only this one is removed */
	ino_t inode;
	int fd;
	gid_t group; /* minerd's, or -1 */
	bool closing;
	struct ring_op accept_op;
	struct ring_timer accept_again; /* after a failure such as too many open files */
	struct ring_timer tick;		/* runs while there is a client */
	uint64_t refused_ns;		/* the last log line about one client too many */
	struct log_quota drops;		/* lines about clients that were closed */
	struct control_client clients[CONTROL_CLIENTS_MAX];
};

void control_init(struct control *control, struct ring *ring,
		  const struct control_handler *handler);

/*
 * Makes the socket at path and takes clients. A stale socket is replaced; one that a living daemon
 * listens on is not: -EADDRINUSE. Negative errno, logged with the remedy.
 */
int control_listen(struct control *control, const char *path);

/* Removes the socket and closes every client. Idempotent. */
void control_stop(struct control *control);

/* After control_stop(): whether nothing belongs to the kernel any more. */
bool control_closed(const struct control *control);

/*
 * Only when control_closed(), without control_listen(), or when the ring is gone. Removes the
 * socket if control_stop() was not called: a start that failed leaves no file. Idempotent.
 */
void control_deinit(struct control *control);
