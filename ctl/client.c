/* SPDX-License-Identifier: MIT */
#include "ctl/client.h"

#include <ctype.h>
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "common/assert.h"
#include "common/cleanup.h"
#include "common/clock.h"
#include "common/container.h"
#include "common/escape.h"
#include "common/utf8.h"
#include "ctl/process.h"
#include "ctl/socket_path.h"

enum { CLIENT_SHOWN_MAX = 64 /* characters of what a peer sent that is no reply */ };

static const char *client_place(const struct client *client)
{
	return client->socket ? client->socket : "ssh";
}

int client_foreign(struct client *client, const char *format, ...)
{
	char what[FAILURE_REASON_MAX / 2];
	va_list args;

	va_start(args, format);
	vsnprintf(what, sizeof(what), format, args);
	va_end(args);
	return failure_set(&client->failure, EPROTO, "%s: %s does not speak minerd's protocol: %s",
			   client_place(client), client->peer, what);
}

int client_silent(struct client *client)
{
	if (client->in.used) {
		char shown[CLIENT_SHOWN_MAX];

		return client_foreign(client, "it sent \"%s\" and no end of a message",
				      escape_text(shown, sizeof(shown),
						  client->in.data + client->in.start,
						  client->in.used));
	}
	if (client->pid && process_stopped(client->pid)) {
		failure_set(&client->failure, ETIMEDOUT,
			    "%s: %s does not reply: the process is stopped (SIGSTOP)",
			    client_place(client), client->peer);
		failure_advise(&client->failure, "Continue it: kill -CONT %d", (int)client->pid);
	} else {
		failure_set(&client->failure, ETIMEDOUT, "%s: no reply from %s for %llu s",
			    client_place(client), client->peer,
			    (unsigned long long)((clock_now() - client->waits_ns) / CLOCK_S));
	}
	client->failure.silent = true;
	return -ETIMEDOUT;
}

/* How long connect(2) and send(2) may wait. */
static void client_send_timeout(int fd, int ms)
{
	/* 0 means forever. */
	int us = MAX(ms % 1000 * 1000, 1000);
	struct timeval wait = {.tv_sec = ms / 1000, .tv_usec = us};

	setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &wait, sizeof(wait));
}

/* The process that called listen(2). */
static void client_identify(struct client *client)
{
	struct ucred peer = {};
	socklen_t size = sizeof(peer);
	char name[PROCESS_NAME_MAX];

	strcpy(client->peer, "the peer");
	if (getsockopt(client->fd, SOL_SOCKET, SO_PEERCRED, &peer, &size) < 0 || peer.pid <= 0)
		return;
	client->pid = peer.pid;
	snprintf(client->peer, sizeof(client->peer), "%s (pid %d)",
		 process_name(name, peer.pid) ? name : "process", (int)peer.pid);
}

int client_open(struct client *client, const char *socket_path, int wait_ms)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	CLEANUP(cleanup_close) int fd = -1;

	assert(client->fd < 0);
	client->socket = socket_path;
	strcpy(client->peer, "the peer");
	client->timeout_ms = CLIENT_TIMEOUT_MS;
	if (strlen(socket_path) >= sizeof(address.sun_path))
		return failure_set(&client->failure, ENAMETOOLONG,
				   "%s: the path of a socket must be at most %zu bytes long",
				   socket_path, sizeof(address.sun_path) - 1);
	strcpy(address.sun_path, socket_path);
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return failure_set(&client->failure, errno, "cannot create a socket: %s",
				   strerror(errno));
	client_send_timeout(fd, wait_ms);
	if (connect(fd, (struct sockaddr *)&address, sizeof(address)) < 0)
		return socket_path_failed(&client->failure, socket_path, errno);
	client_send_timeout(fd, CLIENT_TIMEOUT_MS);
	client->fd = take_fd(&fd);
	client_identify(client);
	return 0;
}

int client_open_ssh(struct client *client, const char *host, const char *socket_path,
		    bool unattended)
{
	int fd;

	assert(client->fd < 0);
	client->socket = NULL;
	snprintf(client->peer, sizeof(client->peer), "the peer on %s", host);
	client->timeout_ms = CLIENT_TIMEOUT_SSH_MS;
	fd = ssh_start(&client->ssh, host, socket_path, unattended, &client->failure);
	if (fd < 0)
		return fd;
	client->fd = fd;
	return 0;
}

static int client_ended(struct client *client)
{
	if (client->ssh.pid) {
		/* ssh ends when its stdin and stdout do. */
		close(take_fd(&client->fd));
		return ssh_ended(&client->ssh, &client->failure);
	}
	if (client->in.used)
		return client_silent(client);
	return failure_set(&client->failure, ECONNRESET,
			   "%s: %s closed the connection without a reply: it is stopping, or it is "
			   "not minerd",
			   client_place(client), client->peer);
}

void client_close(struct client *client)
{
	cleanup_close(&client->fd);
	client->fd = -1;
	ssh_close(&client->ssh);
	line_deinit(&client->in);
	client->pid = 0;
}

static void client_expect_reply(struct client *client)
{
	client->waits_ns = clock_now();
	client->deadline_ns = client->waits_ns + (uint64_t)client->timeout_ms * CLOCK_MS;
}

int client_send(struct client *client, const char *method, struct json_object *parameters,
		bool more)
{
	CLEANUP(varlink_putp) struct json_object *call = varlink_call_new(method, parameters, more);
	const char *text;
	size_t n = 0;

	assert(client->fd >= 0);
	text = call ? varlink_text(call, &n) : NULL;
	if (!text)
		return failure_set(&client->failure, ENOMEM, "out of memory");
	while (n) {
		ssize_t sent = send(client->fd, text, n, MSG_NOSIGNAL);

		if (sent < 0 && errno == EINTR)
			continue;
		/* A daemon that refuses us may have said why before it closed: that is read. */
		if (sent < 0 && (errno == EPIPE || errno == ECONNRESET))
			break;
		if (sent < 0 && errno == EAGAIN)
			return client_silent(client);
		if (sent < 0)
			return failure_set(&client->failure, errno, "%s: cannot send: %s",
					   client_place(client), strerror(errno));
		text += sent;
		n -= (size_t)sent;
	}
	client_expect_reply(client);
	return 0;
}

int client_receive_more(struct client *client)
{
	char *space;
	size_t size;
	ssize_t n;
	int r;

	assert(client->fd >= 0);
	r = line_space(&client->in, &space, &size);
	if (r == -EMSGSIZE)
		return client_foreign(client, "it sent %d bytes without an end of a message",
				      LINE_MAX_SIZE);
	if (r < 0)
		return failure_set(&client->failure, -r, "out of memory");
	n = recv(client->fd, space, size, 0);
	if (n < 0 && errno == EINTR)
		return 0;
	if (n < 0 && errno != ECONNRESET)
		return failure_set(&client->failure, errno, "%s: cannot receive: %s",
				   client_place(client), strerror(errno));
	if (n <= 0)
		return client_ended(client);
	line_received(&client->in, (size_t)n);
	return 0;
}

/* Whether an unfinished message can become a JSON object. */
static int client_check_begun(struct client *client)
{
	const char *begun = client->in.data + client->in.start;
	char shown[CLIENT_SHOWN_MAX];

	if (!client->in.used || *begun == '{' || isspace((unsigned char)*begun))
		return 0;
	return client_foreign(client, "it sent \"%s\"",
			      escape_text(shown, sizeof(shown), begun, client->in.used));
}

int client_next(struct client *client, struct varlink_reply *ret)
{
	char *text, shown[CLIENT_SHOWN_MAX];
	size_t n;
	int r;

	if (!line_next(&client->in, &text, &n))
		return client_check_begun(client);
	/* A name in an old daemon's configuration may be in any encoding. */
	utf8_repair(text, n);
	r = varlink_reply_parse(ret, text, n);
	if (r < 0)
		return failure_set(&client->failure, -r, "out of memory");
	if (r != VARLINK_OK)
		return client_foreign(client, "it sent \"%s\"",
				      escape_text(shown, sizeof(shown), text, n));
	/* After the first reply ssh asks for no password any more. */
	client->timeout_ms = MIN(client->timeout_ms, (int)CLIENT_TIMEOUT_SSH_REPLY_MS);
	client_expect_reply(client);
	return 1;
}

int client_receive(struct client *client, struct varlink_reply *ret)
{
	int r;

	assert(client->fd >= 0);
	while ((r = client_next(client, ret)) == 0) {
		struct pollfd wait = {.fd = client->fd, .events = POLLIN};
		uint64_t now = clock_now();
		int n;

		if (now >= client->deadline_ns)
			return client_silent(client);
		n = poll(&wait, 1, (int)((client->deadline_ns - now) / CLOCK_MS) + 1);
		if (n < 0 && errno != EINTR)
			return failure_set(&client->failure, errno, "poll: %s", strerror(errno));
		if (n <= 0)
			continue;
		r = client_receive_more(client);
		if (r < 0)
			return r;
	}
	return r < 0 ? r : 0;
}
