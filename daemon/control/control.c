/* SPDX-License-Identifier: MIT */
/*
 * Invariant: a client is used from accept until closed() of its stream, and nothing of control is
 * released before the listening socket and every client came back.
 */
#include "control/control.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "common/assert.h"
#include "common/cleanup.h"
#include "common/clock.h"
#include "common/container.h"
#include "common/log.h"
#include "control/control_parts.h"
#include "io/socket.h"

/* For untrusted clients: ns of CPU time earned a second, and saved at most. */
enum {
	CONTROL_CALL_RATE = 3 * 1000 * 1000, /* 0.3 % of a CPU */
	CONTROL_CALL_MAX = 3 * 1000 * 1000,
	CONTROL_ACCEPT_RATE = 10 * 1000 * 1000,
	CONTROL_ACCEPT_MAX = 2 * 1000 * 1000,
	CONTROL_REFUSE_RATE = 20 * 1000 * 1000,
	CONTROL_REFUSE_MAX = 2 * 1000 * 1000,
};

void control_drop(struct control_client *client, const char *reason)
{
	if (client->stream.state != STREAM_OPEN)
		return;
	log_event(LOG_LEVEL_WARNING, LOG_FIELDS({"MINERD_PEER", client->peer.name}),
		  "control: closing the client of %s, pid %d: %s", client->peer.name,
		  client->peer.pid, reason);
	stream_close(&client->stream);
}

static void control_on_received(struct stream *stream)
{
	struct control_client *client = container_of(stream, struct control_client, stream);

	client->ready = true;
	control_want_turn(client);
}

static void control_on_drained(struct stream *stream)
{
	control_want_turn(container_of(stream, struct control_client, stream));
}

static void control_on_message(struct stream *stream, char *message, size_t n)
{
	struct control_client *client = container_of(stream, struct control_client, stream);

	client->called_ns = stream->ring->now;
	client->called = true;
	control_answer(client, message, n);
}

static void control_on_lost(struct stream *stream, const char *reason)
{
	struct control_client *client = container_of(stream, struct control_client, stream);
	bool too_long = line_full(&stream->in);

	/* Clients come and go. */
	log_event(too_long ? LOG_LEVEL_WARNING : LOG_LEVEL_DEBUG,
		  LOG_FIELDS({"MINERD_PEER", client->peer.name}),
		  "control: lost the client of %s, pid %d: %s", client->peer.name, client->peer.pid,
		  too_long ? "a call is longer than 16 KiB" : reason);
}

static void control_on_closed(struct stream *stream)
{
	struct control_client *client = container_of(stream, struct control_client, stream);
	struct control *control = client->control;

	stream_deinit(stream);
	*client = (struct control_client){};
	if (!control->closing)
		control_reserve_files(control);
}

static const struct stream_handler control_stream_handler = {
	.received = control_on_received,
	.drained = control_on_drained,
	.message = control_on_message,
	.lost = control_on_lost,
	.closed = control_on_closed,
};

static void control_check(struct control_client *client, uint64_t now)
{
	if (!stream_unsent(&client->stream))
		client->drained_ns = now;
	if (now - client->drained_ns > CONTROL_SLOW_S * CLOCK_S)
		control_drop(client, "it does not read its replies");
	else if (!client->continues && !client->pending &&
		 now - client->called_ns > CONTROL_IDLE_S * CLOCK_S)
		stream_close(&client->stream);
	if (client->continues) {
		client->due = true;
		control_want_turn(client);
	}
}

static void control_on_tick(struct ring_timer *timer)
{
	struct control *control = container_of(timer, struct control, tick);

	for (size_t i = 0; i < CONTROL_CLIENTS_MAX; i++)
		if (control->clients[i].used)
			control_check(&control->clients[i], control->ring->now);
	control_reserve_files(control);
	if (control_count(control))
		ring_timer_in(control->ring, timer, CONTROL_MONITOR_MS * CLOCK_MS);
}

void control_adopt(struct control *control, int fd, const struct control_peer *peer)
{
	struct control_client *client = control->clients;

	while (client->used)
		client++;
	assert(client < control->clients + CONTROL_CLIENTS_MAX);
	*client = (struct control_client){
		.control = control,
		.peer = *peer,
		.generation = ++control->generation,
		.used = true,
		.called_ns = control->ring->now,
		.drained_ns = control->ring->now,
	};
	stream_init(&client->stream, control->ring, &control_stream_handler, '\0');
	stream_limit(&client->stream, CONTROL_MESSAGE_MAX + 1);
	stream_adopt(&client->stream, fd);
	if (!control->tick.armed)
		ring_timer_in(control->ring, &control->tick, CONTROL_MONITOR_MS * CLOCK_MS);
}

void control_init(struct control *control, struct ring *ring)
{
	*control = (struct control){
		.ring = ring,
		.fd = -1,
		.group = (gid_t)-1,
		.acceptable.fn = control_on_acceptable,
		.accept.fn = control_on_accept,
		.tick.fn = control_on_tick,
		.turns.fn = control_on_turns,
		.writer = JSON_WRITER_NULL,
		.service_writer = JSON_WRITER_NULL,
	};
	for (size_t i = 0; i < CONTROL_RESERVED_FILES; i++)
		control->reserved[i] = -1;
	token_bucket_init(&control->accept_budget, CONTROL_ACCEPT_RATE, CONTROL_ACCEPT_MAX,
			  ring->now);
	token_bucket_init(&control->refuse_budget, CONTROL_REFUSE_RATE, CONTROL_REFUSE_MAX,
			  ring->now);
	token_bucket_init(&control->call_budget, CONTROL_CALL_RATE, CONTROL_CALL_MAX, ring->now);
	control_add(control, &control_service);
}

void control_add(struct control *control, const struct control_interface *interface)
{
	assert(control->n_interfaces < CONTROL_INTERFACES_MAX && control->fd < 0);
	control->interfaces[control->n_interfaces++] = interface;
}

int control_listen(struct control *control, const char *path)
{
	int fd;

	fd = control_socket_open(path, &control->device, &control->inode);
	if (fd < 0)
		return fd;
	control->fd = fd;
	control->path = strdup(path);
	if (!control->path) {
		control_socket_remove(path, control->device, control->inode);
		socket_close(take_fd(&control->fd));
		return -ENOMEM;
	}
	control->group = control_socket_group();
	control_reserve_files(control);
	control_watch(control);
	return 0;
}

/* A socket file without a daemon would be in the way of the next one. */
static void control_remove(struct control *control)
{
	if (control->path)
		control_socket_remove(control->path, control->device, control->inode);
	free(TAKE(control->path));
}

void control_stop(struct control *control)
{
	if (control->closing)
		return;
	control->closing = true;
	control_remove(control);
	ring_timer_stop(control->ring, &control->accept);
	ring_timer_stop(control->ring, &control->tick);
	ring_timer_stop(control->ring, &control->turns);
	if (control->acceptable.armed)
		ring_cancel(control->ring, &control->acceptable);
	control_close_waiting(control);
	for (size_t i = 0; i < CONTROL_CLIENTS_MAX; i++)
		if (control->clients[i].used)
			stream_close(&control->clients[i].stream);
}

bool control_closed(const struct control *control)
{
	return !control->acceptable.armed && !control_count(control);
}

void control_deinit(struct control *control)
{
	control_remove(control);
	for (size_t i = 0; i < CONTROL_CLIENTS_MAX; i++) {
		struct control_client *client = &control->clients[i];

		if (!client->used)
			continue;
		stream_deinit(&client->stream);
		client->used = false;
	}
	control_close_waiting(control);
	for (size_t i = 0; i < CONTROL_RESERVED_FILES; i++)
		if (control->reserved[i] >= 0)
			socket_close(take_fd(&control->reserved[i]));
	if (control->fd >= 0)
		socket_close(take_fd(&control->fd));
	json_writer_deinit(&control->writer);
	json_writer_deinit(&control->service_writer);
}
