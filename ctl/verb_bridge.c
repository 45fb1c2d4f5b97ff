/* SPDX-License-Identifier: MIT */
/*
 * The other end of `minerctl -H`: copies stdin to the daemon's socket and the socket to stdout,
 * until either ends. It also notices a daemon that hangs: the other end cannot tell that from a
 * slow network.
 */
#include <errno.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "common/clock.h"
#include "common/container.h"
#include "ctl/ctl.h"
#include "ctl/verb.h"

/* Copies what can be read now; false at the end of from, or when to is closed. */
static bool bridge_copy(int from, int to)
{
	char buffer[16 * 1024];
	ssize_t n = read(from, buffer, sizeof(buffer));

	if (n < 0 && errno == EINTR)
		return true;
	if (n <= 0)
		return false;
	for (ssize_t done = 0; done < n;) {
		ssize_t r = write(to, buffer + done, (size_t)(n - done));

		if (r < 0 && errno == EINTR)
			continue;
		if (r < 0)
			return false;
		done += r;
	}
	return true;
}

/* Milliseconds until the daemon must have replied; due 0: -1, forever. */
static int bridge_wait(uint64_t due)
{
	uint64_t now = clock_now();

	if (!due)
		return -1;
	return now < due ? (int)((due - now) / CLOCK_MS) + 1 : 0;
}

int verb_bridge(struct ctl *ctl, const char *argument)
{
	int fd = ctl->client.fd;
	struct pollfd ends[] = {
		{.fd = STDIN_FILENO, .events = POLLIN},
		{.fd = fd, .events = POLLIN},
	};
	uint64_t due = 0; /* of the reply to what was copied last; 0: there was one */
	int n;

	while ((n = poll(ends, ARRAY_SIZE(ends), bridge_wait(due))) >= 0 || errno == EINTR) {
		if (n < 0)
			continue;
		if (n == 0) {
			client_silent(&ctl->client);
			return ctl_unreachable(ctl);
		}
		/* The daemon first: its last words are passed on before the end. */
		if (ends[1].revents && !bridge_copy(fd, STDOUT_FILENO))
			break;
		if (ends[1].revents)
			due = 0;
		if (!ends[0].revents)
			continue;
		due = clock_now() + CLIENT_TIMEOUT_MS * CLOCK_MS;
		if (!bridge_copy(STDIN_FILENO, fd)) {
			shutdown(fd, SHUT_WR);
			ends[0].fd = -1;
			ends[0].revents = 0;
		}
	}
	return CTL_OK;
}
