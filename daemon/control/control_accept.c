/* SPDX-License-Identifier: MIT */
/*
 * Connections: how many clients are served, and that root and the owner always are, whatever other
 * users do and however many files are open. A client is known only once it is accepted. So all are
 * accepted, and untrusted ones then wait for their budget in a queue, where they do not hold up
 * root. Once the queue is full they are refused, with a budget of its own: root may be behind them.
 * A refused client gets the reason, as far as its socket takes it.
 */
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>

#include "common/assert.h"
#include "common/cleanup.h"
#include "common/clock.h"
#include "common/container.h"
#include "common/log.h"
#include "control/control_parts.h"
#include "io/socket.h"

enum {
	CONTROL_AGAIN_MS = 1000, /* until the next attempt after a failure */
	CONTROL_PAUSE_MS = 20,	 /* where there is no budget: then for several at once */
	CONTROL_ACCEPTS = 8,	 /* in an iteration of the loop */
	CONTROL_SERVES = 4,	 /* of those that wait, likewise */
	/* CPU time of an untrusted client that is spent elsewhere: waking up, serving it. */
	CONTROL_ACCEPT_NS = 5 * 1000,
	CONTROL_SERVE_NS = 40 * 1000,
};

static size_t accept_count(const struct control *control, bool untrusted, bool same_uid, uid_t uid)
{
	size_t n = 0;

	for (size_t i = 0; i < CONTROL_CLIENTS_MAX; i++) {
		const struct control_client *client = &control->clients[i];

		n += client->used && (!untrusted || !client->peer.trusted) &&
		     (!same_uid || client->peer.uid == uid);
	}
	return n;
}

size_t control_count(const struct control *control)
{
	return accept_count(control, false, false, 0);
}

/* Why there is no place for one more client; NULL: there is. */
static const char *accept_full(const struct control *control, const struct control_peer *peer)
{
	size_t places = CONTROL_CLIENTS_MAX - (peer->owner ? 0 : CONTROL_OWNER_RESERVED);

	if (!peer->trusted &&
	    accept_count(control, true, true, peer->uid) >= CONTROL_UNTRUSTED_UID_MAX)
		return "too many clients of this user";
	if (control_count(control) >= places ||
	    (!peer->trusted && accept_count(control, true, false, 0) >= CONTROL_UNTRUSTED_MAX))
		return "too many clients";
	return NULL;
}

/*
 * The socket is new, there is room for the reply; and if not, its end says enough. Takes over fd.
 */
static void accept_refuse(struct control *control, int fd, const struct control_peer *peer,
			  const char *reason)
{
	const struct control_interface *interface = control->interfaces[control->n_interfaces - 1];
	char reply[CONTROL_REASON_MAX];
	int n = snprintf(reply, sizeof(reply),
			 "{\"parameters\":{\"reason\":\"%s\"},\"error\":\"%s.Refused\"}", reason,
			 interface->name);

	(void)socket_send(fd, reply, (size_t)n + 1);
	log_event(LOG_LEVEL_WARNING, LOG_FIELDS({"MINERD_PEER", peer->name}),
		  "control: client of %s, pid %d refused: %s", peer->name, peer->pid, reason);
	socket_close(fd);
}

/* Serves a client, or refuses it. Takes over fd. */
static void accept_peer(struct control *control, int fd, const struct control_peer *peer)
{
	const char *reason = accept_full(control, peer);

	if (reason)
		accept_refuse(control, fd, peer, reason);
	else
		control_adopt(control, fd, peer);
}

/* Serves the client that waits longest. Returns the CPU time that is spent elsewhere. */
static uint64_t accept_waiting(struct control *control)
{
	const struct control_waiting *waiting = &control->waiting[control->first_waiting];

	if (!control->n_waiting)
		return 0;
	control->first_waiting = (control->first_waiting + 1) % CONTROL_WAITING_MAX;
	control->n_waiting--;
	if (socket_ended(waiting->fd)) {
		socket_close(waiting->fd);
		return CONTROL_ACCEPT_NS;
	}
	accept_peer(control, waiting->fd, &waiting->peer);
	return CONTROL_SERVE_NS;
}

/* Takes over fd. */
static void accept_queue(struct control *control, int fd, const struct control_peer *peer)
{
	unsigned last = (control->first_waiting + control->n_waiting) % CONTROL_WAITING_MAX;

	assert(control->n_waiting < CONTROL_WAITING_MAX);
	control->waiting[last] = (struct control_waiting){.fd = fd, .peer = *peer};
	control->n_waiting++;
}

void control_close_waiting(struct control *control)
{
	for (; control->n_waiting; control->n_waiting--) {
		socket_close(control->waiting[control->first_waiting].fd);
		control->first_waiting = (control->first_waiting + 1) % CONTROL_WAITING_MAX;
	}
}

/* Takes over fd. reserved: it is one of the descriptors that are kept for trusted clients. */
static void accept_client(struct control *control, int fd, bool reserved)
{
	struct control_peer peer;
	int r;

	r = control_socket_peer(&peer, fd, control->group);
	if (r < 0) {
		log_warning("control: client refused: no credentials: %s", strerror(-r));
		socket_close(fd);
	} else if (peer.trusted) {
		accept_peer(control, fd, &peer);
	} else if (reserved) {
		accept_refuse(control, fd, &peer, "too many open files");
	} else if (control->n_waiting == CONTROL_WAITING_MAX) {
		accept_refuse(control, fd, &peer, "too many clients wait");
	} else {
		accept_queue(control, fd, &peer);
	}
}

void control_reserve_files(struct control *control)
{
	for (size_t i = 0; i < CONTROL_RESERVED_FILES; i++)
		if (control->reserved[i] < 0 && control->fd >= 0)
			control->reserved[i] = socket_duplicate(control->fd);
}

/* A connection for which there is no descriptor but a reserved one. */
static int accept_reserved(struct control *control, int error)
{
	size_t i = 0;
	int fd;

	log_warning("control: %s: only clients that may change the daemon are served; raise the "
		    "limit (ulimit -n, in a unit: LimitNOFILE=)",
		    strerror(-error));
	while (i < CONTROL_RESERVED_FILES && control->reserved[i] < 0)
		i++;
	if (i == CONTROL_RESERVED_FILES)
		return error;
	socket_close(take_fd(&control->reserved[i]));
	fd = socket_accept(control->fd);
	if (fd >= 0)
		accept_client(control, fd, true);
	control_reserve_files(control);
	return fd;
}

/* Negative errno: there is nobody else (-EAGAIN), or it failed. */
static int accept_next(struct control *control)
{
	int fd = socket_accept(control->fd);

	if (fd == -EMFILE || fd == -ENFILE)
		return accept_reserved(control, fd);
	if (fd >= 0)
		accept_client(control, fd, false);
	return fd == -ECONNABORTED || fd == -EINTR ? 0 : fd;
}

void control_watch(struct control *control)
{
	ring_poll(control->ring, &control->acceptable, control->fd, POLLIN);
}

void control_on_acceptable(struct ring_op *op, int result)
{
	struct control *control = container_of(op, struct control, acceptable);

	/* After all completions of this iteration: the pools come first. */
	if (!control->closing)
		ring_timer_at(control->ring, &control->accept, control->ring->now);
}

static bool accept_affordable(struct token_bucket *budget)
{
	return token_bucket_wait(budget, clock_now()) == 0;
}

/* Serves some that wait. */
static void accept_serve_waiting(struct control *control)
{
	uint64_t begin = clock_thread(), cost = 0;

	if (!control->n_waiting || !accept_affordable(&control->accept_budget))
		return;
	for (unsigned i = 0; i < CONTROL_SERVES; i++)
		cost += accept_waiting(control);
	token_bucket_spend(&control->accept_budget, clock_thread() - begin + cost);
}

/* Accepts some more. Negative errno as accept_next() returns it. */
static int accept_some(struct control *control)
{
	bool affordable = accept_affordable(&control->refuse_budget);
	uint64_t begin = clock_thread();
	bool full = false;
	int r = 0;

	for (unsigned i = 0; i < CONTROL_ACCEPTS && r >= 0; i++) {
		full = control->n_waiting == CONTROL_WAITING_MAX;
		if (full && !affordable)
			break;
		r = accept_next(control);
	}
	if (full && affordable)
		token_bucket_spend(&control->refuse_budget, clock_thread() - begin);
	return r;
}

/* Until there is a budget again, to serve one that waits or to refuse another one. */
static uint64_t accept_pause(struct control *control)
{
	uint64_t now = clock_now(), wait = token_bucket_wait(&control->accept_budget, now);

	if (control->n_waiting == CONTROL_WAITING_MAX)
		wait = MIN(wait, token_bucket_wait(&control->refuse_budget, now));
	return wait ? MAX(wait, CONTROL_PAUSE_MS * CLOCK_MS) : 1;
}

void control_on_accept(struct ring_timer *timer)
{
	struct control *control = container_of(timer, struct control, accept);
	int r;

	accept_serve_waiting(control);
	r = accept_some(control);
	if (r < 0 && r != -EAGAIN) {
		log_warning("control: cannot accept a client: %s", strerror(-r));
		ring_timer_in(control->ring, timer, CONTROL_AGAIN_MS * CLOCK_MS);
		return;
	}
	if (r == -EAGAIN && !control->acceptable.armed)
		control_watch(control);
	if (r >= 0 && control->n_waiting < CONTROL_WAITING_MAX)
		ring_timer_at(control->ring, timer, clock_now() + 1);
	else if (control->n_waiting)
		ring_timer_in(control->ring, timer, accept_pause(control));
}
