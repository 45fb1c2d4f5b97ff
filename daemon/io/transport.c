/* SPDX-License-Identifier: MIT */
#include "io/transport.h"

#include <stdio.h>

#include "common/assert.h"
#include "common/container.h"
#include "common/hot.h"

/* The dial and the tunnel may outlast the stream that they made. */
static void transport_settle(struct transport *transport)
{
	if (transport->state != TRANSPORT_CLOSING || transport->dial.state != DIAL_CLOSED ||
	    transport->tunnel.state != TUNNEL_CLOSED || transport->stream.state != STREAM_CLOSED)
		return;
	transport->state = TRANSPORT_CLOSED;
	transport->handler->closed(transport);
}

static void transport_opened(struct transport *transport)
{
	transport->state = TRANSPORT_OPEN;
	transport->handler->opened(transport);
}

/* The descriptor leads to the server. */
static void transport_adopt(struct transport *transport, int fd)
{
	transport->state = TRANSPORT_SECURING;
	transport->handler->connected(transport);
	stream_secure(&transport->stream, transport->target.tls, transport->host);
	stream_adopt(&transport->stream, fd);
	if (transport->stream.state == STREAM_OPEN)
		transport_opened(transport);
}

static void transport_on_connected(struct dial *dial, int fd)
{
	struct transport *transport = container_of(dial, struct transport, dial);
	const struct transport_target *target = &transport->target;
	const struct socks_settings settings = {
		.host = transport->host,
		.port = target->port,
		.user = target->proxy_user,
		.password = target->proxy_password,
	};

	if (target->proxy_host)
		tunnel_begin(&transport->tunnel, fd, transport->proxy_name, &settings,
			     target->proxy_timeout);
	else
		transport_adopt(transport, fd);
}

static void transport_on_dial_failed(struct dial *dial, const char *reason)
{
	struct transport *transport = container_of(dial, struct transport, dial);
	char text[TUNNEL_PROXY_MAX + DIAL_REASON_MAX + 16];

	if (!transport->target.proxy_host) {
		transport->handler->failed(transport, reason);
		return;
	}
	snprintf(text, sizeof(text), "the proxy %s: %s", transport->proxy_name, reason);
	transport->handler->failed(transport, text);
}

static void transport_on_dial_closed(struct dial *dial)
{
	transport_settle(container_of(dial, struct transport, dial));
}

static void transport_on_tunnel_opened(struct tunnel *tunnel, int fd)
{
	transport_adopt(container_of(tunnel, struct transport, tunnel), fd);
}

static void transport_on_tunnel_failed(struct tunnel *tunnel, const char *reason)
{
	struct transport *transport = container_of(tunnel, struct transport, tunnel);

	transport->handler->failed(transport, reason);
}

static void transport_on_tunnel_closed(struct tunnel *tunnel)
{
	transport_settle(container_of(tunnel, struct transport, tunnel));
}

static void transport_on_secured(struct stream *stream)
{
	transport_opened(container_of(stream, struct transport, stream));
}

HOT static void transport_on_message(struct stream *stream, char *message, size_t n)
{
	struct transport *transport = container_of(stream, struct transport, stream);

	transport->handler->message(transport, message, n);
}

static void transport_on_lost(struct stream *stream, const char *reason)
{
	struct transport *transport = container_of(stream, struct transport, stream);

	transport->handler->lost(transport, reason);
}

static void transport_on_stream_closed(struct stream *stream)
{
	transport_settle(container_of(stream, struct transport, stream));
}

void transport_init(struct transport *transport, struct ring *ring, struct resolver *resolver,
		    const struct transport_handler *handler, char delimiter)
{
	static const struct dial_handler dial_handler = {
		.connected = transport_on_connected,
		.failed = transport_on_dial_failed,
		.closed = transport_on_dial_closed,
	};
	static const struct tunnel_handler tunnel_handler = {
		.opened = transport_on_tunnel_opened,
		.failed = transport_on_tunnel_failed,
		.closed = transport_on_tunnel_closed,
	};
	static const struct stream_handler stream_handler = {
		.secured = transport_on_secured,
		.message = transport_on_message,
		.lost = transport_on_lost,
		.closed = transport_on_stream_closed,
	};

	*transport = (struct transport){.handler = handler};
	dial_init(&transport->dial, ring, resolver, &dial_handler);
	tunnel_init(&transport->tunnel, ring, &tunnel_handler);
	stream_init(&transport->stream, ring, &stream_handler, delimiter);
}

void transport_deinit(struct transport *transport)
{
	assert(transport->state == TRANSPORT_CLOSED || !transport->stream.ring->initialized);
	stream_deinit(&transport->stream);
}

void transport_open(struct transport *transport, const struct transport_target *target)
{
	assert(transport->state == TRANSPORT_CLOSED);
	transport->state = TRANSPORT_CONNECTING;
	transport->target = *target;
	snprintf(transport->host, sizeof(transport->host), "%s", target->host);
	transport->target.host = transport->host;
	if (!target->proxy_host) {
		dial_host(&transport->dial, transport->host, target->port, &target->limits);
		return;
	}
	snprintf(transport->proxy_name, sizeof(transport->proxy_name), "%s", target->proxy_name);
	transport->target.proxy_name = transport->proxy_name;
	dial_host(&transport->dial, target->proxy_host, target->proxy_port, &target->limits);
}

void transport_close(struct transport *transport)
{
	if (transport->state == TRANSPORT_CLOSED || transport->state == TRANSPORT_CLOSING)
		return;
	transport->state = TRANSPORT_CLOSING;
	dial_close(&transport->dial);
	tunnel_close(&transport->tunnel);
	stream_close(&transport->stream);
}
