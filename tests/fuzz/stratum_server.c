/* SPDX-License-Identifier: MIT */
#include "stratum_server.h"

#include <assert.h>
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "common/container.h"
#include "fake_socket.h"
#include "io/socket.h"
#include "listener.h"

void stratum_server_begin(struct stratum_server *server)
{
	*server = (struct stratum_server){.fd = -1};
	server->listener = listener_open(&server->port);
}

void stratum_server_forget(struct stratum_server *server)
{
	if (!server->n_asked)
		return;
	server->n_asked--;
	memmove(server->asked, server->asked + 1, server->n_asked * sizeof(server->asked[0]));
}

/* User, job, extranonce2, time and nonce; version bits where they are rolled. */
static void check_submit(struct json_object *object)
{
	struct json_object *params = NULL;
	size_t n;

	assert(json_object_object_get_ex(object, "params", &params));
	n = json_object_array_length(params);
	assert(n == 5 || n == 6);
	for (size_t i = 0; i < n; i++)
		assert(json_object_is_type(json_object_array_get_idx(params, i), json_type_string));
	for (size_t i = 3; i < n; i++)
		assert(json_object_get_string_len(json_object_array_get_idx(params, i)) == 8);
}

/* Each id is new, and each step of a login follows the one before. */
static void on_request(struct stratum_server *server, struct json_object *object,
		       const char *method, struct json_object *id)
{
	int64_t number = json_object_get_int64(id);

	assert(json_object_is_type(id, json_type_int) && number > server->last_id);
	server->last_id = number;
	if (strcmp(method, "mining.subscribe") == 0) {
		assert(server->step == STRATUM_SERVER_CONNECTED);
		server->step = STRATUM_SERVER_SUBSCRIBE;
	} else if (strcmp(method, "mining.authorize") == 0) {
		assert(server->step == STRATUM_SERVER_SUBSCRIBE);
		server->step = STRATUM_SERVER_AUTHORIZE;
	} else if (strcmp(method, "mining.submit") == 0) {
		assert(server->step == STRATUM_SERVER_AUTHORIZE);
		check_submit(object);
	}
	if (server->n_asked == STRATUM_SERVER_ASKED)
		stratum_server_forget(server);
	server->asked[server->n_asked++] = (uint32_t)number;
}

/* A request, or a reply to one of the server's. */
static void on_line(struct stratum_server *server, const char *line)
{
	struct json_object *object = json_tokener_parse(line), *id, *method;

	assert(json_object_is_type(object, json_type_object));
	assert(json_object_object_get_ex(object, "id", &id));
	if (json_object_object_get_ex(object, "method", &method))
		on_request(server, object, json_object_get_string(method), id);
	json_object_put(object);
}

static void on_bytes(struct stratum_server *server, const char *bytes, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		assert(bytes[i] && server->n < sizeof(server->line) - 1);
		server->line[server->n++] = bytes[i];
		if (bytes[i] != '\n')
			continue;
		server->line[server->n - 1] = '\0';
		on_line(server, server->line);
		server->n = 0;
	}
}

void stratum_server_look(struct stratum_server *server)
{
	char bytes[4096];
	int fd, n;

	while ((fd = socket_accept(server->listener)) >= 0) {
		stratum_server_close(server);
		server->fd = fd;
		server->step = STRATUM_SERVER_CONNECTED;
		server->last_id = 0;
	}
	if (server->fd < 0)
		return;
	while ((n = fake_socket_receive(server->fd, bytes, sizeof(bytes))) > 0)
		on_bytes(server, bytes, (size_t)n);
	if (n != -EAGAIN)
		stratum_server_close(server);
}

static void send_bytes(struct stratum_server *server, const char *bytes, size_t n)
{
	for (size_t at = 0, part; at < n && server->fd >= 0; at += part) {
		part = server->cut ? MIN(n - at, (size_t)server->cut) : n;
		socket_send(server->fd, bytes + at, part);
	}
}

void stratum_server_say(struct stratum_server *server, const char *bytes, size_t n)
{
	for (size_t at = 0; at < n; at++) {
		const char *mark = memchr(bytes + at, '@', n - at);
		char id[16];

		send_bytes(server, bytes + at, mark ? (size_t)(mark - bytes) - at : n - at);
		if (!mark)
			return;
		snprintf(id, sizeof(id), "%" PRIu32, server->n_asked ? server->asked[0] : 0);
		stratum_server_forget(server);
		send_bytes(server, id, strlen(id));
		at = (size_t)(mark - bytes);
	}
}

void stratum_server_close(struct stratum_server *server)
{
	if (server->fd >= 0)
		socket_close(server->fd);
	server->fd = -1;
	server->n = server->n_asked = 0;
}

void stratum_server_end(struct stratum_server *server)
{
	stratum_server_close(server);
	listener_close(server->listener);
}
