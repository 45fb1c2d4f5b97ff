/* SPDX-License-Identifier: MIT */
#include "ctl/client.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "common/cleanup.h"

enum {
	CLIENT_PATH_MAX = sizeof(((struct sockaddr_un *)0)->sun_path), /* with the NUL */
	CLIENT_COMMAND_MAX = 4 * CLIENT_PATH_MAX + 32,
	CLIENT_SSH_FAILED = 255, /* ssh(1): the connection itself */
	CLIENT_NOT_FOUND = 127,	 /* sh(1): no such program over there */
	CLIENT_NO_DAEMON = 3,	 /* minerctl over there has told why */
};

static int client_fail(struct client *client, int error, const char *what)
{
	if (what)
		snprintf(client->reason, sizeof(client->reason), "%s: %s", what, strerror(error));
	else
		snprintf(client->reason, sizeof(client->reason), "%s", strerror(error));
	return -error;
}

int client_open(struct client *client, const char *socket_path)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	CLEANUP(cleanup_close) int fd = -1;

	if (strlen(socket_path) >= sizeof(address.sun_path))
		return client_fail(client, ENAMETOOLONG, socket_path);
	strcpy(address.sun_path, socket_path);
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return client_fail(client, errno, "socket");
	if (connect(fd, (struct sockaddr *)&address, sizeof(address)) < 0)
		return client_fail(client, errno, socket_path);
	client->fd = take_fd(&fd);
	client->timeout_ms = CLIENT_TIMEOUT_MS;
	return 0;
}

/*
 * The command for the shell over there; the path in single quotes, each of its own as '\''. The
 * path is no longer than a Unix address may be.
 */
static void client_remote_command(char ret[CLIENT_COMMAND_MAX], const char *socket_path)
{
	char *end;

	if (!socket_path) {
		strcpy(ret, "minerctl bridge");
		return;
	}
	end = stpcpy(ret, "minerctl -s '");
	for (; *socket_path; socket_path++) {
		if (*socket_path == '\'')
			end = stpcpy(end, "'\\''");
		else
			*end++ = *socket_path;
	}
	strcpy(end, "' bridge");
}

/* In the child: becomes ssh with fd as its stdin and stdout. */
static void client_become_ssh(int fd, const char *host, const char *command)
{
	if (dup2(fd, STDIN_FILENO) < 0 || dup2(fd, STDOUT_FILENO) < 0)
		_exit(CLIENT_SSH_FAILED);
	execlp("ssh", "ssh", "-T", "--", host, command, (char *)NULL);
	fprintf(stderr, "minerctl: cannot run ssh: %s\n", strerror(errno));
	_exit(CLIENT_SSH_FAILED);
}

int client_open_ssh(struct client *client, const char *host, const char *socket_path)
{
	char command[CLIENT_COMMAND_MAX];
	int fds[2];

	if (socket_path && strlen(socket_path) >= CLIENT_PATH_MAX)
		return client_fail(client, ENAMETOOLONG, socket_path);
	client_remote_command(command, socket_path);
	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds) < 0)
		return client_fail(client, errno, "socketpair");
	client->ssh = fork();
	if (client->ssh == 0)
		client_become_ssh(fds[1], host, command);
	close(fds[1]);
	client->fd = fds[0];
	client->timeout_ms = CLIENT_TIMEOUT_SSH_MS;
	if (client->ssh < 0) {
		client->ssh = 0;
		return client_fail(client, errno, "fork");
	}
	return 0;
}

/* Why there is an end of the connection: ssh's exit status knows more. */
static int client_ended(struct client *client)
{
	int status, code;

	if (!client->ssh)
		return client_fail(client, ECONNRESET, "the daemon closed the connection");
	close(take_fd(&client->fd));
	if (waitpid(client->ssh, &status, 0) < 0)
		status = 0;
	client->ssh = 0;
	code = WIFEXITED(status) ? WEXITSTATUS(status) : CLIENT_SSH_FAILED;
	client->told = code == CLIENT_NO_DAEMON || code == CLIENT_SSH_FAILED;
	if (code == CLIENT_NOT_FOUND)
		snprintf(client->reason, sizeof(client->reason),
			 "there is no minerctl on that host, or not in the PATH of its shell");
	else
		snprintf(client->reason, sizeof(client->reason), "ssh ended with status %d", code);
	return -ECONNRESET;
}

void client_close(struct client *client)
{
	cleanup_close(&client->fd);
	if (client->ssh > 0) {
		kill(client->ssh, SIGTERM);
		waitpid(client->ssh, NULL, 0);
	}
	line_deinit(&client->in);
	*client = CLIENT_NULL;
}

int client_send(struct client *client, const char *method, struct json_object *parameters,
		bool more)
{
	CLEANUP(varlink_putp) struct json_object *call = varlink_call_new(method, parameters, more);
	const char *text;
	size_t n = 0;

	text = call ? varlink_text(call, &n) : NULL;
	if (!text)
		return client_fail(client, ENOMEM, NULL);
	while (n) {
		ssize_t sent = send(client->fd, text, n, MSG_NOSIGNAL);

		if (sent < 0 && errno == EINTR)
			continue;
		/* A daemon that refuses us may have said why before it closed: that is read. */
		if (sent < 0 && (errno == EPIPE || errno == ECONNRESET))
			return 0;
		if (sent < 0)
			return client_fail(client, errno, "send");
		text += sent;
		n -= (size_t)sent;
	}
	return 0;
}

int client_receive_more(struct client *client)
{
	char *space;
	size_t size;
	ssize_t n;
	int r;

	r = line_space(&client->in, &space, &size);
	if (r < 0)
		return client_fail(client, -r, "the reply is too long");
	n = recv(client->fd, space, size, 0);
	if (n < 0 && errno == EINTR)
		return 0;
	if (n < 0 && errno != ECONNRESET)
		return client_fail(client, errno, "receive");
	if (n <= 0)
		return client_ended(client);
	line_received(&client->in, (size_t)n);
	return 0;
}

bool client_next(struct client *client, struct varlink_reply *ret)
{
	char *text;
	size_t n;

	if (!line_next(&client->in, &text, &n))
		return false;
	if (varlink_reply_parse(ret, text, n) != VARLINK_OK)
		*ret = VARLINK_REPLY_NULL;
	return true;
}

int client_receive(struct client *client, struct varlink_reply *ret)
{
	while (!client_next(client, ret)) {
		struct pollfd wait = {.fd = client->fd, .events = POLLIN};
		int r = poll(&wait, 1, client->timeout_ms);

		if (r < 0 && errno == EINTR)
			continue;
		if (r < 0)
			return client_fail(client, errno, "poll");
		if (r == 0)
			return client_fail(client, ETIMEDOUT, "the daemon does not answer");
		r = client_receive_more(client);
		if (r < 0)
			return r;
	}
	if (!ret->message)
		return client_fail(client, EPROTO, "what answers there is not minerd");
	return 0;
}
