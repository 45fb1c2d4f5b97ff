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
#include "model.h"
#include "trace.h"

#define CLIENT_INTERFACE "io.minerd.Miner."

enum { CLIENT_DEAF_CALLS = 50 };

static void client_leave(struct client *client)
{
	fake_event_clear(&client->leave);
	socket_close(take_fd(&client->fd));
	free(client->reply);
	*client = (struct client){.fd = -1, .leave.fn = client->leave.fn};
}

static void on_leave(struct fake_event *event)
{
	client_leave(container_of(event, struct client, leave));
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
	switch (client->kind) {
	case CLIENT_STATUS:
		say_call(client, "Status", "", false);
		break;
	case CLIENT_MONITOR:
		say_call(client, "Monitor", "", true);
		break;
	case CLIENT_METHOD:
		say_call(client, client->method, client->parameters, false);
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

/* Whether a reply is complete, which a NUL ends. */
static bool client_read(struct client *client)
{
	char bytes[16 * 1024];
	int n;

	while ((n = fake_socket_receive(client->fd, bytes, sizeof(bytes))) > 0) {
		if (client->n + (size_t)n > CLIENT_REPLY_MAX)
			client->n = 0; /* of a monitor, that reads on and on */
		client->reply = realloc(client->reply, client->n + (size_t)n);
		memcpy(client->reply + client->n, bytes, (size_t)n);
		client->n += (size_t)n;
	}
	if (n != -EAGAIN) {
		client_leave(client);
		return false;
	}
	return client->n && memchr(client->reply, '\0', client->n);
}

static void on_input(void *context, int fd)
{
	struct client *client = context;
	int connected = fake_socket_connected(fd);

	if (connected < 0 && connected != -EAGAIN) {
		client_leave(client);
		return;
	}
	if (connected == 0 && !client->sent)
		client_speak(client);
	if (client->kind == CLIENT_DEAF || client->kind == CLIENT_SILENT || !client_read(client))
		return;
	if (client->kind == CLIENT_STATUS)
		model_status(client->reply, client->asked_ns);
	else if (client->kind == CLIENT_METHOD)
		model_called(client->method, client->parameters, client->reply);
	if (client->kind != CLIENT_MONITOR)
		client_leave(client);
}

static struct client *client_new(struct clients *clients, enum client_kind kind, bool trusted)
{
	for (size_t i = 0; i < CLIENTS_MAX; i++) {
		struct client *client = &clients->list[i];

		if (client->fd >= 0)
			continue;
		client->kind = kind;
		client->fd = fake_control_connect(trusted ? 0 : (uid_t)chance_between(1000, 1003),
						  trusted);
		client->sent = false;
		fake_socket_watch(client->fd, on_input, client);
		fake_event_set(&client->leave, clock_now() + chance_between(1, 120) * CLOCK_S);
		return client;
	}
	return NULL;
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
			client_leave(&clients->list[i]);
}

void clients_connect(struct clients *clients, enum client_kind kind)
{
	(void)client_new(clients, kind, kind == CLIENT_STATUS);
}

void clients_call(struct clients *clients, const char *method, const char *parameters)
{
	struct client *client = client_new(clients, CLIENT_METHOD, true);

	if (!client)
		return;
	trace_line("user", "calls %s(%s)", method, parameters);
	client->method = method;
	snprintf(client->parameters, sizeof(client->parameters), "%s", parameters);
}
