/* SPDX-License-Identifier: MIT */
/* All output of an iteration goes out before the next wait. */
#include "loop.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include "common/clock.h"
#include "common/container.h"
#include "connection.h"

enum {
	LOOP_FDS_FIXED = 3, /* listener, signals, commands */
};

static int loop_listen(struct loop *loop)
{
	const struct options *options = &loop->pool.options;
	struct sockaddr_in6 address = {.sin6_family = AF_INET6,
				       .sin6_port = htons((uint16_t)options->port)};
	struct sockaddr_in *address4 = (struct sockaddr_in *)&address; /* its port is the same */
	socklen_t size = sizeof(address);
	struct json_object *event;
	int on = 1;

	if (inet_pton(AF_INET6, options->host, &address.sin6_addr) != 1) {
		address.sin6_family = AF_INET;
		if (inet_pton(AF_INET, options->host, &address4->sin_addr) != 1)
			return -EINVAL;
	}
	loop->listen_fd =
		socket(address.sin6_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (loop->listen_fd < 0)
		return -errno;
	setsockopt(loop->listen_fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
	if (bind(loop->listen_fd, (struct sockaddr *)&address, size) < 0 ||
	    listen(loop->listen_fd, TESTPOOL_CONNECTIONS_MAX) < 0 ||
	    getsockname(loop->listen_fd, (struct sockaddr *)&address, &size) < 0)
		return -errno;
	event = event_begin(&loop->pool.events, "listen");
	event_text(event, "host", options->host);
	event_int(event, "port", ntohs(address.sin6_port));
	event_end(&loop->pool.events, event);
	return 0;
}

static int loop_signals(struct loop *loop)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGINT);
	sigprocmask(SIG_BLOCK, &set, NULL);
	loop->signal_fd = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
	return loop->signal_fd < 0 ? -errno : 0;
}

int loop_init(struct loop *loop, const struct options *options)
{
	int r;

	*loop = (struct loop){
		.listen_fd = -1,
		.signal_fd = -1,
		.stdin_fd = STDIN_FILENO,
		.commands = LINE_BUFFER_NULL('\n'),
	};
	r = testpool_init(&loop->pool, options);
	if (r >= 0)
		r = loop_signals(loop);
	return r < 0 ? r : loop_listen(loop);
}

void loop_deinit(struct loop *loop)
{
	testpool_deinit(&loop->pool);
	if (loop->listen_fd >= 0)
		close(loop->listen_fd);
	if (loop->signal_fd >= 0)
		close(loop->signal_fd);
	line_deinit(&loop->commands);
	loop->listen_fd = loop->signal_fd = -1;
}

static void loop_accept(struct loop *loop)
{
	struct sockaddr_in peer = {};
	socklen_t size = sizeof(peer);
	char address[INET_ADDRSTRLEN] = "?", text[32];
	int on = 1, fd;

	fd = accept4(loop->listen_fd, (struct sockaddr *)&peer, &size,
		     SOCK_CLOEXEC | SOCK_NONBLOCK);
	if (fd < 0)
		return;
	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
	inet_ntop(AF_INET, &peer.sin_addr, address, sizeof(address));
	snprintf(text, sizeof(text), "%s:%u", address, ntohs(peer.sin_port));
	if (!testpool_accept(&loop->pool, fd, text))
		close(fd);
}

static void loop_commands(struct loop *loop)
{
	struct testpool *pool = &loop->pool;
	char *space, *line;
	size_t room, n;
	ssize_t got = -1;

	if (line_space(&loop->commands, &space, &room) == 0)
		got = read(loop->stdin_fd, space, room);
	if (got <= 0) {
		loop->stdin_fd = -1;
		pool->stopped = pool->stopped || pool->options.exit_on_eof;
		return;
	}
	line_received(&loop->commands, (size_t)got);
	while (line_next(&loop->commands, &line, &n))
		script_command(pool, line, n);
}

/* ms, rounded up; -1: for ever. */
static int loop_timeout(const struct loop *loop)
{
	uint64_t now = clock_now(), next = testpool_deadline(&loop->pool);

	if (next == UINT64_MAX)
		return -1;
	return next <= now ? 0
			   : (int)MIN((next - now + CLOCK_MS - 1) / CLOCK_MS, UINT64_C(3600000));
}

static int loop_iterate(struct loop *loop)
{
	struct pollfd fds[LOOP_FDS_FIXED + TESTPOOL_CONNECTIONS_MAX + 1] = {
		{.fd = loop->listen_fd, .events = POLLIN},
		{.fd = loop->signal_fd, .events = POLLIN},
		{.fd = loop->stdin_fd, .events = POLLIN},
	};
	nfds_t n = LOOP_FDS_FIXED;
	struct connection *c;

	for (c = loop->pool.connections; c; c = c->next)
		fds[n++] = (struct pollfd){
			.fd = c->fd,
			.events = (short)(POLLIN | (connection_wants_write(c) ? POLLOUT : 0))};
	if (poll(fds, n, loop_timeout(loop)) < 0 && errno != EINTR)
		return -errno;
	n = LOOP_FDS_FIXED;
	for (c = loop->pool.connections; c; c = c->next) {
		if (fds[n++].revents & (POLLIN | POLLHUP | POLLERR))
			connection_receive(c);
	}
	if (fds[2].revents)
		loop_commands(loop);
	if (fds[1].revents)
		loop->pool.stopped = true;
	if (fds[0].revents)
		loop_accept(loop);
	testpool_work(&loop->pool);
	fflush(stdout);
	return 0;
}

int loop_run(struct loop *loop)
{
	int r = 0;

	fflush(stdout);
	while (!loop->pool.stopped && r == 0)
		r = loop_iterate(loop);
	testpool_report(&loop->pool, "summary");
	fflush(stdout);
	return r;
}
