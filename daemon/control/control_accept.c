/* SPDX-License-Identifier: MIT */
#include "control/control_accept.h"

#include <errno.h>
#include <poll.h>
#include <string.h>

#include "common/assert.h"
#include "common/cleanup.h"
#include "common/clock.h"
#include "common/container.h"
#include "common/log.h"
#include "io/socket.h"

enum {
	ACCEPT_AGAIN_MS = 1000, /* until the next attempt after a failure */
	ACCEPT_PAUSE_MS = 20,	/* at least, without a budget: then several are served at once */
	ACCEPT_MAX = 8,		/* connections accepted in an iteration of the loop */
	ACCEPT_SERVE_MAX = 4,	/* clients served that wait, likewise */

	/* Budgets of untrusted clients: ns of CPU time earned a second, and saved at most. */
	ACCEPT_SERVE_RATE = 10 * 1000 * 1000,
	ACCEPT_SERVE_BUDGET = 2 * 1000 * 1000,
	ACCEPT_REFUSE_RATE = 20 * 1000 * 1000,
	ACCEPT_REFUSE_BUDGET = 2 * 1000 * 1000,

	/* ns of CPU time that an untrusted client costs elsewhere: waking up, serving it. */
	ACCEPT_GONE_COST = 5 * 1000,
	ACCEPT_SERVE_COST = 40 * 1000,
};

/* Takes over fd. The client gets the reason as far as the buffer of its socket takes it. */
static void accept_refuse(struct control_accept *self, int fd, const struct control_peer *peer,
			  const char *reason)
{
	size_t n;
	const char *reply = self->handler->refusal(self, reason, &n);

	if (reply)
		(void)socket_send(fd, reply, n + 1);
	log_event(LOG_LEVEL_WARNING, LOG_FIELDS({"MINERD_PEER", peer->name}),
		  "control: client of %s, pid %d: refused: %s", peer->name, peer->pid, reason);
	socket_close(fd);
}

/* Serves a client, or refuses it. Takes over fd. */
static void accept_serve(struct control_accept *self, int fd, const struct control_peer *peer)
{
	const char *reason = self->handler->serve(self, fd, peer);

	if (reason)
		accept_refuse(self, fd, peer, reason);
}

/* Takes the client that has waited longest out of the queue, which must not be empty. */
static struct control_waiting accept_dequeue(struct control_accept *self)
{
	struct control_waiting waiting;

	assert(self->n_waiting);
	waiting = self->waiting[self->first_waiting];
	self->first_waiting = (self->first_waiting + 1) % CONTROL_WAITING_MAX;
	self->n_waiting--;
	return waiting;
}

/* Takes over fd. The queue must not be full. */
static void accept_enqueue(struct control_accept *self, int fd, const struct control_peer *peer)
{
	unsigned last = (self->first_waiting + self->n_waiting) % CONTROL_WAITING_MAX;

	assert(self->n_waiting < CONTROL_WAITING_MAX);
	self->waiting[last] = (struct control_waiting){.fd = fd, .peer = *peer};
	self->n_waiting++;
}

/* Serves the client that has waited longest. Returns the CPU time that this costs elsewhere. */
static uint64_t accept_serve_waiting(struct control_accept *self)
{
	struct control_waiting waiting = accept_dequeue(self);

	if (socket_ended(waiting.fd)) {
		socket_close(waiting.fd);
		return ACCEPT_GONE_COST;
	}
	accept_serve(self, waiting.fd, &waiting.peer);
	return ACCEPT_SERVE_COST;
}

/* Takes over fd. reserved: it is one of the descriptors that are kept for trusted clients. */
static void accept_client(struct control_accept *self, int fd, bool reserved)
{
	struct control_peer peer;
	int r = control_peer_read(&peer, fd, self->group);

	if (r < 0) {
		log_warning("control: client refused: cannot read its credentials: %s",
			    strerror(-r));
		socket_close(fd);
	} else if (peer.trusted) {
		accept_serve(self, fd, &peer);
	} else if (reserved) {
		accept_refuse(self, fd, &peer, "too many open files");
	} else if (self->n_waiting == CONTROL_WAITING_MAX) {
		accept_refuse(self, fd, &peer, "too many waiting clients");
	} else {
		accept_enqueue(self, fd, &peer);
	}
}

/* Accepts a connection with a reserved descriptor. error: why there is no other. */
static int accept_reserved(struct control_accept *self, int error)
{
	size_t i = 0;
	int fd;

	log_warning("control: cannot accept clients that may not change the daemon: %s; raise the "
		    "limit of open files (ulimit -n, in a unit: LimitNOFILE=)",
		    strerror(-error));
	while (i < CONTROL_RESERVED_FILES && self->reserved[i] < 0)
		i++;
	if (i == CONTROL_RESERVED_FILES)
		return error;
	socket_close(take_fd(&self->reserved[i]));
	fd = socket_accept(self->fd);
	if (fd >= 0)
		accept_client(self, fd, true);
	control_accept_reserve(self);
	return fd;
}

/* Negative errno: there is nobody else (-EAGAIN), or it failed. */
static int accept_next(struct control_accept *self)
{
	int fd = socket_accept(self->fd);

	if (fd == -EMFILE || fd == -ENFILE)
		return accept_reserved(self, fd);
	if (fd >= 0)
		accept_client(self, fd, false);
	return fd == -ECONNABORTED || fd == -EINTR ? 0 : fd;
}

static bool accept_affordable(struct control_budget *budget)
{
	return control_budget_wait(budget, clock_now()) == 0;
}

/* Serves some clients that wait. */
static void accept_serve_some(struct control_accept *self)
{
	uint64_t begin = control_budget_begin(), cost = 0;

	if (!self->n_waiting || !accept_affordable(&self->serve_budget))
		return;
	for (unsigned i = 0; i < ACCEPT_SERVE_MAX && self->n_waiting; i++)
		cost += accept_serve_waiting(self);
	control_budget_spend(&self->serve_budget, begin, cost);
}

/* Accepts some more. Negative errno as accept_next() returns it. */
static int accept_some(struct control_accept *self)
{
	bool affordable = accept_affordable(&self->refuse_budget);
	uint64_t begin = control_budget_begin();
	bool full = false;
	int r = 0;

	for (unsigned i = 0; i < ACCEPT_MAX && r >= 0; i++) {
		full = self->n_waiting == CONTROL_WAITING_MAX;
		if (full && !affordable)
			break;
		r = accept_next(self);
	}
	if (full && affordable)
		control_budget_spend(&self->refuse_budget, begin, 0);
	return r;
}

/* ns until there is a budget again, to serve a client that waits or to refuse another one. */
static uint64_t accept_pause(struct control_accept *self)
{
	uint64_t now = clock_now(), wait = control_budget_wait(&self->serve_budget, now);

	if (self->n_waiting == CONTROL_WAITING_MAX)
		wait = MIN(wait, control_budget_wait(&self->refuse_budget, now));
	return wait ? MAX(wait, ACCEPT_PAUSE_MS * CLOCK_MS) : 1;
}

static void accept_watch(struct control_accept *self)
{
	ring_poll(self->ring, &self->acceptable, self->fd, POLLIN);
}

static void accept_on_timer(struct ring_timer *timer)
{
	struct control_accept *self = container_of(timer, struct control_accept, timer);
	int r;

	accept_serve_some(self);
	r = accept_some(self);
	if (r < 0 && r != -EAGAIN) {
		log_warning("control: cannot accept a client: %s", strerror(-r));
		ring_timer_in(self->ring, timer, ACCEPT_AGAIN_MS * CLOCK_MS);
		return;
	}
	if (r == -EAGAIN && !self->acceptable.armed)
		accept_watch(self);
	if (r >= 0 && self->n_waiting < CONTROL_WAITING_MAX)
		ring_timer_at(self->ring, timer, clock_now() + 1);
	else if (self->n_waiting)
		ring_timer_in(self->ring, timer, accept_pause(self));
}

static void accept_on_acceptable(struct ring_op *op, int result)
{
	struct control_accept *self = container_of(op, struct control_accept, acceptable);

	/* After all completions of this iteration: the pools come first. */
	if (!self->stopped)
		ring_timer_at(self->ring, &self->timer, self->ring->now);
}

void control_accept_init(struct control_accept *self, struct ring *ring,
			 const struct control_accept_handler *handler)
{
	*self = (struct control_accept){
		.ring = ring,
		.handler = handler,
		.fd = -1,
		.group = (gid_t)-1,
		.acceptable.fn = accept_on_acceptable,
		.timer.fn = accept_on_timer,
	};
	for (size_t i = 0; i < CONTROL_RESERVED_FILES; i++)
		self->reserved[i] = -1;
	control_budget_init(&self->serve_budget, ACCEPT_SERVE_RATE, ACCEPT_SERVE_BUDGET,
			    clock_now());
	control_budget_init(&self->refuse_budget, ACCEPT_REFUSE_RATE, ACCEPT_REFUSE_BUDGET,
			    clock_now());
}

void control_accept_start(struct control_accept *self, int fd)
{
	assert(self->fd < 0 && !self->stopped && fd >= 0);
	self->fd = fd;
	self->group = control_peer_group();
	control_accept_reserve(self);
	accept_watch(self);
}

void control_accept_reserve(struct control_accept *self)
{
	if (self->fd < 0 || self->stopped)
		return;
	for (size_t i = 0; i < CONTROL_RESERVED_FILES; i++)
		if (self->reserved[i] < 0)
			self->reserved[i] = socket_duplicate(self->fd);
}

static void accept_close_waiting(struct control_accept *self)
{
	while (self->n_waiting)
		socket_close(accept_dequeue(self).fd);
}

void control_accept_stop(struct control_accept *self)
{
	self->stopped = true;
	ring_timer_stop(self->ring, &self->timer);
	if (self->acceptable.armed)
		ring_cancel(self->ring, &self->acceptable);
	accept_close_waiting(self);
}

void control_accept_deinit(struct control_accept *self)
{
	assert(!self->acceptable.armed || !self->ring->initialized);
	accept_close_waiting(self);
	for (size_t i = 0; i < CONTROL_RESERVED_FILES; i++)
		if (self->reserved[i] >= 0)
			socket_close(take_fd(&self->reserved[i]));
	self->fd = -1;
}
