/* SPDX-License-Identifier: MIT */
#include "io/socket.h"

#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <unistd.h>

#include "common/assert.h"
#include "common/container.h"

int socket_open(int family)
{
	int fd = socket(family, SOCK_STREAM | SOCK_CLOEXEC, 0);

	return fd < 0 ? -errno : fd;
}

static void socket_set(int fd, int level, int option, unsigned value)
{
	const int number = (int)value;

	/* A connection without an option is better than none. */
	(void)setsockopt(fd, level, option, &number, sizeof(number));
}

/* With a TCP_USER_TIMEOUT (RFC 5482) that one ends the keepalive probes as well. */
void socket_tune(int fd, const struct socket_limits *limits)
{
	socket_set(fd, IPPROTO_TCP, TCP_NODELAY, 1);
	if (limits->keepalive) {
		socket_set(fd, IPPROTO_TCP, TCP_KEEPIDLE, limits->keepalive);
		socket_set(fd, IPPROTO_TCP, TCP_KEEPINTVL,
			   MAX(limits->keepalive / SOCKET_PROBES, 1U));
		socket_set(fd, IPPROTO_TCP, TCP_KEEPCNT, SOCKET_PROBES);
		socket_set(fd, SOL_SOCKET, SO_KEEPALIVE, 1);
	}
	if (limits->tcp_timeout)
		socket_set(fd, IPPROTO_TCP, TCP_USER_TIMEOUT, limits->tcp_timeout * 1000);
}

int socket_accept(int fd)
{
	int client = accept4(fd, NULL, NULL, SOCK_CLOEXEC);

	return client < 0 ? -errno : client;
}

bool socket_peer(int fd, struct sockaddr_storage *ret)
{
	socklen_t size = sizeof(*ret);

	return getpeername(fd, (struct sockaddr *)ret, &size) == 0;
}

ssize_t socket_send(int fd, const void *bytes, size_t n)
{
	ssize_t sent = send(fd, bytes, n, MSG_DONTWAIT | MSG_NOSIGNAL);

	return sent < 0 ? -errno : sent;
}

bool socket_ended(int fd)
{
	char byte;

	return recv(fd, &byte, 1, MSG_PEEK | MSG_DONTWAIT) == 0;
}

int socket_duplicate(int fd)
{
	int copy = fcntl(fd, F_DUPFD_CLOEXEC, 0);

	return copy < 0 ? -errno : copy;
}

void socket_close(int fd)
{
	assert(fd >= 0);
	close(fd);
}
