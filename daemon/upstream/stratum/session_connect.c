/* SPDX-License-Identifier: MIT */
/*
 * The way to an open stream: a dial to the pool, or to its proxy and then a tunnel through that.
 * Where there is a proxy it alone is told the pool's name, and nothing here looks that up.
 */
#include <stdio.h>
#include <stdlib.h>

#include "common/cleanup.h"
#include "common/clock.h"
#include "common/container.h"
#include "config/conf_url.h"
#include "upstream/stratum/session_parts.h"

/* The dial and the tunnel may outlast the stream that they made. */
void session_settle(struct session *session)
{
	if (session->state != SESSION_CLOSING || session->dial.state != DIAL_CLOSED ||
	    session->tunnel.state != TUNNEL_CLOSED || session->stream.state != STREAM_CLOSED)
		return;
	session->state = SESSION_CLOSED;
	free(TAKE(session->held_notify));
	session->handler->closed(session);
}

/* The descriptor leads to the pool. */
static void session_on_open(struct session *session, int fd)
{
	session->state = SESSION_SECURING;
	ring_timer_in(session->stream.ring, &session->timer,
		      session->limits->tls_timeout * CLOCK_S);
	stream_secure(&session->stream, session->tls, session->host);
	stream_adopt(&session->stream, fd);
	if (session->stream.state == STREAM_OPEN)
		session_handshake_begin(session);
}

static bool session_has_proxy(const struct session *session)
{
	return session->conf->proxy.host[0];
}

/* As status and reasons call it. */
static const char *session_proxy_name(char ret[CONF_PLACE_MAX], const struct session *session)
{
	return conf_url_text(ret, session->conf->proxy.host, session->conf->proxy.port);
}

static void session_on_connected(struct dial *dial, int fd)
{
	struct session *session = container_of(dial, struct session, dial);
	const struct socks_settings settings = {
		.host = session->host,
		.port = session->port,
		.user = session->conf->proxy.user,
		.password = session->conf->proxy.password,
	};
	char name[CONF_PLACE_MAX];

	if (session_has_proxy(session))
		tunnel_begin(&session->tunnel, fd, session_proxy_name(name, session), &settings,
			     session->limits->proxy_timeout);
	else
		session_on_open(session, fd);
}

static void session_on_dial_failed(struct dial *dial, const char *reason)
{
	struct session *session = container_of(dial, struct session, dial);
	char name[CONF_PLACE_MAX];

	if (session_has_proxy(session))
		session_fail(session, "the proxy %s: %s", session_proxy_name(name, session),
			     reason);
	else
		session_fail(session, "%s", reason);
}

static void session_on_dial_closed(struct dial *dial)
{
	session_settle(container_of(dial, struct session, dial));
}

static void session_on_tunnel_opened(struct tunnel *tunnel, int fd)
{
	session_on_open(container_of(tunnel, struct session, tunnel), fd);
}

static void session_on_tunnel_failed(struct tunnel *tunnel, const char *reason)
{
	session_fail(container_of(tunnel, struct session, tunnel), "%s", reason);
}

static void session_on_tunnel_closed(struct tunnel *tunnel)
{
	session_settle(container_of(tunnel, struct session, tunnel));
}

void session_connect_init(struct session *session, struct ring *ring, struct resolver *resolver)
{
	static const struct dial_handler dial_handler = {
		.connected = session_on_connected,
		.failed = session_on_dial_failed,
		.closed = session_on_dial_closed,
	};
	static const struct tunnel_handler tunnel_handler = {
		.opened = session_on_tunnel_opened,
		.failed = session_on_tunnel_failed,
		.closed = session_on_tunnel_closed,
	};

	dial_init(&session->dial, ring, resolver, &dial_handler);
	tunnel_init(&session->tunnel, ring, &tunnel_handler);
}

void session_connect_begin(struct session *session, const char *host, unsigned port)
{
	const struct conf_proxy *proxy = &session->conf->proxy;
	const struct dial_limits limits = {
		.timeout = session->limits->connect_timeout,
		.socket =
			{
				.keepalive = session->limits->keepalive,
				.tcp_timeout = session->limits->tcp_timeout,
			},
	};

	snprintf(session->host, sizeof(session->host), "%s", host);
	session->port = port;
	if (session_has_proxy(session))
		dial_host(&session->dial, proxy->host, proxy->port, &limits);
	else
		dial_host(&session->dial, host, port, &limits);
}

void session_connect_close(struct session *session)
{
	dial_close(&session->dial);
	tunnel_close(&session->tunnel);
}
