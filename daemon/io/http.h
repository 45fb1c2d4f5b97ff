/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * HTTP requests to one server (RFC 9110, 9112), by libcurl's multi interface with its sockets and
 * timers on the ring: the loop never waits. Connections are kept open between requests. This is a
 * door: a simulation links its own in the place of http.c. Io thread only.
 *
 *	http_init -> http_configure -> { http_post -> done }.. -> http_close -> closed ->
 *http_deinit
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "io/ring.h"
#include "io/tls.h"

enum {
	HTTP_REASON_MAX = 256,		  /* bytes of why a request failed, and a NUL */
	HTTP_BODY_MAX = 64 * 1024 * 1024, /* bytes of a reply that are taken at most */
};

struct http;
struct http_request;

/* Texts are borrowed until http_closed; what is NULL is not used. */
struct http_settings {
	struct ring *ring;
	const char *url; /* "http://HOST:PORT/" or https:// */
	const char *user_agent;
	const char *proxy;	  /* "socks5h://[USER:PASSWORD@]HOST:PORT" or NULL */
	struct tls_context *tls;  /* of https: its certificates, pin and whether it verifies */
	unsigned connect_timeout; /* s, with the name, the proxy and TLS */
	unsigned keepalive;	  /* s of silence before TCP probes the peer; 0: never */
	unsigned tcp_timeout;	  /* s that sent bytes may stay unacknowledged; 0: the system's */
};

/* What became of a request. */
struct http_reply {
	const char *error; /* NULL, or why there is no reply; all below is 0 then */
	bool refused;	   /* of an error: nobody listens there (ECONNREFUSED) */
	unsigned status;   /* of HTTP: 200, 401 .. */
	char *body; /* with a NUL behind it, never NULL without an error; the callee may TAKE() it
		     */
	size_t size;
	uint64_t received_ns; /* clock_now() when its last byte was there */
};

/* One request at a time on each; embed one for each connection that is wanted. */
struct http_request {
	/* Once for each http_post(), never from within it. */
	void (*done)(struct http_request *request, struct http_reply *reply);
	struct http *http; /* NULL: not under way */
	void *easy;	   /* libcurl's, owned; kept for its connection */
	char *body;
	size_t size, room;
	size_t max; /* bytes of the reply at most */
	char reason[HTTP_REASON_MAX];
};

/* How many connections one http may have, which bounds its descriptors. */
enum { HTTP_SOCKETS_MAX = 8 };

struct http {
	struct http_settings settings;
	void (*closed)(struct http *http);
	void *multi; /* libcurl's, owned */
	struct ring_timer timer;
	struct ring_task kick; /* calls libcurl, which may not be called from its callbacks */
	struct http_socket {
		struct ring_op op;
		struct http *http;
		int fd; /* -1: free */
		unsigned events;
		bool changed; /* armed for others than libcurl asks for now */
	} sockets[HTTP_SOCKETS_MAX];
	char address[64]; /* of the peer of the last reply, "192.0.2.1:8332"; "": none yet */
	bool closing;
};

/* -ENOMEM. */
int http_init(struct http *http, const struct http_settings *settings,
	      void (*closed)(struct http *http));

/*
 * Begins a POST of size bytes, which are copied, as application/json. credentials: "USER:PASSWORD"
 * for basic authentication (RFC 7617) or NULL; copied. timeout_s: for all of it, 0: none. max:
 * bytes of the reply. Only when the request is not under way and http is not closing. -ENOMEM:
 * nothing was begun.
 */
int http_post(struct http *http, struct http_request *request, const char *credentials,
	      const char *body, size_t size, unsigned timeout_s, size_t max);

bool http_busy(const struct http_request *request);

/* Ends a request without done(); its connection is closed. Nothing when it is not under way. */
void http_cancel(struct http_request *request);

/* Frees what the request keeps; not while it is under way. Idempotent. */
void http_request_deinit(struct http_request *request);

/* Cancels all requests and closes all connections; closed() follows from a task. */
void http_close(struct http *http);

/* After closed(), or once the ring has gone. Idempotent, and for zeroed memory. */
void http_deinit(struct http *http);
