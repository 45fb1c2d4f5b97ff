/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * The control socket: a Varlink server (varlink.org) for minerctl(1), varlinkctl(1) and any other
 * client. It knows no method by name but those of org.varlink.service: whoever implements an
 * interface adds it. Io thread.
 *
 *	control_init -> control_add .. -> control_listen -> .. control_stop -> .. control_closed
 *	-> control_deinit
 *
 * What clients cost is bounded: control_clients.h (how many), control_turns.h (their calls),
 * control_accept.h (their connections), control_client.h (size of a call, times). A method that
 * changes the daemon is for trusted clients only, see struct control_peer.
 */
#include "control/control_accept.h"
#include "control/control_clients.h"
#include "control/control_dispatch.h"
#include "control/control_interface.h"
#include "control/control_service.h"
#include "control/control_socket.h"
#include "control/control_turns.h"

enum { CONTROL_MONITOR_MS = 1000 /* between two replies of a call that continues */ };

struct control {
	struct ring *ring;
	struct control_socket socket;
	struct control_accept accept;
	struct control_clients clients;
	struct control_turns turns;
	struct control_dispatch dispatch;
	struct control_service service;
	struct ring_timer tick; /* armed while there is a client */
	bool stopped;
};

void control_init(struct control *control, struct ring *ring);

/*
 * Before control_listen(). interface and data are borrowed; its methods get data. A client that is
 * not served gets the error Refused of the interface that was added last.
 */
void control_add(struct control *control, const struct control_interface *interface, void *data);

/* Creates the socket at path and serves clients. Once. Errors as control_socket_open(). */
int control_listen(struct control *control, const char *path);

/*
 * Replies to a call for which a method returned CONTROL_PENDING: result is CONTROL_OK, or
 * CONTROL_REFUSED for the reason. Nothing when the client has left.
 */
void control_finish(struct control *control, struct control_ticket ticket,
		    enum control_result result, const char *reason);

/*
 * The same with the parameters of a reply, a JSON object of n bytes; NULL: there is no memory.
 * continues: another reply follows, which only a call with call->more may have. One that continues
 * is left out while the client has not read the last one.
 */
void control_reply(struct control *control, struct control_ticket ticket, const char *parameters,
		   size_t n, bool continues);

/* Whether the client of a pending call is still there. */
bool control_waits(struct control *control, struct control_ticket ticket);

/* Removes the socket and closes all connections. Idempotent. */
void control_stop(struct control *control);

/* After control_stop(): whether nothing belongs to the kernel any more. */
bool control_closed(const struct control *control);

/*
 * When control_closed(), without control_listen(), or when the ring is gone. Removes the socket
 * too. Idempotent.
 */
void control_deinit(struct control *control);
