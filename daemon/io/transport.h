/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * The way to one server: a dial to it, or to its proxy and then a tunnel through that, and a stream
 * over the descriptor, through TLS if that is asked for. If there is a proxy, the proxy gets the
 * server's name, and nothing here looks the name up. Io thread only.
 *
 *	transport_init -> transport_open -> connected -> opened -> .. failed, lost or
 *	transport_close .. -> closed
 *
 * After closed() it may open again, or be deinitialised.
 */
#include "io/dial.h"
#include "io/stream.h"
#include "io/tunnel.h"

struct transport;

struct transport_handler {
	/* The descriptor leads to the server; a TLS handshake may follow, whose time is the
	 * caller's to limit. */
	void (*connected)(struct transport *transport);
	/* The stream is open: it sends and receives messages. */
	void (*opened)(struct transport *transport);
	/* A message without its delimiter; see stream.h. */
	void (*message)(struct transport *transport, char *message, size_t n);
	/* There is no way to the server, for the reason given: transport_close() is the caller's.
	 */
	void (*failed)(struct transport *transport, const char *reason);
	/* The stream is lost, for the reason given: transport_close() is the caller's. */
	void (*lost)(struct transport *transport, const char *reason);
	/* After transport_close(): nothing of it belongs to the kernel any more. */
	void (*closed)(struct transport *transport);
};

enum transport_state {
	TRANSPORT_CLOSED,
	TRANSPORT_CONNECTING, /* dial and tunnel, which limit their time by themselves */
	TRANSPORT_SECURING,   /* the TLS handshake */
	TRANSPORT_OPEN,
	TRANSPORT_CLOSING, /* until closed() */
};

/* Borrowed until closed(), but for host and proxy_name, which are copied. */
struct transport_target {
	const char *host;
	unsigned port;
	/* The SOCKS5 proxy, or NULL; its name in reasons; user and password or NULL. */
	const char *proxy_host, *proxy_name, *proxy_user, *proxy_password;
	unsigned proxy_port;
	unsigned proxy_timeout;	 /* s */
	struct tls_context *tls; /* NULL: without TLS */
	struct dial_limits limits;
};

struct transport {
	enum transport_state state;
	struct transport_target target;
	char host[SOCKS_TEXT_MAX + 1], proxy_name[TUNNEL_PROXY_MAX]; /* those of target */
	struct dial dial;
	struct tunnel tunnel;
	/* Last and side by side: each message comes by these two. */
	const struct transport_handler *handler;
	struct stream stream;
};

void transport_init(struct transport *transport, struct ring *ring, struct resolver *resolver,
		    const struct transport_handler *handler, char delimiter);

/* When closed, or once the ring has gone. Idempotent. */
void transport_deinit(struct transport *transport);

/*
 * Begins, only when closed; reports failures later, by failed(). Copies the texts of target except
 * the proxy's host, user and password.
 */
void transport_open(struct transport *transport, const struct transport_target *target);

/* Nothing when closed or closing. */
void transport_close(struct transport *transport);
