/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * A server of HTTP on loopback, in a thread of its own: a test says in a function what it does with
 * its connections, one after another. And a client of io/http.h that keeps what became of it.
 */
#include <openssl/ssl.h>
#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>

#include "io/http.h"
#include "tls_fixture.h"

enum { HTTP_FIXTURE_TEXT = 4096, HTTP_FIXTURE_REQUESTS = 3 };

/* A connection, of the server's thread. */
struct http_peer {
	int fd;
	SSL *ssl;		      /* NULL: plain */
	char head[HTTP_FIXTURE_TEXT]; /* of the last request, up to its empty line */
	char body[HTTP_FIXTURE_TEXT]; /* its first bytes */
	size_t size;		      /* of the whole body */
};

struct http_server {
	pthread_t thread;
	int listener;
	unsigned port;
	SSL_CTX *tls; /* NULL: plain */
	void (*serve)(struct http_server *server);
	int ended[2]; /* a pipe: http_server_say_ended() */
};

/* Starts the thread, which calls serve. tls is borrowed. */
void http_server_start(struct http_server *server, SSL_CTX *tls,
		       void (*serve)(struct http_server *server));
/* serve must come to an end. */
void http_server_join(struct http_server *server);

/* The server's thread says that it has done something, for which the test's thread waits. */
void http_server_say_ended(struct http_server *server);
void http_server_wait(struct http_server *server);

/* All of the server's thread. false: the client has closed the connection, or refuses TLS. */
bool http_peer_accept(struct http_server *server, struct http_peer *peer);
bool http_peer_head(struct http_peer *peer);
bool http_peer_request(struct http_peer *peer);
bool http_peer_send(struct http_peer *peer, const char *bytes, size_t n);
void http_peer_say(struct http_peer *peer, const char *text);
/* Reads until the client closes the connection. */
void http_peer_drain(struct http_peer *peer);
void http_peer_close(struct http_peer *peer);

/* The client. */
struct http_caller {
	struct ring ring;
	struct http http;
	char url[64];
	struct http_call {
		struct http_request request;
		struct http_caller *caller;
		void (*then)(struct http_call *call); /* after what is below was set; or NULL */
		unsigned done;
		char *error; /* NULL: a reply */
		bool refused;
		unsigned status;
		char *body;
		size_t size;
		uint64_t received_ns;
	} calls[HTTP_FIXTURE_REQUESTS];
	unsigned closed;
};

/* http_load(), which must succeed. */
void http_fixture_load(void);
/* Calls it. url NULL: of 127.0.0.1 and port, http or, with tls, https. */
void http_caller_init(struct http_caller *caller, const char *url, unsigned port,
		      struct tls_context *tls);
/* Closes if the test has not. */
void http_caller_deinit(struct http_caller *caller);
/* A POST of body, with "user:pass word" and 1 MiB at most. */
void http_caller_post(struct http_call *call, const char *body, unsigned timeout_s);
/* And waits for it. */
void http_caller_call(struct http_call *call, const char *body);

/* The begin of a reply that has so many bytes. */
#define HTTP_OK(length) "HTTP/1.1 200 OK\r\nContent-Length: " length "\r\n\r\n"

/* A server and a client of it; at the end as many descriptors must be open as before. */
void http_fixture_begin(struct http_server *server, struct http_caller *caller,
			void (*serve)(struct http_server *server));
void http_fixture_end(struct http_server *server, struct http_caller *caller, unsigned descriptors);

/* The call has this reply. */
void http_call_expect(const struct http_call *call, unsigned status, const char *body);
