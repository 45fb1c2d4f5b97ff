/* SPDX-License-Identifier: MIT */
/*
 * Invariant: the descriptor is open and the buffers stay as long as an operation is armed; closed()
 * is called from a task, never from within another callback of the stream.
 */
#include "io/stream.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/assert.h"
#include "common/cleanup.h"
#include "common/container.h"
#include "common/hot.h"
#include "io/socket.h"

enum { STREAM_SEND_FIRST = 2048 /* bytes a send buffer starts with */ };

static bool stream_armed(const struct stream *stream)
{
	return stream->recv_op.armed || stream->send_op.armed || stream->go_on.queued;
}

/* Ends a closing stream, in a task, once nothing is armed. */
static void stream_settle(struct stream *stream)
{
	if (stream->state == STREAM_CLOSING && !stream_armed(stream))
		ring_task_queue(stream->ring, &stream->finish);
}

void stream_close(struct stream *stream)
{
	if (stream->state == STREAM_CLOSED || stream->state == STREAM_CLOSING)
		return;
	stream->state = STREAM_CLOSING;
	if (stream->recv_op.armed)
		ring_cancel(stream->ring, &stream->recv_op);
	if (stream->send_op.armed)
		ring_cancel(stream->ring, &stream->send_op);
	stream_settle(stream);
}

/* error: a negative errno, or 0 where `what` is the whole reason. */
static void stream_fail(struct stream *stream, const char *what, int error)
{
	char reason[STREAM_REASON_MAX];

	if (stream->state == STREAM_CLOSING)
		return;
	if (error == -ETIMEDOUT) /* TCP_USER_TIMEOUT, or no answer to keepalive probes: tcp(7) */
		snprintf(reason, sizeof(reason), "peer no longer acknowledges data (TCP timeout)");
	else if (error)
		snprintf(reason, sizeof(reason), "%s: %s", what, strerror(-error));
	else
		snprintf(reason, sizeof(reason), "%s", what);
	stream_close(stream);
	stream->handler->lost(stream, reason);
}

/*
 * The same where the peer may have ended it. A reset is something that a peer does; a time-out, a
 * network that is gone or no memory here are not.
 */
static void stream_ended(struct stream *stream, const char *what, int error)
{
	stream->ended_by_peer = error == 0 || error == -ECONNRESET || error == -EPIPE;
	stream_fail(stream, what, error);
}

/* Makes space for n more bytes after what is queued. false: allocation failure. */
static bool stream_grow(struct stream *stream, size_t n)
{
	size_t room = MAX(stream->queued_room, (size_t)STREAM_SEND_FIRST);
	char *buffer;

	while (room < stream->queued_size + n)
		room *= 2;
	if (room == stream->queued_room)
		return true;
	buffer = realloc(stream->queued, room);
	if (!buffer)
		return false;
	stream->queued = buffer;
	stream->queued_room = room;
	return true;
}

/* Queues close_notify, or the alert that says what the peer did wrong. */
static void stream_end_tls(struct stream *stream)
{
	size_t n;

	tls_close(&stream->tls);
	n = tls_output_pending(&stream->tls);
	if (n && stream_grow(stream, n))
		stream->queued_size +=
			tls_output(&stream->tls, stream->queued + stream->queued_size, n);
}

/*
 * Sends what was queued when the stream was closed, maybe shares, and the end of TLS, as far as the
 * socket has space. Nothing if the last send was short: the peer would see part of a message.
 */
static void stream_send_last(struct stream *stream)
{
	bool secured = stream->tls.ssl && stream->tls.state != TLS_HANDSHAKE;

	if (stream->sent < stream->sending_size || (stream->context && !secured))
		return;
	if (secured)
		stream_end_tls(stream);
	/* A failure changes nothing: the connection ends anyway. */
	if (stream->queued_size)
		(void)socket_send(stream->fd, stream->queued, stream->queued_size);
}

/* A peer that made them large once does not keep memory beyond its connection. */
static void stream_free_buffers(struct stream *stream)
{
	tls_deinit(&stream->tls);
	line_deinit(&stream->in);
	free(TAKE(stream->cipher));
	free(TAKE(stream->sending));
	free(TAKE(stream->queued));
	stream->sending_size = stream->sent = stream->sending_room = 0;
	stream->queued_size = stream->queued_room = 0;
}

static void stream_on_finish(struct ring_task *task)
{
	struct stream *stream = container_of(task, struct stream, finish);

	stream_send_last(stream);
	if (stream->fd >= 0)
		socket_close(take_fd(&stream->fd));
	stream_free_buffers(stream);
	stream->state = STREAM_CLOSED;
	stream->handler->closed(stream);
}

/* Space to receive text into; false: there is none, and the stream has failed. */
HOT static bool stream_space(struct stream *stream, char **ret_space, size_t *ret_size)
{
	char what[STREAM_REASON_MAX];
	int r = line_space(&stream->in, ret_space, ret_size);

	if (r == 0)
		return true;
	snprintf(what, sizeof(what), "a message longer than %zu bytes", stream->in.max);
	if (r == -EMSGSIZE)
		stream_fail(stream, what, 0);
	else
		stream_fail(stream, "receive buffer", r);
	return false;
}

HOT static void stream_receive(struct stream *stream)
{
	char *space = stream->cipher;
	size_t size = STREAM_CIPHER_SIZE;

	if (stream->context || stream_space(stream, &space, &size))
		ring_recv(stream->ring, &stream->recv_op, stream->fd, space, (unsigned)size);
}

/* Delivers at most *left messages. false: more wait. */
HOT static bool stream_deliver(struct stream *stream, unsigned *left)
{
	char *message;
	size_t n;

	for (; *left && stream->state == STREAM_OPEN; --*left) {
		if (!line_next(&stream->in, &message, &n))
			return true;
		stream->handler->message(stream, message, n);
	}
	return stream->state != STREAM_OPEN || !line_waits(&stream->in);
}

/* Decrypts the next piece of text; false: there is none, or no space for it. */
static bool stream_read_tls(struct stream *stream)
{
	char *space;
	size_t size, n;

	if (stream->state != STREAM_OPEN || !stream_space(stream, &space, &size))
		return false;
	n = tls_read(&stream->tls, space, size);
	line_received(&stream->in, n);
	return n != 0;
}

/* Delivers what was received, at most STREAM_DELIVER_MAX messages, then receives again. */
HOT static void stream_go_on(struct stream *stream)
{
	unsigned left = STREAM_DELIVER_MAX;

	do {
		if (!stream_deliver(stream, &left)) {
			ring_task_later(stream->ring, &stream->go_on);
			return;
		}
	} while (stream->context && stream_read_tls(stream));
	if (stream->context && stream->state != STREAM_CLOSING) {
		if (stream->tls.state == TLS_FAILED)
			stream_ended(stream, stream->tls.reason, 0);
		else if (stream->tls.state == TLS_CLOSED)
			stream_ended(stream, "closed by the peer", 0);
	}
	if (stream->state != STREAM_CLOSING)
		stream_receive(stream);
}

static void stream_on_go_on(struct ring_task *task)
{
	struct stream *stream = container_of(task, struct stream, go_on);

	if (stream->state == STREAM_OPEN)
		stream_go_on(stream);
	stream_settle(stream);
}

/* Passes n bytes to TLS, which goes on with the handshake or decrypts them. */
static void stream_decipher(struct stream *stream, size_t n)
{
	struct tls *tls = &stream->tls;

	if (!tls_feed(tls, stream->cipher, n)) {
		stream_ended(stream, tls->reason, 0);
		return;
	}
	ring_task_queue(stream->ring, &stream->flush);
	if (stream->state == STREAM_SECURING && tls->state == TLS_OPEN) {
		stream->state = STREAM_OPEN;
		stream->handler->secured(stream);
	}
}

HOT static void stream_on_recv(struct ring_op *op, int result)
{
	struct stream *stream = container_of(op, struct stream, recv_op);
	bool again = result == -EINTR || result == -EAGAIN;

	if (stream->state == STREAM_CLOSING) {
		stream_settle(stream);
		return;
	}
	stream->received_ns = stream->ring->now;
	if (result == 0) {
		stream_ended(stream, "closed by the peer", 0);
	} else if (result < 0 && !again) {
		stream_ended(stream, "receive", result);
	} else if (result > 0 && stream->context) {
		stream_decipher(stream, (size_t)result);
	} else if (result > 0) {
		line_received(&stream->in, (size_t)result);
		if (stream->handler->received) {
			stream->handler->received(stream);
			return;
		}
	}
	if (stream->state != STREAM_CLOSING)
		stream_go_on(stream);
	stream_settle(stream);
}

bool stream_step(struct stream *stream)
{
	char *message;
	size_t n;

	assert(stream->handler->received && !stream->context);
	if (stream->state != STREAM_OPEN)
		return false;
	if (line_next(&stream->in, &message, &n))
		stream->handler->message(stream, message, n);
	if (stream->state != STREAM_OPEN)
		return false;
	if (line_waits(&stream->in))
		return true;
	if (!stream->recv_op.armed)
		stream_receive(stream);
	return false;
}

/* Sends what was queued while `sending` was sent. */
HOT_SHARE static void stream_send_queued(struct stream *stream)
{
	char *buffer = stream->sending;
	size_t room = stream->sending_room;

	stream->sending = stream->queued;
	stream->sending_room = stream->queued_room;
	stream->sending_size = stream->queued_size;
	stream->sent = 0;
	stream->queued = buffer;
	stream->queued_room = room;
	stream->queued_size = 0;
	if (!stream->sending_size)
		return;
	/* drained() is called as soon as a send ends: that takes a completion. */
	if (stream->handler->drained)
		ring_send(stream->ring, &stream->send_op, stream->fd, stream->sending,
			  (unsigned)stream->sending_size);
	else
		ring_send_no_cqe(stream->ring, &stream->send_op, stream->fd, stream->sending,
				 (unsigned)stream->sending_size);
}

static void stream_on_send(struct ring_op *op, int result)
{
	struct stream *stream = container_of(op, struct stream, send_op);

	stream->sent += result > 0 ? (size_t)result : 0;
	if (stream->state != STREAM_CLOSING) {
		if (result < 0 && result != -EINTR && result != -EAGAIN)
			stream_ended(stream, "send", result);
		else if (stream->sent == stream->sending_size)
			stream_send_queued(stream);
		else
			ring_send(stream->ring, &stream->send_op, stream->fd,
				  stream->sending + stream->sent,
				  (unsigned)(stream->sending_size - stream->sent));
		if (!stream_unsent(stream) && stream->handler->drained)
			stream->handler->drained(stream);
	}
	stream_settle(stream);
}

HOT_SHARE static void stream_on_flush(struct ring_task *task)
{
	struct stream *stream = container_of(task, struct stream, flush);
	size_t n = stream->tls.ssl ? tls_output_pending(&stream->tls) : 0;

	if (stream->state != STREAM_OPEN && stream->state != STREAM_SECURING)
		return;
	/* Bounds the messages that TLS itself queues, such as replies to key updates. */
	if (stream_unsent(stream) > STREAM_SEND_MAX + STREAM_CIPHER_SIZE) {
		stream_fail(stream, "the peer does not read the answers it asks for", 0);
		return;
	}
	if (n) {
		if (!stream_grow(stream, n)) {
			stream_fail(stream, "send buffer", -ENOMEM);
			return;
		}
		stream->queued_size +=
			tls_output(&stream->tls, stream->queued + stream->queued_size, n);
	}
	if (!stream->send_op.armed)
		stream_send_queued(stream);
	else if (stream->queued_size)
		ring_flush(stream->ring, &stream->send_op);
}

/* Begins the TLS handshake. Negative errno. */
static int stream_begin_tls(struct stream *stream)
{
	if (!stream->cipher)
		stream->cipher = malloc(STREAM_CIPHER_SIZE);
	if (!stream->cipher)
		return -ENOMEM;
	ring_task_queue(stream->ring, &stream->flush);
	return tls_init(&stream->tls, stream->context, stream->host);
}

void stream_init(struct stream *stream, struct ring *ring, const struct stream_handler *handler,
		 char delimiter)
{
	*stream = (struct stream){
		.ring = ring,
		.handler = handler,
		.fd = -1,
		.in = LINE_BUFFER_NULL(delimiter),
		.recv_op.fn = stream_on_recv,
		.send_op.fn = stream_on_send,
		.flush.fn = stream_on_flush,
		.go_on.fn = stream_on_go_on,
		.finish.fn = stream_on_finish,
	};
}

void stream_deinit(struct stream *stream)
{
	assert(stream->state == STREAM_CLOSED || !stream->ring->initialized);
	if (stream->state != STREAM_CLOSED)
		socket_close(take_fd(&stream->fd));
	stream->state = STREAM_CLOSED;
	stream_free_buffers(stream);
}

void stream_limit(struct stream *stream, size_t max)
{
	assert(stream->state == STREAM_CLOSED && max > 0);
	stream->in.max = max;
}

void stream_serve_first(struct stream *stream, bool first)
{
	stream->recv_op.first = first;
	/* Not behind the recv: the kernel tells the reason of an end to who comes first. */
	stream->send_op.first = first;
}

void stream_secure(struct stream *stream, struct tls_context *context, const char *host)
{
	assert(stream->state == STREAM_CLOSED && (!context || (host && stream->handler->secured)));
	stream->context = context;
	stream->host = host;
}

void stream_adopt(struct stream *stream, int fd)
{
	int r;

	assert(stream->state == STREAM_CLOSED && fd >= 0);
	stream->fd = fd;
	stream->ended_by_peer = false;
	stream->state = stream->context ? STREAM_SECURING : STREAM_OPEN;
	r = stream->context ? stream_begin_tls(stream) : 0;
	if (r < 0)
		stream_fail(stream, "TLS", r);
	else
		stream_receive(stream);
}

bool stream_peer(const struct stream *stream, struct sockaddr_storage *ret)
{
	if (stream->state != STREAM_OPEN && stream->state != STREAM_SECURING)
		return false;
	return socket_peer(stream->fd, ret);
}

HOT_SHARE size_t stream_unsent(const struct stream *stream)
{
	size_t ciphered = stream->tls.ssl ? tls_output_pending(&stream->tls) : 0;

	return stream->sending_size - stream->sent + stream->queued_size + ciphered;
}

HOT_SHARE char *stream_reserve(struct stream *stream, size_t n)
{
	if (stream->state != STREAM_OPEN || stream_unsent(stream) + n > STREAM_SEND_MAX ||
	    !stream_grow(stream, n))
		return NULL;
	return stream->queued + stream->queued_size;
}

HOT_SHARE bool stream_commit(struct stream *stream, size_t n)
{
	assert(stream->queued_size + n <= stream->queued_room);
	if (!stream->context)
		stream->queued_size += n;
	else if (!tls_write(&stream->tls, stream->queued + stream->queued_size, n))
		return false;
	stream->flush.sends = !stream->context; /* that of TLS may end the stream */
	ring_task_queue(stream->ring, &stream->flush);
	return true;
}

HOT_SHARE bool stream_send(struct stream *stream, const void *data, size_t n)
{
	char *room = stream_reserve(stream, n);

	if (!room)
		return false;
	memcpy(room, data, n);
	return stream_commit(stream, n);
}
