/* SPDX-License-Identifier: MIT */
#include "client.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "chance.h"
#include "common/cleanup.h"
#include "common/clock.h"
#include "common/container.h"
#include "fake_control.h"
#include "fake_socket.h"
#include "io/socket.h"
#include "memory.h"
#include "model_control.h"
#include "trace.h"
#include "violation.h"
#include "world.h"

#define CLIENT_INTERFACE "io.minerd.Miner."

enum {
	CLIENT_DEAF_CALLS = 50,
	CLIENT_UID = 1000, /* of the first user who may not change the daemon */
	CLIENT_GROUP_UID = 2000,
	CLIENT_STAYS_S = 100, /* for whoever is to be closed, and for a method */
};

/* closed: by the daemon. */
static void client_leave(struct client *client, bool closed)
{
	model_control_left(client, closed);
	fake_event_clear(&client->leave);
	socket_close(take_fd(&client->fd));
	free(client->reply);
	*client = (struct client){.fd = -1, .leave.fn = client->leave.fn};
}

/* Whether the daemon has ended the connection. */
static bool is_ended(const struct client *client)
{
	char bytes[1024];
	int n;

	do
		n = fake_socket_receive(client->fd, bytes, sizeof(bytes));
	while (n > 0);
	return n != -EAGAIN;
}

/* It has waited for a while, for a reply or for nothing. */
static void on_leave(struct fake_event *event)
{
	struct client *client = container_of(event, struct client, leave);
	client_leave(client, is_ended(client));
}

static void say(struct client *client, const void *bytes, size_t n)
{
	(void)socket_send(client->fd, bytes, n);
}

static void say_call(struct client *client, const char *method, const char *parameters, bool more)
{
	char text[512];
	int n = snprintf(text, sizeof(text), "{\"method\":\"" CLIENT_INTERFACE "%s\"%s%s%s}",
			 method, *parameters ? ",\"parameters\":" : "", parameters,
			 more ? ",\"more\":true" : "");

	say(client, text, (size_t)n + 1);
}

static void say_garbage(struct client *client)
{
	char bytes[600];
	size_t n = (size_t)chance_between(1, sizeof(bytes));

	for (size_t i = 0; i < n; i++)
		bytes[i] = (char)chance_below(256);
	say(client, bytes, n);
}

static void client_speak(struct client *client)
{
	static const char half[] = "{\"method\":\"" CLIENT_INTERFACE "Stat";

	client->sent = true;
	client->asked_ns = clock_now();
	client->failed = memory_failed();
	model_control_asked(client);
	model_status_ask(&client->asked);
	switch (client->kind) {
	case CLIENT_STATUS:
		say_call(client, "Status", "", false);
		break;
	case CLIENT_BLOCKS:
		say_call(client, "Blocks", "", false);
		break;
	case CLIENT_MONITOR:
		say_call(client, "Monitor", "", true);
		break;
	case CLIENT_METHOD:
		say_call(client, client->method, client->parameters, client->more);
		break;
	case CLIENT_GARBAGE:
		say_garbage(client);
		break;
	case CLIENT_HALF:
		say(client, half, strlen(half));
		break;
	case CLIENT_DEAF:
		for (unsigned i = 0; i < CLIENT_DEAF_CALLS; i++)
			say_call(client, "Status", "", false);
		break;
	case CLIENT_SILENT:
	case CLIENT_KINDS:
		break;
	}
}

/* Each reply that is complete, which a NUL ends. false: it has left. */
static bool client_take(struct client *client)
{
	char *end;

	while (client->n && (end = memchr(client->reply, '\0', client->n))) {
		if (!model_control_replied(client, client->reply) &&
		    client->kind <= CLIENT_METHOD) {
			client_leave(client, true);
			return false;
		}
		client->n -= (size_t)(end + 1 - client->reply);
		memmove(client->reply, end + 1, client->n);
	}
	return true;
}

/* What has come. false: it has left. */
static bool client_read(struct client *client)
{
	char bytes[16 * 1024];
	int n;

	while ((n = fake_socket_receive(client->fd, bytes, sizeof(bytes))) > 0) {
		VIOLATION_IF(client->n + (size_t)n > CLIENT_REPLY_MAX, "a reply is too long");
		client->reply = realloc(client->reply, client->n + (size_t)n);
		memcpy(client->reply + client->n, bytes, (size_t)n);
		client->n += (size_t)n;
		if (!client_take(client))
			return false;
	}
	if (n != -EAGAIN)
		client_leave(client, true);
	return n == -EAGAIN;
}

static void on_input(void *context, int fd)
{
	struct client *client = context;
	int connected = fake_socket_connected(fd);

	if (connected < 0 && connected != -EAGAIN) {
		client_leave(client, true);
		return;
	}
	if (connected == 0 && !client->sent)
		client_speak(client);
	if (client->kind != CLIENT_DEAF)
		(void)client_read(client);
}

/* s until it is gone at the latest. */
static uint64_t stay(const struct client *client)
{
	switch (client->kind) {
	case CLIENT_HALF:
	case CLIENT_DEAF:
	case CLIENT_SILENT:
		return CLIENT_STAYS_S;
	case CLIENT_BLOCKS:
	case CLIENT_METHOD:
		return CLIENT_STAYS_S * (1 + client->wanted);
	default:
		return chance_between(1, 120);
	}
}

static struct client *client_new(struct clients *clients, enum client_kind kind, bool trusted)
{
	for (size_t i = 0; i < CLIENTS_MAX; i++) {
		struct client *client = &clients->list[i];

		if (client->fd >= 0)
			continue;
		client->kind = kind;
		client->trusted = trusted;
		client->user = trusted ? 0 : (unsigned)chance_below(CLIENT_USERS);
		return client;
	}
	return NULL;
}

/* Who may change the daemon is root, or one of the daemon's group. */
static uid_t user_of(const struct client *client)
{
	if (client->trusted)
		return chance_one_in(2) ? 0 : CLIENT_GROUP_UID;
	return CLIENT_UID + client->user;
}

static void client_connect(struct client *client)
{
	client->fd = fake_control_connect(user_of(client), client->trusted);
	client->sent = false;
	fake_socket_watch(client->fd, on_input, client);
	fake_event_set(&client->leave, clock_now() + stay(client) * CLOCK_S);
}

void clients_begin(struct clients *clients)
{
	*clients = (struct clients){};
	for (size_t i = 0; i < CLIENTS_MAX; i++)
		clients->list[i] = (struct client){.fd = -1, .leave.fn = on_leave};
}

void clients_end(struct clients *clients)
{
	for (size_t i = 0; i < CLIENTS_MAX; i++)
		if (clients->list[i].fd >= 0)
			client_leave(&clients->list[i], true);
}

void clients_connect(struct clients *clients, enum client_kind kind)
{
	struct client *client =
		client_new(clients, kind, kind == CLIENT_MONITOR && chance_one_in(2));

	if (client)
		client_connect(client);
}

void clients_look(struct clients *clients)
{
	struct client *status = client_new(clients, CLIENT_STATUS, true), *blocks;

	if (status)
		client_connect(status);
	blocks = world.chain.kind ? client_new(clients, CLIENT_BLOCKS, true) : NULL;
	if (blocks)
		client_connect(blocks);
}

void clients_flood(struct clients *clients, unsigned n)
{
	unsigned user = (unsigned)chance_below(CLIENT_USERS);

	for (; n; n--) {
		struct client *client = client_new(clients, CLIENT_SILENT, false);

		if (!client)
			return;
		client->user = user;
		client_connect(client);
	}
}

static struct client *caller(struct clients *clients, bool trusted, const char *method,
			     const char *parameters)
{
	struct client *client = client_new(clients, CLIENT_METHOD, trusted);

	if (!client)
		return NULL;
	trace_line("user", "calls %s(%s)", method, parameters);
	client->method = method;
	snprintf(client->parameters, sizeof(client->parameters), "%s", parameters);
	return client;
}

void clients_call(struct clients *clients, const char *method, const char *parameters)
{
	struct client *client = caller(clients, true, method, parameters);

	if (client)
		client_connect(client);
}

void clients_err(struct clients *clients, bool trusted, const char *method, const char *parameters,
		 const char *error)
{
	struct client *client = caller(clients, trusted, method, parameters);

	if (!client)
		return;
	client->expects = error;
	client_connect(client);
}

void clients_mine(struct clients *clients, unsigned blocks)
{
	char parameters[32];
	struct client *client;

	snprintf(parameters, sizeof(parameters), "{\"blocks\":%u}", blocks);
	client = caller(clients, true, "Mine", parameters);
	if (!client)
		return;
	client->wanted = blocks;
	client->more = chance_one_in(2);
	client_connect(client);
}
