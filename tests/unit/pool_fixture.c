/* SPDX-License-Identifier: MIT */
#include "pool_fixture.h"

#include <check.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/cleanup.h"
#include "common/container.h"
#include "io/socket.h"
#include "listener.h"

void server_say(struct server *server, const char *line)
{
	server_say_bytes(server, line, strlen(line));
}

void server_say_bytes(struct server *server, const void *bytes, size_t n)
{
	ck_assert(stream_send(&server->stream, bytes, n));
}

void server_job(struct server *server, const char *id, bool clean)
{
	char line[512];

	snprintf(line, sizeof(line),
		 "{\"id\":null,\"method\":\"mining.notify\",\"params\":[\"%s\",\"%064d\",\"01\","
		 "\"02\","
		 "[],\"20000000\",\"1c00ffff\",\"6b02d1ed\",%s]}\n",
		 id, (int)(server->index + 10 * server->block), clean ? "true" : "false");
	server_say(server, line);
}

static void server_grant_text(const struct server *server, char *ret, size_t size)
{
	snprintf(ret, size,
		 "{\"id\":%u,\"result\":{\"version-rolling\":true,"
		 "\"version-rolling.mask\":\"%s\"},\"error\":null}\n",
		 server->configure_id, server->mask ? server->mask : "1fffe000");
}

void server_grant(struct server *server)
{
	char line[256];

	server_grant_text(server, line, sizeof(line));
	server_say(server, line);
}

static void server_configure(struct server *server, char *ret, size_t size, unsigned id)
{
	server->configures++;
	server->configure_id = id;
	if (server->close_on_configure)
		stream_close(&server->stream);
	else if (server->refuse_configure)
		snprintf(ret, size,
			 "{\"id\":%u,\"result\":null,\"error\":[20,\"not here\",null]}\n", id);
	else if (!server->silent_configure && !server->late_configure)
		server_grant_text(server, ret, size);
}

static void server_subscribe(struct server *server, char *ret, size_t size, unsigned id,
			     const char *message)
{
	snprintf(server->last_subscribe, sizeof(server->last_subscribe), "%s", message);
	if (server->late_configure)
		server_grant(server);
	if (server->close_on_resume && strstr(message, server->session))
		stream_close(&server->stream);
	else
		snprintf(ret, size,
			 "{\"id\":%u,\"result\":[[[\"mining.%s\",\"%s\"]],\"%02x%02x\",4],"
			 "\"error\":null}\n",
			 id, server->session ? "notify" : "set_difficulty",
			 server->session ? server->session : "", (int)server->index,
			 server->forgetful ? server->connects : 0);
}

static void server_authorize(struct server *server, char *ret, size_t size, unsigned id,
			     const char *message)
{
	char user[16];

	snprintf(user, sizeof(user), "\"user%d\"", (int)server->index);
	snprintf(ret, size, "{\"id\":%u,%s}\n", id,
		 server->authorize ? server->authorize : "\"result\":true,\"error\":null");
	server->users += strstr(message, user) != NULL;
}

static void server_submit(struct server *server, char *ret, size_t size, unsigned id,
			  const char *message)
{
	char user[16];

	snprintf(user, sizeof(user), "\"user%d\"", (int)server->index);
	ck_assert(server->any_user || strstr(message, user));
	server->submits++;
	snprintf(server->last_submit, sizeof(server->last_submit), "%s", message);
	if (server->reject)
		snprintf(ret, size, "{\"id\":%u,\"result\":null,\"error\":%s}\n", id,
			 server->error ? server->error : "[20,\"no\",null]");
	else if (!server->silent_submits)
		snprintf(ret, size, "{\"id\":%u,\"result\":true,\"error\":null}\n", id);
}

/* " configure subscribe authorize": what came on this connection. */
static void server_note_method(struct server *server, const char *message)
{
	const char *name = strstr(message, "\"mining.");
	size_t used = strlen(server->methods);

	if (!name)
		return;
	name += strlen("\"mining.");
	snprintf(server->methods + used, sizeof(server->methods) - used, " %.*s",
		 (int)strcspn(name, "\""), name);
}

static void server_message(struct stream *stream, char *message, size_t n)
{
	struct server *server = container_of(stream, struct server, stream);
	unsigned id = (unsigned)strtoul(message + strlen("{\"id\":"), NULL, 10);
	char line[256] = "";

	server_note_method(server, message);
	server->is_deaf |= server->deaf && strstr(message, server->deaf);
	if (server->close_on && strstr(message, server->close_on))
		stream_close(stream);
	if (server->is_deaf || stream->state != STREAM_OPEN)
		return;
	if (strstr(message, "mining.configure"))
		server_configure(server, line, sizeof(line), id);
	else if (strstr(message, "mining.subscribe"))
		server_subscribe(server, line, sizeof(line), id, message);
	else if (strstr(message, "mining.authorize"))
		server_authorize(server, line, sizeof(line), id, message);
	else if (strstr(message, "mining.submit"))
		server_submit(server, line, sizeof(line), id, message);
	server->extranonces += strstr(message, "mining.extranonce.subscribe") != NULL;
	server->suggests += strstr(message, "mining.suggest_difficulty") != NULL;
	if ((server->close_on_extranonce && strstr(message, "mining.extranonce.subscribe")) ||
	    (server->close_on_suggest && strstr(message, "mining.suggest_difficulty")))
		stream_close(stream);
	if (*line && server->stream.state == STREAM_OPEN)
		server_say(server, line);
	if (server->close_after && strstr(message, server->close_after))
		stream_close(stream);
	if (strstr(message, "mining.authorize") && !server->no_job &&
	    server->stream.state == STREAM_OPEN)
		server_job(server, "first", true);
}

static void server_accept(struct server *server)
{
	ring_poll(server->ring, &server->accept_op, server->listener, POLLIN);
}

static void server_lost(struct stream *stream, const char *reason)
{
}

static void server_closed(struct stream *stream)
{
	struct server *server = container_of(stream, struct server, stream);

	if (server->listener >= 0)
		server_accept(server);
}

static const struct stream_handler server_handler = {
	.message = server_message,
	.lost = server_lost,
	.closed = server_closed,
};

static void server_accepted(struct ring_op *op, int result)
{
	struct server *server = container_of(op, struct server, accept_op);
	int fd = result < 0 || server->listener < 0 ? -1 : socket_accept(server->listener);

	if (fd < 0)
		return;
	server->connects++;
	server->methods[0] = '\0';
	server->is_deaf = false;
	stream_adopt(&server->stream, fd);
}

void server_start(struct server *server, struct ring *ring, unsigned index)
{
	*server = (struct server){.ring = ring, .index = index, .accept_op.fn = server_accepted};
	stream_init(&server->stream, server->ring, &server_handler, '\n');
	server->listener = listener_open(&server->port);
	server_accept(server);
}

void server_return(struct server *server)
{
	server->listener = listener_open(&server->port);
	if (server->stream.state == STREAM_CLOSED)
		server_accept(server);
}

void server_redirect(struct server *server, unsigned port)
{
	char line[128];

	if (port)
		snprintf(line, sizeof(line),
			 "{\"method\":\"client.reconnect\",\"params\":[\"127.0.0.1\",%u,0]}\n",
			 port);
	else
		snprintf(line, sizeof(line), "{\"method\":\"client.reconnect\",\"params\":[]}\n");
	server_say(server, line);
}

void server_refuse(struct server *server)
{
	if (server->listener >= 0)
		listener_close(take_fd(&server->listener));
	stream_close(&server->stream);
}
