/* SPDX-License-Identifier: MIT */
/*
 * Invariant: connections are only unlinked and released at the end of an iteration, so that no
 * handler loses the connection it works on. All output of an iteration goes out before the next
 * wait.
 */
#include "testpool.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include "common/clock.h"
#include "common/container.h"
#include "connection.h"

enum {
	TESTPOOL_FDS_FIXED = 3, /* listener, signals, commands */
	TESTPOOL_JOBS_LATE_MAX = 256,
};

static int testpool_listen(struct testpool *pool)
{
	struct sockaddr_in6 address = {.sin6_family = AF_INET6,
				       .sin6_port = htons((uint16_t)pool->options.port)};
	struct sockaddr_in *address4 = (struct sockaddr_in *)&address; /* its port is the same */
	socklen_t size = sizeof(address);
	struct json_object *event;
	int on = 1;

	if (inet_pton(AF_INET6, pool->options.host, &address.sin6_addr) != 1) {
		address.sin6_family = AF_INET;
		if (inet_pton(AF_INET, pool->options.host, &address4->sin_addr) != 1)
			return -EINVAL;
	}
	pool->listen_fd =
		socket(address.sin6_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (pool->listen_fd < 0)
		return -errno;
	setsockopt(pool->listen_fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
	if (bind(pool->listen_fd, (struct sockaddr *)&address, size) < 0 ||
	    listen(pool->listen_fd, TESTPOOL_CONNECTIONS_MAX) < 0 ||
	    getsockname(pool->listen_fd, (struct sockaddr *)&address, &size) < 0)
		return -errno;
	event = event_begin(&pool->events, "listen");
	event_text(event, "host", pool->options.host);
	event_int(event, "port", ntohs(address.sin6_port));
	event_end(&pool->events, event);
	return 0;
}

static int testpool_signals(struct testpool *pool)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGINT);
	sigprocmask(SIG_BLOCK, &set, NULL);
	pool->signal_fd = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
	return pool->signal_fd < 0 ? -errno : 0;
}

static uint64_t after(uint64_t now, double seconds)
{
	return seconds > 0 ? now + (uint64_t)(seconds * 1e9) : UINT64_MAX;
}

int testpool_init(struct testpool *pool, const struct options *options)
{
	uint64_t now = clock_now();
	int r;

	*pool = (struct testpool){
		.options = *options,
		.events = {.started_ns = now, .human = options->human, .off = options->no_events},
		.script = {.delay_ms = options->delay_ms,
			   .error_form = options->error_form,
			   .initialising = options->initialising},
		.listen_fd = -1,
		.signal_fd = -1,
		.stdin_fd = STDIN_FILENO,
		.commands = LINE_BUFFER_NULL('\n'),
		.recipe = {.version = options->job_version,
			   .nbits = options->nbits,
			   .ntime = options->ntime,
			   .height = options->height,
			   .branches = options->branches,
			   .coinbase_size = options->coinbase_size,
			   .coinbase_lead = options->coinbase_lead,
			   .extranonce_size = options->extranonce1_size + options->extranonce2_size,
			   .odd = options->odd,
			   .unpadded = options->unpadded},
		.started_ns = now,
		.next_job_ns = after(now, options->job_interval),
		.next_block_ns = after(now, options->block_interval),
	};
	if (options->payout)
		work_parse_payout(&pool->recipe, options->payout);
	pool->reactions = calloc(TESTPOOL_REACTIONS_MAX, sizeof(*pool->reactions));
	if (!pool->reactions || !testpool_renew(pool, true))
		return -ENOMEM;
	r = testpool_signals(pool);
	return r < 0 ? r : testpool_listen(pool);
}

void testpool_deinit(struct testpool *pool)
{
	while (pool->connections) {
		struct connection *connection = pool->connections;

		pool->connections = connection->next;
		connection_free(connection);
	}
	if (pool->listen_fd >= 0)
		close(pool->listen_fd);
	if (pool->signal_fd >= 0)
		close(pool->signal_fd);
	line_deinit(&pool->commands);
	parked_deinit(&pool->parked);
	seen_deinit(&pool->seen);
	work_unref(pool->work);
	work_unref(pool->previous);
	free(pool->reactions);
	*pool = (struct testpool){.listen_fd = -1, .signal_fd = -1};
}

struct work *testpool_renew(struct testpool *pool, bool block)
{
	struct work_recipe recipe = pool->recipe;
	struct work *work;

	if (block) {
		work_random_prevhash(pool->prevhash);
		seen_clear(&pool->seen);
		if (pool->work)
			pool->recipe.height++;
		recipe.height = pool->recipe.height;
	}
	if (recipe.ntime)
		recipe.ntime += (uint32_t)((clock_now() - pool->started_ns) / CLOCK_S);
	work = work_new(&recipe, pool->prevhash, ++pool->work_sequence);
	if (!work)
		return NULL;
	work_unref(pool->previous);
	pool->previous = pool->work;
	pool->work = work;
	pool->tally.jobs++;
	return work;
}

static void testpool_issue_all(struct testpool *pool, bool clean)
{
	for (struct connection *c = pool->connections; c; c = c->next) {
		if (c->issued)
			connection_issue(c, pool->work, clean);
	}
}

void testpool_new_block(struct testpool *pool)
{
	if (testpool_renew(pool, true))
		testpool_issue_all(pool, true);
}

void testpool_set_job_interval(struct testpool *pool, double seconds)
{
	pool->options.job_interval = seconds;
	pool->next_job_ns = after(clock_now(), seconds);
}

void testpool_reaction(struct testpool *pool, uint64_t ns)
{
	pool->reactions[pool->n_reactions++ % TESTPOOL_REACTIONS_MAX] = ns;
}

static int compare(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

	return x < y ? -1 : x > y;
}

static void report_reactions(const struct testpool *pool, struct json_object *event)
{
	static const struct {
		const char *name;
		double fraction;
	} quantiles[] = {{"p50", 0.5}, {"p90", 0.9}, {"p99", 0.99}, {"max", 1}};
	size_t n = MIN(pool->n_reactions, (uint64_t)TESTPOOL_REACTIONS_MAX);
	struct json_object *object = json_object_new_object();
	uint64_t *sorted = malloc((n + 1) * sizeof(*sorted));

	event_int(object, "count", (int64_t)pool->n_reactions);
	if (sorted) {
		memcpy(sorted, pool->reactions, n * sizeof(*sorted));
		qsort(sorted, n, sizeof(*sorted), compare);
	}
	for (unsigned i = 0; i < ARRAY_SIZE(quantiles) && sorted && n; i++) {
		size_t index = (size_t)(quantiles[i].fraction * (double)(n - 1) + 0.5);

		event_real(object, quantiles[i].name, (double)sorted[index] / 1e3);
	}
	free(sorted);
	json_object_object_add(event, "reaction_us", object);
}

void testpool_report(struct testpool *pool, const char *name)
{
	struct json_object *event = event_begin(&pool->events, name), *refused;
	const struct tally *tally = &pool->tally;

	if (!event)
		return;
	refused = json_object_new_object();
	event_int(event, "connections", pool->n_connections);
	event_int(event, "connects", (int64_t)tally->connects);
	event_int(event, "jobs", (int64_t)tally->jobs);
	event_int(event, "submits", (int64_t)tally->submits);
	event_int(event, "accepted", (int64_t)tally->verdicts[VERDICT_ACCEPTED]);
	for (unsigned i = VERDICT_ACCEPTED + 1; i < VERDICTS; i++) {
		if (tally->verdicts[i])
			event_int(refused, verdict_name((enum verdict)i),
				  (int64_t)tally->verdicts[i]);
	}
	json_object_object_add(event, "refused", refused);
	event_int(event, "blocks", (int64_t)tally->blocks);
	event_int(event, "stale_blocks", (int64_t)tally->stale_blocks);
	event_int(event, "violations", (int64_t)tally->violations);
	report_reactions(pool, event);
	event_end(&pool->events, event);
}

static void testpool_accept(struct testpool *pool)
{
	struct sockaddr_in peer = {};
	socklen_t size = sizeof(peer);
	char address[INET_ADDRSTRLEN] = "?", text[32];
	struct connection *connection;
	struct json_object *event;
	int on = 1, fd;

	fd = accept4(pool->listen_fd, (struct sockaddr *)&peer, &size,
		     SOCK_CLOEXEC | SOCK_NONBLOCK);
	if (fd < 0)
		return;
	connection = connection_new(pool, fd, (unsigned)++pool->tally.connects);
	if (!connection) {
		close(fd);
		return;
	}
	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
	connection->next = pool->connections;
	pool->connections = connection;
	pool->n_connections++;
	inet_ntop(AF_INET, &peer.sin_addr, address, sizeof(address));
	snprintf(text, sizeof(text), "%s:%u", address, ntohs(peer.sin_port));
	event = event_begin(&pool->events, "connect");
	event_int(event, "conn", connection->number);
	event_text(event, "peer", text);
	event_end(&pool->events, event);
	if (pool->options.close_on_accept)
		connection_close(connection, "nobody is wanted here");
	else if (pool->n_connections > TESTPOOL_CONNECTIONS_MAX)
		connection_close(connection, "too many connections");
}

static void testpool_commands(struct testpool *pool)
{
	char *space, *line;
	size_t room, n;
	ssize_t got = -1;

	if (line_space(&pool->commands, &space, &room) == 0)
		got = read(pool->stdin_fd, space, room);
	if (got <= 0) {
		pool->stdin_fd = -1;
		pool->stopped = pool->stopped || pool->options.exit_on_eof;
		return;
	}
	line_received(&pool->commands, (size_t)got);
	while (line_next(&pool->commands, &line, &n))
		script_command(pool, line, n);
}

/* Releases what is closing, once the rest of its output is written or cannot be. */
static void testpool_reap(struct testpool *pool)
{
	struct connection **where = &pool->connections;

	while (*where) {
		struct connection *connection = *where;
		struct json_object *event;

		if (!connection->closing) {
			where = &connection->next;
			continue;
		}
		*where = connection->next;
		pool->n_connections--;
		event = event_begin(&pool->events, "close");
		event_int(event, "conn", connection->number);
		event_text(event, "reason", connection->reason);
		event_int(event, "submits", (int64_t)connection->submits);
		event_int(event, "accepted", (int64_t)connection->accepted);
		event_end(&pool->events, event);
		if (pool->options.resume && connection->subscribed)
			parked_keep(&pool->parked, connection);
		connection_free(connection);
	}
}

static int testpool_timeout(const struct testpool *pool)
{
	uint64_t now = clock_now(), next = MIN(pool->next_job_ns, pool->next_block_ns);

	if (pool->options.seconds > 0)
		next = MIN(next, pool->started_ns + (uint64_t)(pool->options.seconds * 1e9));
	for (const struct connection *c = pool->connections; c; c = c->next)
		next = MIN(next, connection_deadline(c));
	if (next == UINT64_MAX)
		return -1;
	return next <= now ? 0
			   : (int)MIN((next - now + CLOCK_MS - 1) / CLOCK_MS, UINT64_C(3600000));
}

static void testpool_timers(struct testpool *pool)
{
	uint64_t now = clock_now();

	if (pool->options.seconds > 0 &&
	    now - pool->started_ns >= (uint64_t)(pool->options.seconds * 1e9))
		pool->stopped = true;
	if (now >= pool->next_block_ns) {
		pool->next_block_ns = after(now, pool->options.block_interval);
		testpool_new_block(pool);
	}
	/* A late iteration catches up, so that the rate is what was asked for. */
	for (unsigned i = 0; now >= pool->next_job_ns && i < TESTPOOL_JOBS_LATE_MAX; i++) {
		if (testpool_renew(pool, false))
			testpool_issue_all(pool, false);
		pool->next_job_ns = after(pool->next_job_ns, pool->options.job_interval);
	}
	if (now >= pool->next_job_ns)
		pool->next_job_ns = after(now, pool->options.job_interval);
}

static int testpool_iterate(struct testpool *pool)
{
	struct pollfd fds[TESTPOOL_FDS_FIXED + TESTPOOL_CONNECTIONS_MAX + 1] = {
		{.fd = pool->listen_fd, .events = POLLIN},
		{.fd = pool->signal_fd, .events = POLLIN},
		{.fd = pool->stdin_fd, .events = POLLIN},
	};
	nfds_t n = TESTPOOL_FDS_FIXED;
	struct connection *c;

	for (c = pool->connections; c; c = c->next)
		fds[n++] = (struct pollfd){
			.fd = c->fd,
			.events = (short)(POLLIN | (connection_wants_write(c) ? POLLOUT : 0))};
	if (poll(fds, n, testpool_timeout(pool)) < 0 && errno != EINTR)
		return -errno;
	n = TESTPOOL_FDS_FIXED;
	for (c = pool->connections; c; c = c->next) {
		if (fds[n++].revents & (POLLIN | POLLHUP | POLLERR))
			connection_receive(c);
	}
	if (fds[2].revents)
		testpool_commands(pool);
	if (fds[1].revents)
		pool->stopped = true;
	testpool_timers(pool);
	if (fds[0].revents)
		testpool_accept(pool);
	for (c = pool->connections; c; c = c->next)
		connection_flush(c, clock_now());
	testpool_reap(pool);
	fflush(stdout);
	return 0;
}

int testpool_run(struct testpool *pool)
{
	int r = 0;

	fflush(stdout);
	while (!pool->stopped && r == 0)
		r = testpool_iterate(pool);
	testpool_report(pool, "summary");
	fflush(stdout);
	return r;
}
