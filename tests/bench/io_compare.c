/* SPDX-License-Identifier: MIT */
/*
 * One Stratum conversation (mining.notify in, mining.submit out, the reply in) through minerd's io,
 * through the two usual kinds of client, and through what else io_uring offers. io_compare.py runs
 * it and makes the table.
 *
 *	io_compare serve ROUNDS [ADDRESS]	the pool: prints its port, then the figures
 *	io_compare KIND PORT [ADDRESS]		the client: prints its figures at the end
 *	io_compare work				burns what the client leaves of its core
 *
 * All clients split lines and write the answer by the same functions and do nothing else, so what
 * differs is how bytes come and go. Copies within the program are counted by the linker's --wrap of
 * memcpy(3) and memmove(3): those of more than no bytes whose size is not a constant.
 */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "common/line.h"
#include "io/stream.h"
#include "io_compare.h"

/* NOLINTBEGIN(bugprone-reserved-identifier,cert-dcl*): the names are the linker's. */
void *__real_memcpy(void *to, const void *from, size_t n);
void *__real_memmove(void *to, const void *from, size_t n);
void *__wrap_memcpy(void *to, const void *from, size_t n);
void *__wrap_memmove(void *to, const void *from, size_t n);

/* The linker gives the wrappers nothing to carry them in. */
static struct {
	unsigned long calls, bytes;
} copies;

static unsigned long replies;

void *__wrap_memcpy(void *to, const void *from, size_t n)
{
	copies.calls += n > 0;
	copies.bytes += n;
	return __real_memcpy(to, from, n);
}

void *__wrap_memmove(void *to, const void *from, size_t n)
{
	copies.calls += n > 0;
	copies.bytes += n;
	return __real_memmove(to, from, n);
}
/* NOLINTEND(bugprone-reserved-identifier,cert-dcl*) */

_Noreturn void io_fail(const char *what)
{
	perror(what);
	exit(1);
}

size_t io_answer(char ret[ANSWER_MAX], const char *line)
{
	static const char method[] = "\"mining.notify\",\"params\":[\"";
	const char *id = strstr(line, method);

	if (!id) {
		replies += strncmp(line, "{\"id\":3,", 8) == 0;
		return 0;
	}
	id += sizeof(method) - 1;
	return (size_t)snprintf(ret, ANSWER_MAX,
				"{\"id\":3,\"method\":\"mining.submit\",\"params\":[\"miner.test\","
				"\"%.*s\",\"0000000000000000\",\"655f0000\",\"01234567\","
				"\"00c00000\"]}\n",
				JOB_ID_DIGITS, id);
}

/* minerd's way. */

struct ring_client {
	struct ring ring;
	struct stream stream;
};

static void ring_client_message(struct stream *stream, char *line, size_t n)
{
	char *room = stream_reserve(stream, ANSWER_MAX);
	size_t size = room ? io_answer(room, line) : 0;

	if (!room || (size && !stream_commit(stream, size)))
		io_fail("stream_reserve");
}

static void ring_client_lost(struct stream *stream, const char *reason)
{
}

static void ring_client_closed(struct stream *stream)
{
	ring_stop(stream->ring);
}

static void run_minerd(int fd)
{
	static const struct stream_handler handler = {
		.message = ring_client_message,
		.lost = ring_client_lost,
		.closed = ring_client_closed,
	};
	struct ring_client client;
	int r = ring_init(&client.ring);

	if (r < 0) {
		fprintf(stderr, "io_compare: %s\n", ring_refusal(r));
		exit(1);
	}
	stream_init(&client.stream, &client.ring, &handler, '\n');
	stream_adopt(&client.stream, fd);
	while (!client.ring.stopped)
		if (ring_iterate(&client.ring) < 0)
			io_fail("io_uring");
	stream_deinit(&client.stream);
	ring_deinit(&client.ring);
}

/* The usual ways. */

/* One recv() and the answers to what it brought; false: the end. */
static bool receive(int fd, struct line_buffer *in)
{
	char text[ANSWER_MAX], *space, *line;
	size_t size;
	ssize_t n;

	if (line_space(in, &space, &size) < 0)
		return false;
	n = recv(fd, space, size, 0);
	if (n <= 0)
		return false;
	line_received(in, (size_t)n);
	while (line_next(in, &line, &size)) {
		size = io_answer(text, line);
		if (size && send(fd, text, size, MSG_NOSIGNAL) < 0)
			return false;
	}
	return true;
}

static void run_blocking(int fd)
{
	struct line_buffer in = LINE_BUFFER_NULL('\n');

	while (receive(fd, &in))
		;
	close(fd);
	line_deinit(&in);
}

static void run_epoll(int fd)
{
	struct line_buffer in = LINE_BUFFER_NULL('\n');
	struct epoll_event event = {.events = EPOLLIN};
	int epoll_fd = epoll_create1(EPOLL_CLOEXEC);

	if (epoll_fd < 0 || epoll_ctl(epoll_fd, EPOLL_CTL_ADD, fd, &event) < 0)
		io_fail("epoll");
	while (epoll_wait(epoll_fd, &event, 1, -1) == 1 && receive(fd, &in))
		;
	close(epoll_fd);
	close(fd);
	line_deinit(&in);
}

/* Of all threads, in the kernel too. */
static unsigned long cpu_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
	return (unsigned long)now.tv_sec * 1000000000 + (unsigned long)now.tv_nsec;
}

static void run_client(const char *kind, const char *port, const char *host)
{
	struct sockaddr_in address = {.sin_family = AF_INET,
				      .sin_addr.s_addr = inet_addr(host),
				      .sin_port = htons((uint16_t)strtoul(port, NULL, 10))};
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	const int on = 1;
	unsigned long begin;

	if (fd < 0 || connect(fd, (struct sockaddr *)&address, sizeof(address)) < 0)
		io_fail("connect");
	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
	copies.calls = copies.bytes = 0;
	begin = cpu_ns();
	if (strcmp(kind, "minerd") == 0)
		run_minerd(fd);
	else if (strcmp(kind, "epoll") == 0)
		run_epoll(fd);
	else if (strcmp(kind, "blocking") == 0)
		run_blocking(fd);
	else
		io_fail(kind);
	printf("{\"replies\":%lu,\"copies\":%lu,\"copied_bytes\":%lu,\"cpu_ns\":%lu}\n", replies,
	       copies.calls, copies.bytes, cpu_ns() - begin);
}

/* Each end on a core of its own, if there are two. */
static void pin(int cpu)
{
	cpu_set_t set;

	CPU_ZERO(&set);
	CPU_SET(cpu, &set);
	sched_setaffinity(0, sizeof(set), &set);
}

/* In the place of a worker: the client's core hashes at idle priority, as under minerd. */
_Noreturn static void work(void)
{
	const struct sched_param param = {};

	pin(0);
	if (sched_setscheduler(0, SCHED_IDLE, &param) < 0)
		io_fail("SCHED_IDLE");
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	for (;;)
		__asm__ volatile("");
}

int main(int argc, char **argv)
{
	const char *host = argc > 3 ? argv[3] : "127.0.0.1";

	if (argc == 2 && strcmp(argv[1], "work") == 0) {
		work();
	} else if (argc < 3) {
		fprintf(stderr,
			"usage: io_compare serve ROUNDS [ADDRESS] | KIND PORT [ADDRESS] | work\n");
		return 1;
	} else if (strcmp(argv[1], "serve") == 0) {
		pin(1);
		io_pool(strtoul(argv[2], NULL, 10), host);
	} else {
		pin(0);
		run_client(argv[1], argv[2], host);
	}
	return 0;
}
