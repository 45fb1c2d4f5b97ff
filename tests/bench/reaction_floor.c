/* SPDX-License-Identifier: MIT */
/*
 * The floor under every miner's reaction: a client that answers each mining.notify at once, with a
 * share that it did not look for, from a blocking recv() and with one send(). Beside it so many
 * threads as a miner has workers spin at idle priority, each pinned to a CPU.
 *
 *	reaction_floor PORT [CPU ..]
 *
 * It ends when the pool closes. The shares are worth nothing: only reaction_pool --trust accepts
 * them.
 */
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "common/line.h"

static const char handshake[] =
	"{\"id\":1,\"method\":\"mining.subscribe\",\"params\":[\"floor\"]}\n"
	"{\"id\":2,\"method\":\"mining.authorize\",\"params\":[\"floor\",\"x\"]}\n";

/* Arithmetic without end, as a hashing thread's is. */
static void *floor_spin(void *argument)
{
	volatile uint64_t sink;

	for (uint64_t x = 1;; x = x * 6364136223846793005U + 1442695040888963407U)
		if ((x & 0xffffff) == 0)
			sink = x;
	(void)sink;
	return NULL;
}

static int floor_start_spinner(unsigned cpu)
{
	const struct sched_param no_priority = {};
	pthread_t thread;
	cpu_set_t cpus;

	CPU_ZERO(&cpus);
	CPU_SET(cpu, &cpus);
	if (pthread_create(&thread, NULL, floor_spin, NULL) != 0)
		return -1;
	return pthread_setaffinity_np(thread, sizeof(cpus), &cpus) ||
	       pthread_setschedparam(thread, SCHED_IDLE, &no_priority);
}

/* The answer to a notify, with its job's id as it came. false: the line is none. */
static bool floor_answer(char *ret, size_t size, size_t *ret_size, const char *line)
{
	static const char method[] = "\"mining.notify\",\"params\":[\"";
	const char *id = strstr(line, method), *end;
	int n;

	if (!id)
		return false;
	id += sizeof(method) - 1;
	end = strchr(id, '"');
	if (!end)
		return false;
	n = snprintf(ret, size,
		     "{\"id\":3,\"method\":\"mining.submit\",\"params\":[\"floor\",\"%.*s\","
		     "\"0000000000000000\",\"00000000\",\"00000000\",\"00000000\"]}\n",
		     (int)(end - id), id);
	*ret_size = (size_t)n;
	return n > 0 && *ret_size < size;
}

static int floor_connect(const char *port)
{
	struct sockaddr_in address = {.sin_family = AF_INET,
				      .sin_addr.s_addr = htonl(INADDR_LOOPBACK),
				      .sin_port = htons((uint16_t)strtoul(port, NULL, 10))};
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	const int on = 1;

	if (fd < 0 || connect(fd, (struct sockaddr *)&address, sizeof(address)) < 0)
		return -1;
	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
	return send(fd, handshake, sizeof(handshake) - 1, MSG_NOSIGNAL) > 0 ? fd : -1;
}

int main(int argc, char **argv)
{
	struct line_buffer in = LINE_BUFFER_NULL('\n');
	char answer[256], *space, *line;
	size_t size, n;
	ssize_t received;
	int fd;

	if (argc < 2) {
		fprintf(stderr, "usage: reaction_floor PORT [CPU ..]\n");
		return 1;
	}
	for (int i = 2; i < argc; i++) {
		if (floor_start_spinner((unsigned)strtoul(argv[i], NULL, 10))) {
			fprintf(stderr, "reaction_floor: no thread on CPU %s\n", argv[i]);
			return 1;
		}
	}
	fd = floor_connect(argv[1]);
	if (fd < 0) {
		perror("reaction_floor");
		return 1;
	}
	while (line_space(&in, &space, &size) == 0 && (received = recv(fd, space, size, 0)) > 0) {
		line_received(&in, (size_t)received);
		while (line_next(&in, &line, &size))
			if (floor_answer(answer, sizeof(answer), &n, line) &&
			    send(fd, answer, n, MSG_NOSIGNAL) < 0)
				break;
	}
	line_deinit(&in);
	return 0;
}
