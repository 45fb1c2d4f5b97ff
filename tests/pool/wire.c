/* SPDX-License-Identifier: MIT */
#include "wire.h"

#include <errno.h>
#include <sys/socket.h>
#include <unistd.h>

static ssize_t wire_result(ssize_t n)
{
	if (n >= 0)
		return n;
	return errno == EINTR ? -EAGAIN : -errno;
}

ssize_t wire_read(int fd, void *space, size_t n)
{
	return wire_result(recv(fd, space, n, MSG_DONTWAIT));
}

ssize_t wire_write(int fd, const void *bytes, size_t n, bool more)
{
	return wire_result(send(fd, bytes, n, MSG_NOSIGNAL | MSG_DONTWAIT | (more ? MSG_MORE : 0)));
}

void wire_close(int fd)
{
	close(fd);
}
