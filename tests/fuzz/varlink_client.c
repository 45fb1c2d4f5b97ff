/* SPDX-License-Identifier: MIT */
#include "varlink_client.h"

#include <assert.h>
#include <errno.h>
#include <string.h>

#include "common/container.h"
#include "common/varlink.h"
#include "fake_socket.h"
#include "io/socket.h"

void varlink_client_begin(struct varlink_client *client, int fd)
{
	*client = (struct varlink_client){
		.fd = fd,
		.sent = LINE_BUFFER_NULL('\0'),
		.got = LINE_BUFFER_NULL('\0'),
	};
}

static void add(struct line_buffer *buffer, const char *bytes, size_t n)
{
	for (size_t at = 0, part; at < n; at += part) {
		char *space;

		assert(line_space(buffer, &space, &part) == 0);
		part = MIN(part, n - at);
		memcpy(space, bytes + at, part);
		line_received(buffer, part);
	}
}

static void on_sent(struct varlink_client *client, const char *text, size_t n)
{
	struct varlink_call call = VARLINK_CALL_NULL;

	if (client->spoilt || varlink_call_parse(&call, text, n) != VARLINK_OK) {
		client->spoilt = true;
		return;
	}
	client->calls += !call.oneway;
	client->last_more = call.more && !call.oneway;
	client->more |= client->last_more;
	varlink_call_deinit(&call);
}

static void on_got(struct varlink_client *client, const char *text, size_t n)
{
	struct varlink_reply reply = VARLINK_REPLY_NULL;

	assert(varlink_reply_parse(&reply, text, n) == VARLINK_OK);
	assert(!reply.continues || (client->more && client->replies < client->calls));
	client->replies += !reply.continues;
	assert(client->replies <= client->calls);
	varlink_reply_deinit(&reply);
}

void varlink_client_send(struct varlink_client *client, const char *bytes, size_t n)
{
	char *text;
	size_t size;

	if (client->fd < 0 || !n)
		return;
	add(&client->sent, bytes, n);
	while (line_next(&client->sent, &text, &size))
		on_sent(client, text, size);
	socket_send(client->fd, bytes, n);
}

void varlink_client_look(struct varlink_client *client)
{
	char bytes[4096], *text;
	size_t size;
	int n = -EAGAIN;

	while (client->fd >= 0 && (n = fake_socket_receive(client->fd, bytes, sizeof(bytes))) > 0) {
		add(&client->got, bytes, (size_t)n);
		while (line_next(&client->got, &text, &size))
			on_got(client, text, size);
	}
	/* Its end, or the reset for what came after it. */
	if (n != -EAGAIN)
		varlink_client_end(client);
}

void varlink_client_check_served(const struct varlink_client *client)
{
	if (client->fd >= 0)
		assert(!client->spoilt && client->replies + client->last_more >= client->calls);
}

void varlink_client_end(struct varlink_client *client)
{
	if (client->fd < 0)
		return;
	socket_close(client->fd);
	client->fd = -1;
	line_deinit(&client->sent);
	line_deinit(&client->got);
}
