/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * Turns a connection to a SOCKS5 proxy into one to a server behind it: sends and receives what
 * socks.h demands, and hands the descriptor on when it leads to the server. Io thread only.
 *
 *	tunnel_init -> tunnel_begin -> opened, failed or tunnel_close -> closed
 *
 * After closed() it may begin again.
 */
#include "io/ring.h"
#include "io/socks.h"

enum {
	TUNNEL_PROXY_MAX = SOCKS_TEXT_MAX + 16, /* bytes of "[HOST]:PORT" and its NUL */
	TUNNEL_REASON_MAX = TUNNEL_PROXY_MAX + SOCKS_REASON_MAX + 32,
};

struct tunnel;

struct tunnel_handler {
	/* fd belongs to the callee, and no byte of the server was read from it. */
	void (*opened)(struct tunnel *tunnel, int fd);
	/* The descriptor will be closed. The reason names the proxy, not the server. */
	void (*failed)(struct tunnel *tunnel, const char *reason);
	/*
	 * No operation is armed any more. Always called, after opened(), failed() or
	 * tunnel_close(), and from within none of them.
	 */
	void (*closed)(struct tunnel *tunnel);
};

enum tunnel_state {
	TUNNEL_CLOSED,
	TUNNEL_TALKING,
	TUNNEL_CLOSING, /* until closed() */
};

struct tunnel {
	struct ring *ring;
	const struct tunnel_handler *handler;
	enum tunnel_state state;
	int fd;
	struct socks socks;
	size_t sent;	  /* of socks.out */
	unsigned timeout; /* s */
	char proxy[TUNNEL_PROXY_MAX];
	struct ring_op send_op, recv_op; /* one of them is armed while talking */
	struct ring_timer deadline;
	struct ring_task task;
};

void tunnel_init(struct tunnel *tunnel, struct ring *ring, const struct tunnel_handler *handler);

/*
 * Takes over fd, a connection to the proxy; only when closed. Whatever fails is reported by
 * failed(), later. proxy: its name in reasons, less than TUNNEL_PROXY_MAX bytes. The texts of
 * settings are borrowed until opened() or failed(). timeout: seconds for all of it, the proxy's own
 * connecting included.
 */
void tunnel_begin(struct tunnel *tunnel, int fd, const char *proxy,
		  const struct socks_settings *settings, unsigned timeout);

/* Gives up: only closed() follows. Nothing when closed or closing. */
void tunnel_close(struct tunnel *tunnel);
