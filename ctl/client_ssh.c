/* SPDX-License-Identifier: MIT */
#include "ctl/client_ssh.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "common/cleanup.h"
#include "ctl/ctl.h"
#include "ctl/terminal.h"

#define CLIENT_PROGRAM "minerctl: " /* what its messages begin with */

enum {
	CLIENT_PATH_MAX = sizeof(((struct sockaddr_un *)0)->sun_path), /* with the NUL */
	CLIENT_COMMAND_MAX = 4 * CLIENT_PATH_MAX + 32,
	CLIENT_SSH_FAILED = 255, /* ssh(1): the connection itself */
	CLIENT_NOT_FOUND = 127,	 /* sh(1): no such program */
};

/*
 * The command for the shell on that machine; the path in single quotes, each of its own as '\''.
 * The path is no longer than a Unix address may be.
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

/* In the child: becomes ssh with fd as its stdin and stdout, messages as its stderr if it is one.
 */
static void client_become_ssh(int fd, int messages, const char *host, const char *command)
{
	sigset_t none;

	/* Of a caller that reads its signals from a descriptor. */
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	if (dup2(fd, STDIN_FILENO) < 0 || dup2(fd, STDOUT_FILENO) < 0 ||
	    (messages >= 0 && dup2(messages, STDERR_FILENO) < 0))
		_exit(CLIENT_SSH_FAILED);
	if (messages >= 0)
		execlp("ssh", "ssh", "-T", "-o", "BatchMode=yes", "-o", "ConnectTimeout=5", "--",
		       host, command, (char *)NULL);
	else
		execlp("ssh", "ssh", "-T", "--", host, command, (char *)NULL);
	fprintf(stderr, "minerctl: cannot run ssh: %s\n", strerror(errno));
	_exit(CLIENT_SSH_FAILED);
}

int client_open_ssh(struct client *client, const char *host, const char *socket_path,
		    bool unattended)
{
	char command[CLIENT_COMMAND_MAX];
	int fds[2];

	client->socket = NULL;
	snprintf(client->peer, sizeof(client->peer), "the peer on %s", host);
	client->timeout_ms = CLIENT_TIMEOUT_SSH_MS;
	if (socket_path && strlen(socket_path) >= CLIENT_PATH_MAX)
		return client_fail(client, CLIENT_FAILED, ENAMETOOLONG,
				   "%s: the path of a socket has at most %d bytes", socket_path,
				   CLIENT_PATH_MAX - 1);
	client_remote_command(command, socket_path);
	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds) < 0)
		return client_fail(client, CLIENT_FAILED, errno, "cannot create a socket: %s",
				   strerror(errno));
	if (unattended)
		client->ssh_stderr = memfd_create("ssh messages", MFD_CLOEXEC);
	client->ssh = fork();
	if (client->ssh == 0)
		client_become_ssh(fds[1], client->ssh_stderr, host, command);
	close(fds[1]);
	client->fd = fds[0];
	if (client->ssh < 0) {
		client->ssh = 0;
		return client_fail(client, CLIENT_FAILED, errno, "cannot start ssh: %s",
				   strerror(errno));
	}
	return 0;
}

/*
 * What ssh wrote while it was unattended: the error of minerctl on that machine, else the last
 * line. False: there is none.
 */
static bool client_ssh_message(const struct client *client, char *ret, size_t size)
{
	char text[CLIENT_REASON_MAX], *line;
	off_t end = client->ssh_stderr < 0 ? 0 : lseek(client->ssh_stderr, 0, SEEK_END);
	off_t start = end > (off_t)sizeof(text) - 1 ? end - (off_t)sizeof(text) + 1 : 0;
	ssize_t n = end > 0 ? pread(client->ssh_stderr, text, sizeof(text) - 1, start) : 0;

	while (n > 0 && strchr("\r\n", text[n - 1]))
		n--;
	if (n <= 0)
		return false;
	text[n] = '\0';
	line = strstr(text, CLIENT_PROGRAM);
	if (line) {
		line += strlen(CLIENT_PROGRAM);
		line[strcspn(line, "\r\n")] = '\0';
	} else {
		line = strrchr(text, '\n');
		line = line ? line + 1 : text;
	}
	snprintf(ret, size, "%s", terminal_clean(line));
	return true;
}

int client_ssh_ended(struct client *client)
{
	char message[CLIENT_REASON_MAX - 16];
	int status, code;

	/* Its stdin and stdout end with it. */
	close(take_fd(&client->fd));
	if (waitpid(client->ssh, &status, 0) < 0)
		status = 0;
	client->ssh = 0;
	code = WIFEXITED(status) ? WEXITSTATUS(status) : CLIENT_SSH_FAILED;
	if (client_ssh_message(client, message, sizeof(message)))
		return client_fail(client, CLIENT_SSH, ECONNRESET, "%s", message);
	client->reported =
		client->ssh_stderr < 0 && (code == CTL_NO_DAEMON || code == CLIENT_SSH_FAILED);
	if (code == CLIENT_NOT_FOUND)
		return client_fail(client, CLIENT_SSH, ECONNRESET,
				   "that machine has no minerctl in the PATH of its shell");
	return client_fail(client, CLIENT_SSH, ECONNRESET, "ssh ended with status %d", code);
}

void client_ssh_close(struct client *client)
{
	if (client->ssh > 0) {
		kill(client->ssh, SIGTERM);
		/* Ctrl-Z stops the whole process group. */
		kill(client->ssh, SIGCONT);
		waitpid(client->ssh, NULL, 0);
	}
	client->ssh = 0;
	cleanup_close(&client->ssh_stderr);
	client->ssh_stderr = -1;
}
