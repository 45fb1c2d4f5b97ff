/* SPDX-License-Identifier: MIT */
#include "control/control.h"

#include "common/assert.h"
#include "common/clock.h"
#include "common/container.h"

static void control_on_waits(struct control_client *client)
{
	control_turns_want(&client->control->turns, client);
}

static void control_on_called(struct control_client *client, const char *text, size_t n)
{
	control_dispatch_call(&client->control->dispatch, client, text, n);
}

static void control_on_next(struct control_client *client)
{
	control_dispatch_next(&client->control->dispatch, client);
}

static void control_on_closed(struct control_client *client)
{
	control_accept_reserve(&client->control->accept);
}

static const struct control_client_handler control_client_handler = {
	.waits = control_on_waits,
	.called = control_on_called,
	.next = control_on_next,
	.closed = control_on_closed,
};

static void control_tick_later(struct control *control)
{
	if (!control->tick.armed)
		ring_timer_in(control->ring, &control->tick, CONTROL_MONITOR_MS * CLOCK_MS);
}

static void control_on_tick(struct ring_timer *timer)
{
	struct control *control = container_of(timer, struct control, tick);

	control_clients_check(&control->clients);
	control_accept_reserve(&control->accept);
	if (control_clients_count(&control->clients))
		control_tick_later(control);
}

static const char *control_on_accept(struct control_accept *accept, int fd,
				     const struct control_peer *peer)
{
	struct control *control = container_of(accept, struct control, accept);
	const char *reason = control_clients_full(&control->clients, peer);

	if (reason)
		return reason;
	control_clients_add(&control->clients, fd, peer);
	control_tick_later(control);
	return NULL;
}

static const char *control_on_refusal(struct control_accept *accept, const char *reason,
				      size_t *ret_size)
{
	struct control *control = container_of(accept, struct control, accept);

	return control_dispatch_refusal(&control->dispatch, reason, ret_size);
}

void control_init(struct control *control, struct ring *ring)
{
	static const struct control_accept_handler accept_handler = {
		.serve = control_on_accept,
		.refusal = control_on_refusal,
	};

	*control = (struct control){
		.ring = ring,
		.socket = CONTROL_SOCKET_NULL,
		.tick.fn = control_on_tick,
	};
	control_accept_init(&control->accept, ring, &accept_handler);
	control_clients_init(&control->clients, ring, control, &control_client_handler);
	control_turns_init(&control->turns, ring, &control->clients);
	control_dispatch_init(&control->dispatch);
	control_service_init(&control->service, &control->dispatch);
}

void control_add(struct control *control, const struct control_interface *interface, void *data)
{
	assert(control->socket.fd < 0 && !control->stopped);
	control_dispatch_add(&control->dispatch, interface, data);
}

int control_listen(struct control *control, const char *path)
{
	int r;

	assert(!control->stopped);
	r = control_socket_open(&control->socket, path);
	if (r < 0)
		return r;
	control_accept_start(&control->accept, control->socket.fd);
	return 0;
}

void control_finish(struct control *control, struct control_ticket ticket,
		    enum control_result result, const char *reason)
{
	struct control_client *client = control_clients_find(&control->clients, ticket);

	assert(result == CONTROL_OK || result == CONTROL_REFUSED);
	if (!client || !client->pending)
		return;
	control_dispatch_finish(&control->dispatch, client, result, reason);
	control_turns_want(&control->turns, client);
}

void control_reply(struct control *control, struct control_ticket ticket, const char *parameters,
		   size_t n, bool continues)
{
	struct control_client *client = control_clients_find(&control->clients, ticket);

	if (!client || !client->pending || (continues && stream_unsent(&client->stream)))
		return;
	control_dispatch_reply(&control->dispatch, client, parameters, n, continues);
	if (!continues)
		control_turns_want(&control->turns, client);
}

bool control_waits(struct control *control, struct control_ticket ticket)
{
	const struct control_client *client = control_clients_find(&control->clients, ticket);

	return client && client->pending && client->stream.state == STREAM_OPEN;
}

void control_stop(struct control *control)
{
	if (control->stopped)
		return;
	control->stopped = true;
	/* First, so that a daemon that starts now does not find a socket that is about to end. */
	control_socket_remove(&control->socket);
	ring_timer_stop(control->ring, &control->tick);
	control_turns_stop(&control->turns);
	control_accept_stop(&control->accept);
	control_clients_close(&control->clients);
}

bool control_closed(const struct control *control)
{
	return !control->accept.acceptable.armed && !control_clients_count(&control->clients);
}

void control_deinit(struct control *control)
{
	assert(control_closed(control) || !control->ring->initialized);
	control_clients_deinit(&control->clients);
	control_accept_deinit(&control->accept);
	control_socket_deinit(&control->socket);
	control_dispatch_deinit(&control->dispatch);
	control_service_deinit(&control->service);
}
