/* SPDX-License-Identifier: MIT */
/*
 * Invariant: the descriptor is open as long as an operation is armed. All callbacks come from
 * completions, the timer or the task: never from within a call of the owner.
 */
#include "io/tunnel.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "common/assert.h"
#include "common/cleanup.h"
#include "common/clock.h"
#include "common/container.h"
#include "io/socket.h"

static bool tunnel_armed(const struct tunnel *tunnel)
{
	return tunnel->send_op.armed || tunnel->recv_op.armed;
}

void tunnel_close(struct tunnel *tunnel)
{
	if (tunnel->state != TUNNEL_TALKING)
		return;
	tunnel->state = TUNNEL_CLOSING;
	ring_timer_stop(tunnel->ring, &tunnel->deadline);
	if (tunnel->send_op.armed)
		ring_cancel(tunnel->ring, &tunnel->send_op);
	if (tunnel->recv_op.armed)
		ring_cancel(tunnel->ring, &tunnel->recv_op);
	ring_task_queue(tunnel->ring, &tunnel->task);
}

/* what: what the proxy did, as the end of "the proxy 127.0.0.1:9050 ..". */
static void tunnel_fail(struct tunnel *tunnel, const char *what)
{
	char reason[TUNNEL_REASON_MAX];

	snprintf(reason, sizeof(reason), "the proxy %s %s", tunnel->proxy, what);
	tunnel_close(tunnel);
	tunnel->handler->failed(tunnel, reason);
}

static void tunnel_break(struct tunnel *tunnel, int error)
{
	char what[SOCKS_REASON_MAX];

	snprintf(what, sizeof(what), "lost the connection: %s", strerror(-error));
	tunnel_fail(tunnel,
		    error ? what : "closed the connection before it connected to the server");
}

static void tunnel_send(struct tunnel *tunnel)
{
	ring_send(tunnel->ring, &tunnel->send_op, tunnel->fd, tunnel->socks.out + tunnel->sent,
		  (unsigned)(tunnel->socks.out_size - tunnel->sent));
}

static void tunnel_receive(struct tunnel *tunnel)
{
	size_t size;
	void *space = socks_space(&tunnel->socks, &size);

	ring_recv(tunnel->ring, &tunnel->recv_op, tunnel->fd, space, (unsigned)size);
}

/* Does what the state of socks asks for. */
static void tunnel_go_on(struct tunnel *tunnel)
{
	switch (tunnel->socks.state) {
	case SOCKS_METHOD:
	case SOCKS_LOGIN:
	case SOCKS_REPLY:
		tunnel->sent = 0;
		tunnel_send(tunnel);
		break;
	case SOCKS_OPEN: {
		int fd = take_fd(&tunnel->fd);

		tunnel_close(tunnel);
		tunnel->handler->opened(tunnel, fd);
		break;
	}
	case SOCKS_FAILED:
		tunnel_fail(tunnel, tunnel->socks.reason);
		break;
	}
}

static bool tunnel_again(int result)
{
	return result == -EINTR || result == -EAGAIN;
}

static void tunnel_on_send(struct ring_op *op, int result)
{
	struct tunnel *tunnel = container_of(op, struct tunnel, send_op);

	if (tunnel->state != TUNNEL_TALKING) {
		ring_task_queue(tunnel->ring, &tunnel->task);
	} else if (result < 0 && !tunnel_again(result)) {
		tunnel_break(tunnel, result);
	} else {
		tunnel->sent += (size_t)MAX(result, 0);
		if (tunnel->sent < tunnel->socks.out_size)
			tunnel_send(tunnel);
		else
			tunnel_receive(tunnel);
	}
}

static void tunnel_on_recv(struct ring_op *op, int result)
{
	struct tunnel *tunnel = container_of(op, struct tunnel, recv_op);

	if (tunnel->state != TUNNEL_TALKING)
		ring_task_queue(tunnel->ring, &tunnel->task);
	else if (result <= 0 && !tunnel_again(result))
		tunnel_break(tunnel, result);
	else if (socks_received(&tunnel->socks, (size_t)MAX(result, 0)))
		tunnel_go_on(tunnel);
	else
		tunnel_receive(tunnel);
}

static void tunnel_on_deadline(struct ring_timer *timer)
{
	struct tunnel *tunnel = container_of(timer, struct tunnel, deadline);
	char what[SOCKS_REASON_MAX];

	snprintf(what, sizeof(what), "%s within %u s",
		 tunnel->socks.state == SOCKS_REPLY ? "did not connect" : "did not answer",
		 tunnel->timeout);
	tunnel_fail(tunnel, what);
}

static void tunnel_on_task(struct ring_task *task)
{
	struct tunnel *tunnel = container_of(task, struct tunnel, task);

	if (tunnel->state == TUNNEL_TALKING) {
		tunnel_go_on(tunnel);
	} else if (tunnel->state == TUNNEL_CLOSING && !tunnel_armed(tunnel)) {
		if (tunnel->fd >= 0)
			socket_close(take_fd(&tunnel->fd));
		tunnel->state = TUNNEL_CLOSED;
		tunnel->handler->closed(tunnel);
	}
}

void tunnel_init(struct tunnel *tunnel, struct ring *ring, const struct tunnel_handler *handler)
{
	*tunnel = (struct tunnel){
		.ring = ring,
		.handler = handler,
		.fd = -1,
		.send_op.fn = tunnel_on_send,
		.recv_op.fn = tunnel_on_recv,
		.deadline.fn = tunnel_on_deadline,
		.task.fn = tunnel_on_task,
	};
}

void tunnel_begin(struct tunnel *tunnel, int fd, const char *proxy,
		  const struct socks_settings *settings, unsigned timeout)
{
	assert(tunnel->state == TUNNEL_CLOSED && fd >= 0);
	assert(strlen(proxy) < sizeof(tunnel->proxy));
	tunnel->state = TUNNEL_TALKING;
	tunnel->fd = fd;
	tunnel->timeout = timeout;
	snprintf(tunnel->proxy, sizeof(tunnel->proxy), "%s", proxy);
	socks_init(&tunnel->socks, settings);
	ring_timer_in(tunnel->ring, &tunnel->deadline, timeout * CLOCK_S);
	ring_task_queue(tunnel->ring, &tunnel->task);
}
