/* SPDX-License-Identifier: MIT */
/*
 * A pool that measures one thing: the time from send(mining.notify) to the first valid share of
 * that job. One thread, one miner at a time; reaction.py starts it, for minerd and for the floor.
 *
 *	reaction_pool [--trust] [--cold] [--interval MIN MAX]
 *
 * Commands come on stdin, answers go to stdout, each a line:
 *
 *	measure N	N jobs that one hash in 64 meets, each after one that nobody meets,
 *			so that all cores hash when the measured job comes:
 *			{"samples_ns": [..], "invalid": n, "late": n, "unanswered": n}
 *	quiet N		N jobs that nobody meets: for the miner's own latency trace
 *
 * --trust takes a share of the right job as valid without hashing: for the floor, which has none.
 * --cold makes the caches of all CPUs cold before each measured or quiet job (evict.h), and lets
 * the miner hash for ANNOUNCE_MS more, so that its loops are warm again, as they always are.
 *
 * MIN and MAX are the milliseconds between two jobs, 20 and 60 unless given. A share counts as late
 * when it came after the job that replaced its own was sent: most of these were on their way.
 */
#include <errno.h>
#include <json-c/json.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "common/clock.h"
#include "common/line.h"
#include "evict.h"
#include "tests/pool/verify.h"

enum {
	BRANCHES = 12,
	COINBASE = 250,	   /* bytes */
	EXTRANONCE1 = 4,   /* bytes */
	EXTRANONCE2 = 8,   /* bytes */
	MASK = 0x1fffe000, /* BIP 320 */
	ANSWER_MS = 1000,  /* a share that is not there by then never comes */
	ANNOUNCE_MS = 10,  /* from the new difficulty to the job that it is for */
};

/* 2^32 / difficulty * 65536 / 65535 hashes a share. */
static const double difficulty_easy = 64.0 / 4294967296.0 * 65535 / 65536;
static const double difficulty_hard = 1e9;

struct bench {
	int listen_fd, fd; /* fd: -1 without a miner */
	bool trust;
	bool cold;
	bool ready; /* the miner is authorized */
	bool rolling;
	uint64_t min_ms, max_ms;
	struct line_buffer in;
	uint64_t received_ns, sent_ns;
	uint64_t sequence;
	struct work *work;  /* what was sent last */
	struct terms terms; /* its target is that of `work` */
	bool waiting;	    /* for the first share of `work` */
	uint64_t sample_ns;
	unsigned invalid, late, unanswered;
	char *replies; /* to what one recv() brought */
	size_t replies_size, replies_room;
};

static bool bench_send(struct bench *bench, const char *data, size_t n)
{
	while (n) {
		ssize_t sent = send(bench->fd, data, n, MSG_NOSIGNAL);

		if (sent < 0)
			return false;
		data += sent;
		n -= (size_t)sent;
	}
	return true;
}

static void bench_reply(struct bench *bench, struct json_object *id, const char *result)
{
	const char *text = json_object_to_json_string_ext(id, JSON_C_TO_STRING_PLAIN);
	size_t room = bench->replies_size + strlen(text) + strlen(result) + 64;

	if (room > bench->replies_room) {
		bench->replies_room = 2 * room;
		bench->replies = realloc(bench->replies, bench->replies_room);
		if (!bench->replies)
			abort();
	}
	bench->replies_size +=
		(size_t)sprintf(bench->replies + bench->replies_size,
				"{\"id\":%s,\"result\":%s,\"error\":null}\n", text, result);
}

static bool bench_set_difficulty(struct bench *bench, double difficulty)
{
	char line[128];
	int n = snprintf(line, sizeof(line),
			 "{\"id\":null,\"method\":\"mining.set_difficulty\",\"params\":[%.17g]}\n",
			 difficulty);

	bench->terms.difficulty = difficulty;
	number_from_difficulty(&bench->terms.target, difficulty);
	return bench_send(bench, line, (size_t)n);
}

/* Sends a job that makes all older ones stale; all but send() is done before the timestamp. */
static bool bench_notify(struct bench *bench)
{
	static const char head[] = "{\"id\":null,\"method\":\"mining.notify\",\"params\":";
	static const char tail[] = "true]}\n";
	const struct work_recipe recipe = {
		.version = 0x20000000,
		.nbits = 0x17034219,
		.height = 900000,
		.branches = BRANCHES,
		.coinbase_size = COINBASE,
		.coinbase_lead = 20,
		.extranonce_size = EXTRANONCE1 + EXTRANONCE2,
	};
	uint8_t prevhash[32];
	char *line, *end;
	bool sent;

	work_unref(bench->work);
	work_random_prevhash(prevhash);
	bench->work = work_new(&recipe, prevhash, ++bench->sequence);
	if (!bench->work)
		abort();
	line = malloc(sizeof(head) + bench->work->params_size + sizeof(tail));
	if (!line)
		abort();
	end = mempcpy(line, head, sizeof(head) - 1);
	end = mempcpy(end, bench->work->params, bench->work->params_size);
	end = mempcpy(end, tail, sizeof(tail) - 1);
	bench->sent_ns = clock_now();
	sent = bench_send(bench, line, (size_t)(end - line));
	free(line);
	return sent;
}

static const char *bench_text(struct json_object *params, size_t i)
{
	return i < json_object_array_length(params)
		       ? json_object_get_string(json_object_array_get_idx(params, i))
		       : NULL;
}

static bool bench_valid(struct bench *bench, struct json_object *params)
{
	const struct submission submission = {
		.user = bench_text(params, 0),
		.job = bench_text(params, 1),
		.extranonce2 = bench_text(params, 2),
		.ntime = bench_text(params, 3),
		.nonce = bench_text(params, 4),
		.version_bits = bench_text(params, 5),
	};
	struct verified verified;

	if (bench->trust)
		return true;
	if (!submission.nonce)
		return false;
	return verify_share(bench->work, &bench->terms, bench->rolling ? MASK : 0, &submission,
			    &verified) == VERDICT_ACCEPTED;
}

static void bench_on_submit(struct bench *bench, struct json_object *params)
{
	const char *job = bench_text(params, 1);

	if (!job || strcmp(job, bench->work->id) != 0) {
		bench->late++;
	} else if (bench->waiting) {
		bench->sample_ns = bench->received_ns - bench->sent_ns;
		if (bench_valid(bench, params))
			bench->waiting = false;
		else
			bench->invalid++;
	}
}

static void bench_on_line(struct bench *bench, const char *line)
{
	struct json_object *root = json_tokener_parse(line), *id = NULL, *value, *params;
	const char *method = "", *result = "true";
	char text[128];

	if (json_object_object_get_ex(root, "method", &value))
		method = json_object_get_string(value);
	json_object_object_get_ex(root, "id", &id);
	if (strcmp(method, "mining.submit") == 0 &&
	    json_object_object_get_ex(root, "params", &params)) {
		bench_on_submit(bench, params);
	} else if (strcmp(method, "mining.configure") == 0) {
		bench->rolling = true;
		result = "{\"version-rolling\":true,\"version-rolling.mask\":\"1fffe000\"}";
	} else if (strcmp(method, "mining.subscribe") == 0) {
		snprintf(text, sizeof(text), "[[[\"mining.notify\",\"1\"]],\"01020304\",%d]",
			 EXTRANONCE2);
		result = text;
	} else if (strcmp(method, "mining.authorize") == 0) {
		bench->ready = true;
	}
	bench_reply(bench, id, result);
	json_object_put(root);
}

/* What one recv() brings, and the replies to it. false: there is no miner any more. */
static bool bench_receive(struct bench *bench)
{
	bool was_ready = bench->ready, sent;
	char *space, *line;
	size_t size;
	ssize_t n;

	if (line_space(&bench->in, &space, &size) < 0)
		return false;
	n = recv(bench->fd, space, size, 0);
	bench->received_ns = clock_now();
	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return true;
	if (n <= 0)
		return false;
	line_received(&bench->in, (size_t)n);
	while (line_next(&bench->in, &line, &size))
		bench_on_line(bench, line);
	sent = bench_send(bench, bench->replies, bench->replies_size);
	bench->replies_size = 0;
	if (sent && bench->ready && !was_ready)
		sent = bench_set_difficulty(bench, difficulty_hard) && bench_notify(bench);
	return sent;
}

/* Answers the miner for so long. */
static bool bench_pass(struct bench *bench, uint64_t ns)
{
	uint64_t now = clock_now(), end = now + ns;

	for (; now < end; now = clock_now()) {
		struct pollfd poll = {.fd = bench->fd, .events = POLLIN};
		const struct timespec left = {.tv_sec = (time_t)((end - now) / CLOCK_S),
					      .tv_nsec = (long)((end - now) % CLOCK_S)};

		if (ppoll(&poll, 1, &left, NULL) > 0 && !bench_receive(bench))
			return false;
	}
	return true;
}

static uint64_t bench_interval(const struct bench *bench)
{
	return bench->min_ms * CLOCK_MS +
	       (uint64_t)random() % ((bench->max_ms - bench->min_ms) * CLOCK_MS + 1);
}

/* What comes before a job that counts. */
static bool bench_settle(struct bench *bench)
{
	if (bench->cold && !evict_all())
		return false;
	return bench_pass(bench, ANNOUNCE_MS * CLOCK_MS);
}

/* One measured job and the quiet one after it. */
static bool bench_once(struct bench *bench)
{
	uint64_t deadline;

	bench->waiting = true;
	if (!bench_notify(bench))
		return false;
	deadline = bench->sent_ns + ANSWER_MS * CLOCK_MS;
	while (bench->waiting && clock_now() < deadline)
		if (!bench_receive(bench))
			return false;
	return bench_set_difficulty(bench, difficulty_hard) && bench_notify(bench);
}

static bool bench_measure(struct bench *bench, unsigned long n)
{
	bench->invalid = bench->late = bench->unanswered = 0;
	printf("{\"samples_ns\":[");
	for (unsigned long i = 0, found = 0; i < n; i++) {
		if (!bench_pass(bench, bench_interval(bench) - ANNOUNCE_MS * CLOCK_MS) ||
		    !bench_set_difficulty(bench, difficulty_easy) || !bench_settle(bench) ||
		    !bench_once(bench))
			return false;
		if (bench->waiting)
			bench->unanswered++;
		else
			printf("%s%lu", found++ ? "," : "", (unsigned long)bench->sample_ns);
		bench->waiting = false;
	}
	if (!bench_pass(bench, ANNOUNCE_MS * CLOCK_MS))
		return false;
	printf("],\"invalid\":%u,\"late\":%u,\"unanswered\":%u}\n", bench->invalid, bench->late,
	       bench->unanswered);
	return true;
}

static bool bench_quiet(struct bench *bench, unsigned long n)
{
	for (unsigned long i = 0; i < n; i++)
		if (!bench_pass(bench, bench_interval(bench) - ANNOUNCE_MS * CLOCK_MS) ||
		    !bench_settle(bench) || !bench_notify(bench))
			return false;
	printf("{}\n");
	return bench_pass(bench, ANNOUNCE_MS * CLOCK_MS);
}

static void bench_drop(struct bench *bench)
{
	close(bench->fd);
	bench->fd = -1;
	bench->ready = bench->rolling = false;
	line_deinit(&bench->in);
}

static void bench_accept(struct bench *bench)
{
	const struct timeval timeout = {.tv_sec = ANSWER_MS / 1000};
	const int on = 1;

	bench->fd = accept4(bench->listen_fd, NULL, NULL, SOCK_CLOEXEC);
	if (bench->fd < 0)
		return;
	setsockopt(bench->fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
	setsockopt(bench->fd, SOL_SOCKET, SO_RCVTIMEO, &timeout, sizeof(timeout));
}

/* false: stdin has ended, or says what is no command. */
static bool bench_command(struct bench *bench)
{
	char line[64];
	bool good;

	if (!fgets(line, sizeof(line), stdin))
		return false;
	if (bench->fd < 0 || !bench->ready)
		good = false;
	else if (strncmp(line, "measure ", 8) == 0)
		good = bench_measure(bench, strtoul(line + 8, NULL, 10));
	else if (strncmp(line, "quiet ", 6) == 0)
		good = bench_quiet(bench, strtoul(line + 6, NULL, 10));
	else
		return false;
	if (!good)
		fprintf(stderr, "reaction_pool: there is no miner, or it has gone\n");
	fflush(stdout);
	return good;
}

static int bench_listen(struct bench *bench)
{
	struct sockaddr_in address = {.sin_family = AF_INET,
				      .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	socklen_t size = sizeof(address);

	bench->listen_fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (bench->listen_fd < 0 ||
	    bind(bench->listen_fd, (struct sockaddr *)&address, sizeof(address)) < 0 ||
	    listen(bench->listen_fd, 1) < 0 ||
	    getsockname(bench->listen_fd, (struct sockaddr *)&address, &size) < 0)
		return -errno;
	printf("{\"port\":%u}\n", ntohs(address.sin_port));
	fflush(stdout);
	return 0;
}

static void bench_run(struct bench *bench)
{
	for (;;) {
		bool was_ready = bench->ready;
		struct pollfd polls[] = {
			{.fd = STDIN_FILENO, .events = POLLIN},
			{.fd = bench->fd < 0 ? bench->listen_fd : bench->fd, .events = POLLIN},
		};

		if (poll(polls, 2, -1) < 0)
			continue;
		if (polls[0].revents && !bench_command(bench))
			return;
		if (!polls[1].revents)
			continue;
		if (bench->fd < 0)
			bench_accept(bench);
		else if (!bench_receive(bench))
			bench_drop(bench);
		if (bench->ready && !was_ready) {
			printf("{\"ready\":true}\n");
			fflush(stdout);
		}
	}
}

int main(int argc, char **argv)
{
	static const uint8_t extranonce1[EXTRANONCE1] = {1, 2, 3, 4};
	struct bench bench = {
		.fd = -1,
		.min_ms = 20,
		.max_ms = 60,
		.in = LINE_BUFFER_NULL('\n'),
		.terms = {.extranonce1_size = EXTRANONCE1, .extranonce2_size = EXTRANONCE2},
	};

	memcpy(bench.terms.extranonce1, extranonce1, sizeof(extranonce1));
	for (int i = 1; i < argc; i++) {
		if (strcmp(argv[i], "--trust") == 0) {
			bench.trust = true;
		} else if (strcmp(argv[i], "--cold") == 0) {
			bench.cold = true;
		} else if (strcmp(argv[i], "--interval") == 0 && i + 2 < argc) {
			bench.min_ms = strtoul(argv[++i], NULL, 10);
			bench.max_ms = strtoul(argv[++i], NULL, 10);
		}
	}
	if (bench.min_ms <= ANNOUNCE_MS || bench.max_ms < bench.min_ms) {
		fprintf(stderr, "reaction_pool: MIN is above %d and MAX not below it\n",
			ANNOUNCE_MS);
		return 1;
	}
	if (bench_listen(&bench) < 0) {
		perror("reaction_pool");
		return 1;
	}
	bench_run(&bench);
	work_unref(bench.work);
	line_deinit(&bench.in);
	free(bench.replies);
	return 0;
}
