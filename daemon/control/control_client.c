/* SPDX-License-Identifier: MIT */
#include "control/control_client.h"

#include "common/assert.h"
#include "common/clock.h"
#include "common/container.h"
#include "common/log.h"

static void client_on_received(struct stream *stream)
{
	struct control_client *client = container_of(stream, struct control_client, stream);

	client->ready = true;
	client->handler->waits(client);
}

static void client_on_drained(struct stream *stream)
{
	struct control_client *client = container_of(stream, struct control_client, stream);

	client->handler->waits(client);
}

static void client_on_message(struct stream *stream, char *message, size_t n)
{
	struct control_client *client = container_of(stream, struct control_client, stream);

	client->called_ns = stream->ring->now;
	client->called = true;
	client->handler->called(client, message, n);
}

static void client_on_lost(struct stream *stream, const char *reason)
{
	struct control_client *client = container_of(stream, struct control_client, stream);
	bool too_long = line_full(&stream->in);

	/* That a client leaves is normal. */
	log_event(too_long ? LOG_LEVEL_WARNING : LOG_LEVEL_DEBUG,
		  LOG_FIELDS({"MINERD_PEER", client->peer.name}),
		  "control: client of %s, pid %d: connection lost: %s", client->peer.name,
		  client->peer.pid, too_long ? "a call is longer than 16 KiB" : reason);
}

static void client_on_closed(struct stream *stream)
{
	struct control_client *client = container_of(stream, struct control_client, stream);
	struct control *control = client->control;
	const struct control_client_handler *handler = client->handler;

	stream_deinit(stream);
	*client = (struct control_client){.control = control, .handler = handler};
	handler->closed(client);
}

static const struct stream_handler client_stream_handler = {
	.received = client_on_received,
	.drained = client_on_drained,
	.message = client_on_message,
	.lost = client_on_lost,
	.closed = client_on_closed,
};

void control_client_init(struct control_client *client, struct ring *ring, struct control *control,
			 const struct control_client_handler *handler, int fd,
			 const struct control_peer *peer, struct control_ticket ticket)
{
	assert(!client->used);
	*client = (struct control_client){
		.handler = handler,
		.control = control,
		.peer = *peer,
		.ticket = ticket,
		.used = true,
		.called_ns = ring->now,
		.drained_ns = ring->now,
	};
	stream_init(&client->stream, ring, &client_stream_handler, '\0');
	stream_limit(&client->stream, CONTROL_MESSAGE_MAX + 1);
	stream_adopt(&client->stream, fd);
}

bool control_client_wants_turn(const struct control_client *client)
{
	return client->used && client->stream.state == STREAM_OPEN && !client->pending &&
	       (client->ready || client->due) && !stream_unsent(&client->stream);
}

void control_client_take_turn(struct control_client *client)
{
	assert(control_client_wants_turn(client));
	if (client->ready) {
		client->ready = client->called = false;
		client->ready = stream_step(&client->stream);
		return;
	}
	client->due = false;
	client->called = true;
	if (client->continues)
		client->handler->next(client);
}

void control_client_check(struct control_client *client, uint64_t now)
{
	if (!stream_unsent(&client->stream))
		client->drained_ns = now;
	if (now - client->drained_ns > CONTROL_SLOW_S * CLOCK_S)
		control_client_drop(client, "it does not read its replies");
	else if (!client->continues && !client->pending &&
		 now - client->called_ns > CONTROL_IDLE_S * CLOCK_S)
		control_client_close(client);
	if (client->continues) {
		client->due = true;
		client->handler->waits(client);
	}
}

void control_client_send(struct control_client *client, const char *text, size_t n)
{
	if (!text)
		control_client_drop(client, "out of memory for its reply");
	else if (!stream_send(&client->stream, text, n + 1))
		control_client_drop(client, n < STREAM_SEND_MAX ? "no space for its reply"
								: "its reply is too long");
}

void control_client_drop(struct control_client *client, const char *reason)
{
	if (client->stream.state != STREAM_OPEN)
		return;
	log_event(LOG_LEVEL_WARNING, LOG_FIELDS({"MINERD_PEER", client->peer.name}),
		  "control: client of %s, pid %d: closing the connection: %s", client->peer.name,
		  client->peer.pid, reason);
	stream_close(&client->stream);
}

void control_client_close(struct control_client *client)
{
	assert(client->used);
	stream_close(&client->stream);
}

void control_client_deinit(struct control_client *client)
{
	if (!client->used)
		return;
	stream_deinit(&client->stream);
	client->used = false;
}
