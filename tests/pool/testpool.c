/* SPDX-License-Identifier: MIT */
/*
 * Invariant: connections are only unlinked and released at the end of testpool_work(), so that no
 * handler loses the connection it works on.
 */
#include "testpool.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "common/clock.h"
#include "common/container.h"
#include "connection.h"
#include "observer.h"

enum {
	TESTPOOL_JOBS_LATE_MAX = 256,
};

static uint64_t after(uint64_t now, double seconds)
{
	return seconds > 0 ? now + (uint64_t)(seconds * 1e9) : UINT64_MAX;
}

int testpool_init(struct testpool *pool, const struct options *options)
{
	uint64_t now = clock_now();

	*pool = (struct testpool){
		.options = *options,
		.events = {.started_ns = now, .human = options->human, .off = options->no_events},
		.script = {.delay_ms = options->delay_ms,
			   .error_form = options->error_form,
			   .initialising = options->initialising},
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
	return 0;
}

void testpool_deinit(struct testpool *pool)
{
	while (pool->connections) {
		struct connection *connection = pool->connections;

		pool->connections = connection->next;
		connection_free(connection);
	}
	parked_deinit(&pool->parked);
	seen_deinit(&pool->seen);
	work_unref(pool->work);
	work_unref(pool->previous);
	free(pool->reactions);
	*pool = (struct testpool){};
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

struct connection *testpool_accept(struct testpool *pool, int fd, const char *peer)
{
	struct connection *connection = connection_new(pool, fd, (unsigned)++pool->tally.connects);
	struct json_object *event;

	if (!connection)
		return NULL;
	connection->next = pool->connections;
	pool->connections = connection;
	pool->n_connections++;
	event = event_begin(&pool->events, "connect");
	event_int(event, "conn", connection->number);
	event_text(event, "peer", peer);
	event_end(&pool->events, event);
	if (pool->observer && pool->observer->opened)
		pool->observer->opened(connection);
	if (pool->options.close_on_accept)
		connection_close(connection, "nobody is wanted here");
	else if (pool->n_connections > TESTPOOL_CONNECTIONS_MAX)
		connection_close(connection, "too many connections");
	return connection;
}

uint64_t testpool_deadline(const struct testpool *pool)
{
	uint64_t next = MIN(pool->next_job_ns, pool->next_block_ns);

	if (pool->options.seconds > 0)
		next = MIN(next, pool->started_ns + (uint64_t)(pool->options.seconds * 1e9));
	for (const struct connection *c = pool->connections; c; c = c->next)
		next = MIN(next, connection_deadline(c));
	return next;
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
		if (pool->observer && pool->observer->closed)
			pool->observer->closed(connection);
		if (pool->options.resume && connection->subscribed)
			parked_keep(&pool->parked, connection);
		connection_free(connection);
	}
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

void testpool_work(struct testpool *pool)
{
	testpool_timers(pool);
	for (struct connection *c = pool->connections; c; c = c->next)
		connection_flush(c, clock_now());
	testpool_reap(pool);
}
