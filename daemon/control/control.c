/* SPDX-License-Identifier: MIT */
/*
 * Invariant: a client is used from accept until closed() of its stream, and nothing of control is
 * released before the accept and every client came back. What a client costs is bounded: its
 * calls by CONTROL_MESSAGE_MAX, its replies by STREAM_SEND_MAX, its time by CONTROL_SLOW_S and
 * CONTROL_IDLE_S.
 */
#include "control/control.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/cleanup.h"
#include "common/clock.h"
#include "common/container.h"
#include "common/log.h"
#include "control/control_parts.h"

enum {
	CONTROL_AGAIN_MS = 1000, /* until the next accept after a failure */
	CONTROL_REFUSED_S = 10,	 /* between two log lines about too many clients */
};

static size_t control_count(const struct control *control)
{
	size_t n = 0;

	for (size_t i = 0; i < CONTROL_CLIENTS_MAX; i++)
		n += control->clients[i].used;
	return n;
}

void control_drop(struct control_client *client, const char *reason)
{
	char more[LOG_QUOTA_TEXT_MAX];

	if (client->stream.state != STREAM_OPEN)
		return;
	log_event(log_quota_level(&client->control->drops, LOG_LEVEL_WARNING, more), NULL,
		  "control: closing the client of uid %u, pid %d: %s%s", client->peer.uid,
		  client->peer.pid, reason, more);
	stream_close(&client->stream);
}

static void control_on_message(struct stream *stream, char *message, size_t n)
{
	struct control_client *client = container_of(stream, struct control_client, stream);

	client->called_ns = stream->ring->now;
	if (n > CONTROL_MESSAGE_MAX)
		control_drop(client, "a call is longer than 16 KiB");
	else
		control_call(client, message, n);
}

static void control_on_lost(struct stream *stream, const char *reason)
{
	struct control_client *client = container_of(stream, struct control_client, stream);

	/* Clients come and go: only what they broke off is worth a line. */
	log_debug("control: the client of uid %u, pid %d left: %s", client->peer.uid,
		  client->peer.pid, reason);
}

static void control_on_closed(struct stream *stream)
{
	struct control_client *client = container_of(stream, struct control_client, stream);

	stream_deinit(stream);
	client->used = false;
	client->monitoring = false;
}

static const struct stream_handler control_stream_handler = {
	.message = control_on_message,
	.lost = control_on_lost,
	.closed = control_on_closed,
};

static void control_check(struct control_client *client, uint64_t now)
{
	if (!stream_unsent(&client->stream))
		client->drained_ns = now;
	if (now - client->drained_ns > CONTROL_SLOW_S * CLOCK_S)
		control_drop(client, "it does not take its replies");
	else if (!client->monitoring && now - client->called_ns > CONTROL_IDLE_S * CLOCK_S)
		stream_close(&client->stream);
}

static void control_on_tick(struct ring_timer *timer)
{
	struct control *control = container_of(timer, struct control, tick);

	for (size_t i = 0; i < CONTROL_CLIENTS_MAX; i++)
		if (control->clients[i].used)
			control_check(&control->clients[i], control->ring->now);
	control_monitor(control);
	if (control_count(control))
		ring_timer_in(control->ring, timer, CONTROL_MONITOR_MS * CLOCK_MS);
}

static struct control_client *control_free_client(struct control *control, bool trusted)
{
	size_t reserved = trusted ? 0 : CONTROL_CLIENTS_RESERVED;

	if (control_count(control) >= CONTROL_CLIENTS_MAX - reserved)
		return NULL;
	for (size_t i = 0; i < CONTROL_CLIENTS_MAX; i++)
		if (!control->clients[i].used)
			return &control->clients[i];
	return NULL;
}

static void control_refuse(struct control *control, int fd, const struct control_peer *peer)
{
	static const char reply[] = "{\"error\":\"" CONTROL_INTERFACE ".Refused\",\"parameters\":"
				    "{\"reason\":\"too many clients\"}}";
	uint64_t now = control->ring->now;

	/* The socket is new, there is room; and if not, its end says enough. */
	if (send(fd, reply, sizeof(reply), MSG_DONTWAIT | MSG_NOSIGNAL) < 0)
		log_debug("control: a refused client was gone already: %s", strerror(errno));
	/* Whoever floods the socket shall not flood the log. */
	if (control->refused_ns && now - control->refused_ns < CONTROL_REFUSED_S * CLOCK_S)
		return;
	control->refused_ns = now;
	log_warning("control: too many clients, at most %d: that of uid %u, pid %d is refused",
		    CONTROL_CLIENTS_MAX, peer->uid, peer->pid);
}

/* Takes over fd. */
static void control_adopt(struct control *control, int fd)
{
	CLEANUP(cleanup_close) int owned = fd;
	struct control_client *client;
	struct control_peer peer;
	int r;

	r = control_socket_peer(&peer, fd, control->group);
	if (r < 0) {
		log_warning("control: a client without credentials is refused: %s", strerror(-r));
		return;
	}
	client = control_free_client(control, peer.trusted);
	if (!client) {
		control_refuse(control, fd, &peer);
		return;
	}
	client->control = control;
	client->peer = peer;
	client->used = true;
	client->monitoring = false;
	client->called_ns = client->drained_ns = control->ring->now;
	stream_init(&client->stream, control->ring, &control_stream_handler, '\0');
	stream_adopt(&client->stream, take_fd(&owned));
	if (!control->tick.armed)
		ring_timer_in(control->ring, &control->tick, CONTROL_MONITOR_MS * CLOCK_MS);
}

static void control_accept(struct control *control)
{
	ring_accept(control->ring, &control->accept_op, control->fd);
}

static void control_on_accept(struct ring_op *op, int result)
{
	struct control *control = container_of(op, struct control, accept_op);

	if (control->closing) {
		if (result >= 0)
			close(result);
		return;
	}
	if (result >= 0)
		control_adopt(control, result);
	if (result >= 0 || result == -EINTR || result == -EAGAIN || result == -ECONNABORTED) {
		control_accept(control);
		return;
	}
	log_warning("control: cannot accept a client: %s", strerror(-result));
	ring_timer_in(control->ring, &control->accept_again, CONTROL_AGAIN_MS * CLOCK_MS);
}

static void control_on_again(struct ring_timer *timer)
{
	control_accept(container_of(timer, struct control, accept_again));
}

void control_init(struct control *control, struct ring *ring, const struct control_handler *handler)
{
	*control = (struct control){
		.ring = ring,
		.handler = handler,
		.fd = -1,
		.group = (gid_t)-1,
		.accept_op.fn = control_on_accept,
		.accept_again.fn = control_on_again,
		.tick.fn = control_on_tick,
	};
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
		close(take_fd(&control->fd));
		return -ENOMEM;
	}
	control->group = control_socket_group();
	control_accept(control);
	return 0;
}

/* Idempotent. The socket is still open: its inode is no other file's. */
static void control_unlink(struct control *control)
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
	control_unlink(control);
	ring_timer_stop(control->ring, &control->accept_again);
	ring_timer_stop(control->ring, &control->tick);
	if (control->accept_op.armed)
		ring_cancel(control->ring, &control->accept_op);
	for (size_t i = 0; i < CONTROL_CLIENTS_MAX; i++)
		if (control->clients[i].used)
			stream_close(&control->clients[i].stream);
}

bool control_closed(const struct control *control)
{
	return !control->accept_op.armed && !control_count(control);
}

void control_deinit(struct control *control)
{
	for (size_t i = 0; i < CONTROL_CLIENTS_MAX; i++) {
		struct control_client *client = &control->clients[i];

		if (!client->used)
			continue;
		if (client->stream.fd >= 0)
			close(take_fd(&client->stream.fd));
		stream_deinit(&client->stream);
		client->used = false;
	}
	control_unlink(control);
	if (control->fd >= 0)
		close(take_fd(&control->fd));
}
