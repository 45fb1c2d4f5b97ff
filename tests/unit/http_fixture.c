/* SPDX-License-Identifier: MIT */
#include "http_fixture.h"

#include <check.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <unistd.h>

#include "common/cleanup.h"
#include "common/container.h"
#include "iterate_fixture.h"
#include "net_fixture.h"

static void *server_thread(void *argument)
{
	struct http_server *server = argument;

	server->serve(server);
	return NULL;
}

void http_server_start(struct http_server *server, SSL_CTX *tls,
		       void (*serve)(struct http_server *server))
{
	struct resolve_address address = net_fixture_address4("127.0.0.1", 0);

	*server = (struct http_server){.tls = tls, .serve = serve};
	server->listener = net_fixture_listen(&address, 8);
	server->port = ntohs(((struct sockaddr_in *)&address.address)->sin_port);
	ck_assert_int_eq(pipe2(server->ended, O_CLOEXEC), 0);
	ck_assert_int_eq(pthread_create(&server->thread, NULL, server_thread, server), 0);
}

void http_server_join(struct http_server *server)
{
	ck_assert_int_eq(pthread_join(server->thread, NULL), 0);
	close(server->listener);
	close(server->ended[0]);
	close(server->ended[1]);
}

void http_server_say_ended(struct http_server *server)
{
	ck_assert_int_eq(write(server->ended[1], "", 1), 1);
}

void http_server_wait(struct http_server *server)
{
	char byte;

	ck_assert_int_eq(read(server->ended[0], &byte, 1), 1);
}

static ssize_t peer_read(struct http_peer *peer, void *ret, size_t size)
{
	return peer->ssl ? SSL_read(peer->ssl, ret, (int)size) : recv(peer->fd, ret, size, 0);
}

bool http_peer_accept(struct http_server *server, struct http_peer *peer)
{
	*peer = (struct http_peer){.fd = accept(server->listener, NULL, NULL)};
	ck_assert_int_ge(peer->fd, 0);
	if (!server->tls)
		return true;
	peer->ssl = SSL_new(server->tls);
	SSL_set_fd(peer->ssl, peer->fd);
	return SSL_accept(peer->ssl) == 1;
}

bool http_peer_head(struct http_peer *peer)
{
	size_t n = 0;

	peer->size = 0;
	while (n < 4 || memcmp(peer->head + n - 4, "\r\n\r\n", 4) != 0) {
		ck_assert_uint_lt(n, sizeof(peer->head) - 1);
		if (peer_read(peer, peer->head + n, 1) <= 0)
			return false;
		peer->head[++n] = '\0';
	}
	return true;
}

bool http_peer_request(struct http_peer *peer)
{
	const char *length;
	size_t size;
	char rest[HTTP_FIXTURE_TEXT];

	if (!http_peer_head(peer))
		return false;
	length = strcasestr(peer->head, "\r\nContent-Length: ");
	ck_assert_ptr_nonnull(length);
	size = strtoul(length + strlen("\r\nContent-Length: "), NULL, 10);
	memset(peer->body, 0, sizeof(peer->body));
	while (peer->size < size) {
		bool first = peer->size < sizeof(peer->body) - 1;
		size_t room = first ? sizeof(peer->body) - 1 - peer->size : sizeof(rest);
		ssize_t n = peer_read(peer, first ? peer->body + peer->size : rest,
				      MIN(room, size - peer->size));

		if (n <= 0)
			return false;
		peer->size += (size_t)n;
	}
	return true;
}

bool http_peer_send(struct http_peer *peer, const char *bytes, size_t n)
{
	while (n) {
		ssize_t sent = peer->ssl ? SSL_write(peer->ssl, bytes, (int)n)
					 : send(peer->fd, bytes, n, MSG_NOSIGNAL);

		if (sent <= 0)
			return false;
		bytes += sent;
		n -= (size_t)sent;
	}
	return true;
}

void http_peer_say(struct http_peer *peer, const char *text)
{
	ck_assert(http_peer_send(peer, text, strlen(text)));
}

void http_peer_drain(struct http_peer *peer)
{
	char bytes[HTTP_FIXTURE_TEXT];

	while (peer_read(peer, bytes, sizeof(bytes)) > 0)
		;
}

void http_peer_close(struct http_peer *peer)
{
	SSL_free(peer->ssl);
	close(peer->fd);
}

static void caller_on_done(struct http_request *request, struct http_reply *reply)
{
	struct http_call *call = container_of(request, struct http_call, request);

	ck_assert(!http_busy(request));
	free(call->error);
	free(call->body);
	call->error = reply->error ? strdup(reply->error) : NULL;
	call->refused = reply->refused;
	call->status = reply->status;
	call->body = TAKE(reply->body);
	call->size = reply->size;
	call->received_ns = reply->received_ns;
	ck_assert_int_eq(!call->body, call->error != NULL);
	if (call->error)
		ck_assert(!call->size && !call->status && !call->received_ns);
	else
		ck_assert_int_eq(call->body[call->size], 0);
	call->done++;
	if (call->then)
		call->then(call);
}

static void caller_on_closed(struct http *http)
{
	container_of(http, struct http_caller, http)->closed++;
}

void http_fixture_load(void)
{
	char reason[HTTP_REASON_MAX];

	ck_assert_msg(http_load(reason) == 0, "%s", reason);
}

void http_caller_init(struct http_caller *caller, const char *url, unsigned port,
		      struct tls_context *tls)
{
	struct http_settings settings = {
		.ring = &caller->ring,
		.url = caller->url,
		.user_agent = "minerd/test",
		.tls = tls,
		.connect_timeout = 20,
		.keepalive = 30,
		.tcp_timeout = 30,
	};

	*caller = (struct http_caller){};
	http_fixture_load();
	if (url)
		snprintf(caller->url, sizeof(caller->url), "%s", url);
	else
		snprintf(caller->url, sizeof(caller->url), "http%s://127.0.0.1:%u/", tls ? "s" : "",
			 port);
	for (size_t i = 0; i < ARRAY_SIZE(caller->calls); i++) {
		caller->calls[i].request.done = caller_on_done;
		caller->calls[i].caller = caller;
	}
	ck_assert_int_eq(ring_init(&caller->ring), 0);
	ck_assert_int_eq(http_init(&caller->http, &settings, caller_on_closed), 0);
}

void http_caller_deinit(struct http_caller *caller)
{
	http_close(&caller->http);
	http_close(&caller->http);
	ITERATE_UNTIL(&caller->ring, caller->closed);
	iterate_for(&caller->ring, CLOCK_MS);
	ck_assert_uint_eq(caller->closed, 1);
	http_deinit(&caller->http);
	http_deinit(&caller->http);
	for (size_t i = 0; i < ARRAY_SIZE(caller->calls); i++) {
		http_request_deinit(&caller->calls[i].request);
		free(caller->calls[i].error);
		free(caller->calls[i].body);
	}
	ring_deinit(&caller->ring);
}

void http_caller_post(struct http_call *call, const char *body, unsigned timeout_s)
{
	ck_assert_int_eq(http_post(&call->caller->http, &call->request, "user:pass word", body,
				   strlen(body), timeout_s, 1024 * 1024),
			 0);
	ck_assert(http_busy(&call->request));
}

void http_caller_call(struct http_call *call, const char *body)
{
	unsigned before = call->done;

	http_caller_post(call, body, 0);
	ck_assert_uint_eq(call->done, before);
	ITERATE_UNTIL(&call->caller->ring, call->done == before + 1);
}

void http_fixture_begin(struct http_server *server, struct http_caller *caller,
			void (*serve)(struct http_server *server))
{
	http_server_start(server, NULL, serve);
	http_caller_init(caller, NULL, server->port, NULL);
}

void http_fixture_end(struct http_server *server, struct http_caller *caller, unsigned descriptors)
{
	http_caller_deinit(caller);
	http_server_join(server);
	ck_assert_uint_eq(net_fixture_descriptors(), descriptors);
}

void http_call_expect(const struct http_call *call, unsigned status, const char *body)
{
	ck_assert_msg(!call->error, "%s", call->error);
	ck_assert_uint_eq(call->status, status);
	ck_assert_str_eq(call->body, body);
	ck_assert_uint_eq(call->size, strlen(body));
}
