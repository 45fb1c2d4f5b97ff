/* SPDX-License-Identifier: MIT */
/* The pool's end of io_compare: it sends, waits, checks each answer and takes the time. */
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "common/clock.h"
#include "io_compare.h"

enum {
	GAP_US = 300, /* before a reply and before a notify, so that each comes by itself */
	BRANCHES = 12,
	COINBASE = 250, /* bytes */
};

/* Awake, so that what is measured is how the client wakes up and not the pool. */
static void gap(void)
{
	uint64_t end = clock_now() + GAP_US * CLOCK_US;

	while (clock_now() < end)
		;
}

/* A notify of the usual size; its digits are all alike but for the job's id, nobody hashes them. */
static size_t make_notify(char *ret, unsigned long round)
{
	char *p = ret;

	p += sprintf(p,
		     "{\"id\":null,\"method\":\"mining.notify\",\"params\":[\"%0*lx\",\"%064d\","
		     "\"%0*d\",\"%0*d\",[",
		     JOB_ID_DIGITS, round, 0, COINBASE, 0, COINBASE, 0);
	for (int i = 0; i < BRANCHES; i++)
		p += sprintf(p, "%s\"%064d\"", i ? "," : "", 0);
	p += sprintf(p, "],\"20000000\",\"17034219\",\"655f0000\",true]}\n");
	return (size_t)(p - ret);
}

/* Waits for the answer, of which there is one on its way at most, and checks its job. */
static uint64_t receive_answer(int fd, unsigned long round)
{
	char text[2 * ANSWER_MAX], job[2 * sizeof(round) + 3];
	size_t used = 0;
	uint64_t now;

	do {
		ssize_t n = recv(fd, text + used, sizeof(text) - 1 - used, MSG_DONTWAIT);

		if (n < 0 && errno == EAGAIN)
			continue;
		if (n <= 0)
			io_fail("recv");
		used += (size_t)n;
	} while (!used || text[used - 1] != '\n');
	now = clock_now();
	text[used] = '\0';
	sprintf(job, "\"%0*lx\"", JOB_ID_DIGITS, round);
	if (!strstr(text, job) || memchr(text, '\n', used - 1)) {
		fprintf(stderr, "io_compare: a wrong answer to job %s: %s", job, text);
		exit(1);
	}
	return now;
}

void io_pool(unsigned long rounds, const char *host)
{
	static const char reply[] = "{\"id\":3,\"result\":true,\"error\":null}\n";
	struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = inet_addr(host)};
	socklen_t size = sizeof(address);
	int listen_fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), fd;
	const int on = 1;
	char notify[4096];

	if (listen_fd < 0 || bind(listen_fd, (struct sockaddr *)&address, sizeof(address)) < 0 ||
	    listen(listen_fd, 1) < 0 ||
	    getsockname(listen_fd, (struct sockaddr *)&address, &size) < 0)
		io_fail("listen");
	printf("{\"port\":%u}\n", ntohs(address.sin_port));
	fflush(stdout);
	fd = accept4(listen_fd, NULL, NULL, SOCK_CLOEXEC);
	if (fd < 0)
		io_fail("accept");
	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
	printf("{\"samples_ns\":[");
	for (unsigned long i = 0; i < rounds; i++) {
		size_t notify_size = make_notify(notify, i);
		uint64_t begin, end;

		gap();
		begin = clock_now();
		if (send(fd, notify, notify_size, MSG_NOSIGNAL) < 0)
			io_fail("send");
		end = receive_answer(fd, i);
		gap();
		if (send(fd, reply, sizeof(reply) - 1, MSG_NOSIGNAL) < 0)
			io_fail("send");
		printf("%s%lu", i ? "," : "", (unsigned long)(end - begin));
	}
	printf("]}\n");
	close(fd);
	close(listen_fd);
}
