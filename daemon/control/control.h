/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * The control socket: a Varlink service (varlink.org), as minerctl(1) and varlinkctl(1) speak it.
 * It knows no method by name but those of org.varlink.service: whoever implements an interface
 * adds it. A method that changes the daemon is for trusted clients only: root, the daemon's own
 * user and members of group minerd (SO_PEERCRED, unix(7)). Io thread.
 *
 *	control_init -> control_add .. -> control_listen -> .. control_stop -> .. control_closed
 *	-> control_deinit
 *
 * What clients cost is bounded. Each iteration of the loop gives a turn to four trusted clients at
 * most, and to one untrusted client. A turn is one call, or one reply of a call that goes on. While
 * a call waits for its turn, or the last reply has not left, nothing more is received from the
 * client. The turns and the connections of untrusted clients have a budget of CPU time each; beyond
 * it they wait.
 */
#include <json-c/json.h>
#include <stdbool.h>
#include <sys/types.h>

#include "common/json_writer.h"
#include "common/token_bucket.h"
#include "io/ring.h"
#include "io/stream.h"

enum {
	CONTROL_INTERFACES_MAX = 4,

	/*
	 * Clients at once: one more is refused. Untrusted ones have 16 places, 8 for one user; the
	 * last 4 are for root and the daemon's own user.
	 */
	CONTROL_CLIENTS_MAX = 32,
	CONTROL_UNTRUSTED_MAX = 16,
	CONTROL_UNTRUSTED_UID_MAX = 8,
	CONTROL_OWNER_RESERVED = 4,

	CONTROL_MESSAGE_MAX = 16 * 1024, /* bytes of a call; a longer one ends the connection */
	CONTROL_REASON_MAX = 512,
	CONTROL_MONITOR_MS = 1000,  /* between two replies of a call that goes on */
	CONTROL_SLOW_S = 10,	    /* a client that takes no reply for so long is closed */
	CONTROL_IDLE_S = 60,	    /* and so is one that calls nothing */
	CONTROL_WAITING_MAX = 64,   /* untrusted connections that wait for their budget */
	CONTROL_RESERVED_FILES = 4, /* descriptors kept for clients when all others are in use */
};

enum control_result {
	CONTROL_OK,	   /* call->reply */
	CONTROL_CONTINUES, /* the same, and the method is called again after CONTROL_MONITOR_MS */
	CONTROL_PENDING,   /* control_finish() will follow */
	CONTROL_REFUSED,   /* error Refused of the interface, for call->reason */
	CONTROL_ERROR,	   /* see control_error() */
	CONTROL_INVALID,   /* see control_invalid() */
	CONTROL_FAILED,	   /* no memory: the connection ends */
};

struct control;

/* Whose call is pending. It may be kept whatever becomes of the client. */
struct control_ticket {
	unsigned client;
	uint64_t generation;
};

/* A call, for the method that it is for; it and what it points to live until that returns. */
struct control_call {
	struct control *control;
	struct json_object *parameters; /* NULL: none, or the reply is one of those that go on */
	bool more;			/* CONTROL_CONTINUES is allowed; else this is the last */
	bool trusted;			/* the client may change the daemon */
	struct control_ticket ticket;	/* for control_finish() after CONTROL_PENDING */

	/* For the method to fill in; texts are borrowed until the method is called again. */
	const char *reply; /* the parameters of the reply, a JSON object; NULL: {} */
	size_t reply_size;
	char reason[CONTROL_REASON_MAX];
	const char *error, *key, *value;
};

struct control_method {
	const char *name; /* without the interface's; NULL: the end of the list */
	bool changes;	  /* the daemon: for trusted clients only */
	enum control_result (*fn)(struct control_call *call);
};

/* Of static lifetime. One with methods that refuse must have: error Refused (reason: string). */
struct control_interface {
	const char *name;	 /* "io.minerd.Miner" */
	const char *description; /* as varlink.org has it */
	const struct control_method *methods;
};

/* Who is at the other end. */
struct control_peer {
	pid_t pid;
	uid_t uid;
	bool owner;    /* root, or the daemon's own user */
	bool trusted;  /* may change the daemon: an owner, or a member of group minerd */
	char name[24]; /* "uid 1000" */
};

/* An untrusted client that has connected and is not served yet. */
struct control_waiting {
	int fd;
	struct control_peer peer;
};

struct control_client {
	struct control *control;
	struct stream stream;
	struct control_peer peer;
	uint64_t generation; /* of control_ticket */
	bool used;
	bool ready;				   /* something was received: it wants a turn */
	bool due;				   /* and so it does for its next reply */
	bool called;				   /* a whole call was found in its last turn */
	bool pending;				   /* a call of it waits for control_finish() */
	bool oneway;				   /* which has no reply then */
	const struct control_interface *interface; /* of the call that is pending or goes on */
	const struct control_method *continues;	   /* the call that goes on, or NULL */
	uint64_t called_ns;			   /* the last call */
	uint64_t drained_ns;			   /* when nothing waited to be sent, seen last */
};

struct control {
	struct ring *ring;
	const struct control_interface *interfaces[CONTROL_INTERFACES_MAX];
	size_t n_interfaces;
	char *path;   /* of the socket, once it is there */
	dev_t device; /* and what it was made as, so that only this one is removed */
	ino_t inode;
	int fd;
	int reserved[CONTROL_RESERVED_FILES]; /* descriptors that are closed for a client */
	gid_t group;			      /* minerd's, or -1 */
	bool closing;
	struct ring_op acceptable; /* somebody has connected */
	struct ring_timer accept;  /* takes one: now, when there is budget, or after a failure */
	struct ring_timer tick;	   /* runs while there is a client */
	struct ring_timer turns;   /* runs while a client wants a turn */
	unsigned last_turn[2];	   /* whose it was: of the untrusted, and of the trusted */
	struct control_waiting waiting[CONTROL_WAITING_MAX]; /* a queue */
	unsigned first_waiting, n_waiting;
	struct token_bucket accept_budget; /* to serve untrusted connections */
	struct token_bucket refuse_budget; /* to refuse more of them */
	struct token_bucket call_budget;   /* and for their turns */
	struct json_writer writer;	   /* of whole messages */
	struct json_writer service_writer; /* of the parameters that control_service replies */
	uint64_t generation;
	struct control_client clients[CONTROL_CLIENTS_MAX];
};

void control_init(struct control *control, struct ring *ring);

/* Before control_listen(). Borrowed. */
void control_add(struct control *control, const struct control_interface *interface);

/*
 * Makes the socket at path and takes clients. A stale socket is replaced; one that a living daemon
 * listens on is not: -EADDRINUSE. Negative errno, logged with the remedy.
 */
int control_listen(struct control *control, const char *path);

/* What a method returns for error NAME of its interface, with one parameter. */
enum control_result control_error(struct control_call *call, const char *name, const char *key,
				  const char *value);

/* And for a parameter that is missing, or not what it has to be. */
enum control_result control_invalid(struct control_call *call, const char *parameter);

/*
 * The reply to a call that was CONTROL_PENDING: result is CONTROL_OK or CONTROL_REFUSED, for a
 * reason. Nothing when the client has left meanwhile.
 */
void control_finish(struct control *control, struct control_ticket ticket,
		    enum control_result result, const char *reason);

/* Removes the socket and closes every client. Idempotent. */
void control_stop(struct control *control);

/* After control_stop(): whether nothing belongs to the kernel any more. */
bool control_closed(const struct control *control);

/*
 * Only when control_closed(), without control_listen(), or when the ring is gone. Removes the
 * socket too. Idempotent.
 */
void control_deinit(struct control *control);
