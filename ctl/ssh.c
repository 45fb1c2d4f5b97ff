/* SPDX-License-Identifier: MIT */
#include "ctl/ssh.h"

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

#include "common/assert.h"
#include "common/cleanup.h"
#include "ctl/exit_status.h"
#include "ctl/terminal.h"

#define SSH_PROGRAM "minerctl: " /* what its messages begin with */

enum {
	SSH_PATH_MAX = sizeof(((struct sockaddr_un *)0)->sun_path), /* with the NUL */
	SSH_COMMAND_MAX = 4 * SSH_PATH_MAX + 32,
	SSH_FAILED = 255,    /* ssh(1): the connection itself */
	SSH_NOT_FOUND = 127, /* sh(1): no such program */
};

/*
 * The command for the shell on that machine. The path is in single quotes, with '\'' for each
 * single quote of its own. It is shorter than SSH_PATH_MAX.
 */
static void ssh_command(char ret[SSH_COMMAND_MAX], const char *socket_path)
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

/* In the child: becomes ssh with stdin and stdout at fd, and stderr at messages if that is not -1.
 */
static void ssh_become(int fd, int messages, const char *host, const char *command)
{
	sigset_t none;

	/* The caller may read its signals from a descriptor. */
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	if (dup2(fd, STDIN_FILENO) < 0 || dup2(fd, STDOUT_FILENO) < 0 ||
	    (messages >= 0 && dup2(messages, STDERR_FILENO) < 0))
		_exit(SSH_FAILED);
	if (messages >= 0)
		execlp("ssh", "ssh", "-T", "-o", "BatchMode=yes", "-o", "ConnectTimeout=5", "--",
		       host, command, (char *)NULL);
	else
		execlp("ssh", "ssh", "-T", "--", host, command, (char *)NULL);
	fprintf(stderr, "minerctl: cannot run ssh: %s\n", strerror(errno));
	_exit(SSH_FAILED);
}

int ssh_start(struct ssh *ssh, const char *host, const char *socket_path, bool unattended,
	      struct failure *failure)
{
	char command[SSH_COMMAND_MAX];
	int fds[2];

	assert(!ssh->pid && ssh->messages < 0);
	if (socket_path && strlen(socket_path) >= SSH_PATH_MAX)
		return failure_set(failure, ENAMETOOLONG,
				   "%s: the path of a socket must be at most %d bytes long",
				   socket_path, SSH_PATH_MAX - 1);
	ssh_command(command, socket_path);
	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds) < 0)
		return failure_set(failure, errno, "cannot create a socket: %s", strerror(errno));
	if (unattended)
		ssh->messages = memfd_create("ssh messages", MFD_CLOEXEC);
	ssh->pid = fork();
	if (ssh->pid == 0)
		ssh_become(fds[1], ssh->messages, host, command);
	close(fds[1]);
	if (ssh->pid < 0) {
		int error = errno;

		close(fds[0]);
		ssh->pid = 0;
		ssh_close(ssh);
		return failure_set(failure, error, "cannot start ssh: %s", strerror(error));
	}
	return fds[0];
}

/*
 * Of the messages that were kept: the error of minerctl on that machine, else the last line. false:
 * there is none.
 */
static bool ssh_message(const struct ssh *ssh, char *ret, size_t size)
{
	char text[FAILURE_REASON_MAX], *line;
	off_t end = ssh->messages < 0 ? 0 : lseek(ssh->messages, 0, SEEK_END);
	off_t start = end > (off_t)sizeof(text) - 1 ? end - (off_t)sizeof(text) + 1 : 0;
	ssize_t n = end > 0 ? pread(ssh->messages, text, sizeof(text) - 1, start) : 0;

	while (n > 0 && strchr("\r\n", text[n - 1]))
		n--;
	if (n <= 0)
		return false;
	text[n] = '\0';
	line = strstr(text, SSH_PROGRAM);
	if (line) {
		line += strlen(SSH_PROGRAM);
		line[strcspn(line, "\r\n")] = '\0';
	} else {
		line = strrchr(text, '\n');
		line = line ? line + 1 : text;
	}
	snprintf(ret, size, "%s", terminal_clean(line));
	return true;
}

int ssh_ended(struct ssh *ssh, struct failure *failure)
{
	char message[FAILURE_REASON_MAX - 16];
	int status, code, r;

	assert(ssh->pid > 0);
	if (waitpid(ssh->pid, &status, 0) < 0)
		status = 0;
	ssh->pid = 0;
	code = WIFEXITED(status) ? WEXITSTATUS(status) : SSH_FAILED;
	if (ssh_message(ssh, message, sizeof(message)))
		return failure_set(failure, ECONNRESET, "%s", message);
	if (code == SSH_NOT_FOUND)
		r = failure_set(failure, ECONNRESET,
				"minerctl is not in the PATH of the shell on that machine");
	else
		r = failure_set(failure, ECONNRESET, "ssh ended with status %d", code);
	failure->reported = ssh->messages < 0 && (code == CTL_NO_DAEMON || code == SSH_FAILED);
	return r;
}

void ssh_close(struct ssh *ssh)
{
	if (ssh->pid > 0) {
		kill(ssh->pid, SIGTERM);
		/* Ctrl-Z stops the whole process group. */
		kill(ssh->pid, SIGCONT);
		waitpid(ssh->pid, NULL, 0);
	}
	ssh->pid = 0;
	cleanup_close(&ssh->messages);
	ssh->messages = -1;
}
