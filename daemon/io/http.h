/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * HTTP requests to one server (RFC 9110, 9112), by libcurl's multi interface with its sockets and
 * timers on the ring: the loop never waits. Connections are kept open between requests. This is a
 * door: a simulation links its own in the place of http.c. Io thread only, but http_load().
 *
 *	http_load, once; http_init -> { http_post -> done }.. -> http_close -> closed -> http_deinit
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "io/http_reason.h"
#include "io/http_socket.h"
#include "io/http_tls.h"
#include "io/ring.h"
#include "io/tls.h"

enum {
	HTTP_BODY_MAX = 64 * 1024 * 1024, /* bytes of a reply that are taken at most */
};

struct http;
struct http_request;

/* Texts are borrowed until http_closed; what is NULL is not used. */
struct http_settings {
	struct ring *ring;
	const char *url; /* "http://HOST:PORT/" or https:// */
	const char *user_agent;
	const char
		*log; /* the name that bodies are logged under (protocol_log.h); NULL: not logged */
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

/*
 * One request at a time on each; embed one for each that may be under way beside others. The owner
 * sets done, all else is 0 at first.
 */
struct http_request {
	/* Once for each http_post(), never from within it. It may call all but http_deinit(). */
	void (*done)(struct http_request *request, struct http_reply *reply);
	struct http *http;	   /* NULL: not under way */
	struct http_request *next; /* of those under way */
	void *easy;		   /* libcurl's, owned, while under way */
	char *sent;		   /* owned, while under way */
	char *body;		   /* owned, while under way */
	size_t size, room;
	size_t max;	      /* bytes of the reply at most */
	unsigned timeout;     /* s; 0: none */
	const char *rejected; /* why this end ended the reply, or NULL */
	char reason[HTTP_REASON_MAX];
};

enum { HTTP_CONNECTIONS_MAX = 8 /* requests beyond that wait for one that ends */ };

struct http {
	struct http_settings settings;
	void (*closed)(struct http *http);
	void *multi;   /* libcurl's, owned; NULL when closing */
	void *headers; /* of every request; libcurl's, owned */
	struct http_names names;
	struct http_tls tls;
	struct http_sockets sockets;
	struct http_request *requests; /* under way */
	struct ring_timer timer;       /* libcurl's */
	struct ring_task task;	       /* calls closed() */
	char address[64]; /* of the peer of the last reply, "192.0.2.1:8332"; "": none yet */
	bool initialized;
};

#define HTTP_NULL ((struct http){})

/*
 * Loads libcurl, which the program is not linked with; nothing if that is done. -ELIBACC:
 * ret_reason says why there is no HTTP and what to install. Blocks on files: not in the loop. Any
 * thread, but one at a time.
 */
int http_load(char ret_reason[HTTP_REASON_MAX]);

/*
 * -EINVAL: the URL is none, or https without tls; -ELIBACC: http_load() has not succeeded;
 * -ENOTSUP: https, and this libcurl has another TLS than OpenSSL's; -ENOMEM. http is zeroed then,
 * and http_refusal() explains it.
 */
int http_init(struct http *http, const struct http_settings *settings,
	      void (*closed)(struct http *http));

/*
 * Begins a POST of size bytes, which are copied, as application/json. credentials: "USER:PASSWORD"
 * for basic authentication (RFC 7617) or NULL; copied. timeout_s: for all of it, 0: none. max:
 * bytes of the reply, at most HTTP_BODY_MAX. Only when the request is not under way and http is not
 * closing. -ENOMEM: nothing was begun.
 */
int http_post(struct http *http, struct http_request *request, const char *credentials,
	      const char *body, size_t size, unsigned timeout_s, size_t max);

/* The same with a large body, of malloc(3), which it takes over in any case, also where it fails.
 */
int http_post_taken(struct http *http, struct http_request *request, const char *credentials,
		    char *body, size_t size, unsigned timeout_s, size_t max);

bool http_busy(const struct http_request *request);

/* Ends a request without done(); its connection is closed. Nothing when it is not under way. */
void http_cancel(struct http_request *request);

/* Frees what the request keeps; not while it is under way. Idempotent. */
void http_request_deinit(struct http_request *request);

/* Cancels all requests and closes all connections; closed() follows, once, not from within. */
void http_close(struct http *http);

/* After closed(), or once the ring has gone. Idempotent, and for zeroed memory. */
void http_deinit(struct http *http);
