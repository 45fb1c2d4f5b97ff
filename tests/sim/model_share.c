/* SPDX-License-Identifier: MIT */
#include "model_share.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "common/clock.h"
#include "common/container.h"
#include "common/hex.h"
#include "header_set.h"
#include "memory.h"
#include "model.h"
#include "tests/pool/connection.h"
#include "tests/pool/submit.h"
#include "violation.h"
#include "world.h"

enum {
	SHARE_WAITING = 256, /* that are followed at a time; more are not */
	SHARE_UNKNOWN = 8,   /* in a row for a login that is forgotten, until there is a new one */
	SHARE_LOW = 8,	     /* below the difficulty, and one more in each .. */
	SHARE_LOW_S = 60,
	SHARE_CROSSING_S = 12, /* until the news of a raise is with workers */
	SHARE_STORM = 16,      /* in a row above max_rejects, that are on their way or sent again */
	SHARE_ARRIVES_S = 20,
	SHARE_ANSWERED_S = 60, /* until the reply to a share has arrived */
	SHARE_QUIET_S = 60,    /* without anything done to the pool before it */
};

/* A share on its way to the pool, or its reply on the way back. */
struct way {
	struct server *server; /* NULL: free */
	unsigned connection;
	uint64_t ns;
	uint8_t header[HEADER_SIZE];
	char job[JOB_ID_MAX + 1];
	enum verdict verdict;
	unsigned long failed; /* allocations, when it began */
};

struct low {
	unsigned connection, n;
	uint64_t since_ns;
};

struct storm {
	unsigned connection, n, max;
	uint64_t since_ns; /* the first one */
};

static struct {
	struct storm storm[SERVER_MAX]; /* shares that were refused in a row */
	struct low low[SERVER_MAX];	/* shares that were refused as below the difficulty */
	struct way there[SHARE_WAITING], back[SHARE_WAITING];
	struct header_set arrived, submitted; /* submitted: with the connection */
	unsigned unknown[SERVER_MAX]; /* shares for a login that it forgot, on that connection */
	/* Of this life: found, and of them those that are no blocks and meet the job's target. */
	uint64_t found, shares, shares_before;
	uint64_t reached;	      /* different ones that pools got */
	uint64_t verdicts[VERDICTS];  /* at most as many replies came */
	uint64_t accepted, refused;   /* whose reply came for certain; refused: not as late */
	unsigned first[SERVER_MAX];   /* connection of this life; 0: none */
	unsigned at_once[SERVER_MAX]; /* connection to which a raise was bound at once */
} model;

void model_share_begin(void)
{
	header_set_clear(&model.arrived);
	header_set_clear(&model.submitted);
	memset(&model, 0, sizeof(model));
}

void model_share_opened(struct server *server, const struct connection *connection)
{
	model.unknown[server->index] = 0;
	if (!model.first[server->index])
		model.first[server->index] = connection->number;
}

static void put(struct way *ways, const struct way *way)
{
	for (size_t i = 0; i < SHARE_WAITING; i++) {
		if (ways[i].server)
			continue;
		ways[i] = *way;
		ways[i].ns = clock_now();
		ways[i].failed = memory_failed();
		return;
	}
}

static struct connection *connection_of(const struct server *server, unsigned number)
{
	for (struct connection *c = server->pool.connections; c; c = c->next)
		if (c->number == number && !c->closing)
			return c;
	return NULL;
}

/* As a worker would submit it there. */
static enum verdict verdict_of(const struct connection *connection, const struct issued *issued,
			       const struct share *share, struct verified *ret)
{
	char extranonce2[2 * JOB_EXTRANONCE2_MAX + 1], ntime[9], nonce[9], bits[9];
	uint32_t mask = share->job->version_mask;
	const struct submission submission = {
		.job = share->job->id,
		.extranonce2 = extranonce2,
		.ntime = ntime,
		.nonce = nonce,
		.version_bits = mask ? bits : NULL,
	};

	hex_encode(extranonce2, share->extranonce2, share->job->extranonce2_size);
	snprintf(ntime, sizeof(ntime), "%08" PRIx32, share->ntime);
	snprintf(nonce, sizeof(nonce), "%08" PRIx32, share->nonce);
	snprintf(bits, sizeof(bits), "%08" PRIx32, share->version & mask);
	return verify_share(issued->work, &issued->terms, connection->mask, &submission, ret);
}

/* Else the share is one of another pool, which has the same id. */
static bool is_same(const struct verified *verified, const struct share *share)
{
	double difficulty = target_difficulty(&share->hash);

	return fabs(verified->difficulty - difficulty) < difficulty * 1e-9;
}

/* Where a raise of the difficulty binds at once, older work need not be submitted below it. */
static bool is_below_raise(const struct server *server, const struct connection *connection,
			   const struct verified *verified)
{
	return model.at_once[server->index] == connection->number &&
	       !number_at_most(&verified->hash, &connection->terms.target);
}

/* The one that would accept it at this moment. false: this one does not. */
static bool is_wanted(struct server *server, struct connection *connection,
		      const struct share *share)
{
	struct way way = {.server = server, .connection = connection->number};
	struct issued *issued = NULL;
	struct verified verified;

	if (connection->closing || !connection->authorized)
		return false;
	while ((issued = connection_find(connection, share->job->id, issued))) {
		/*
		 * A job on another block is the end of older ones, though the pool may take them;
		 * so is the same job again, with another difficulty.
		 */
		if (issued->stale_ns ||
		    memcmp(issued->work->prevhash, connection->issued->work->prevhash,
			   sizeof(issued->work->prevhash)) != 0 ||
		    verdict_of(connection, issued, share, &verified) != VERDICT_ACCEPTED ||
		    !is_same(&verified, share) ||
		    connection_find(connection, share->job->id, issued) ||
		    is_below_raise(server, connection, &verified))
			continue;
		memcpy(way.header, verified.header, sizeof(way.header));
		snprintf(way.job, sizeof(way.job), "%s", share->job->id);
		put(model.there, &way);
		return true;
	}
	return false;
}

void model_share_found(const struct share *share)
{
	model.found++;
	/* Of blocks the daemon counts one on a parent. */
	model.shares += target_met(&share->job->target, &share->hash) &&
			!target_met(&share->job->network_target, &share->hash);
	for (unsigned i = 0; i < world.n_servers; i++) {
		struct server *server = &world.servers[i];

		/* What is found long after a switch waits behind shares for the other pool. */
		if (server->node || (world.slow_workers && server != model_active_server()))
			continue;
		for (struct connection *c = server->pool.connections; c; c = c->next)
			if (is_wanted(server, c, share))
				return;
	}
}

/* It has arrived. header NULL: one of that connection has, nobody knows which. */
static void arrived(const struct server *server, const struct connection *connection,
		    const uint8_t *header)
{
	for (size_t i = 0; i < SHARE_WAITING; i++) {
		struct way *way = &model.there[i];

		if (way->server == server && way->connection == connection->number &&
		    (!header || memcmp(way->header, header, sizeof(way->header)) == 0))
			way->server = NULL;
	}
}

/* What was sent before a break may be sent again after it, but on each connection once. */
static bool is_first_here(const struct server *server, const struct connection *connection,
			  const struct judged *judged)
{
	uint8_t header[HEADER_SIZE];

	if (!judged->verified.hashed)
		return true;
	memcpy(header, judged->verified.header, sizeof(header));
	for (size_t i = 0; i < sizeof(connection->number); i++)
		header[i] ^= (uint8_t)(connection->number >> 8 * i);
	header[sizeof(connection->number)] ^= (uint8_t)(server->index + 1);
	return header_set_add(&model.submitted, header);
}

/*
 * A pool may bind a raise of the difficulty at once: what is below it is refused until the daemon
 * has learnt that, and then one now and then.
 */
static void check_low(const struct server *server, const struct connection *connection,
		      const struct judged *judged)
{
	struct low *low = &model.low[server->index];
	uint64_t s;

	if (judged->verdict != VERDICT_LOW_DIFFICULTY || judged->verified.block ||
	    clock_now() < server->raised_ns + SHARE_CROSSING_S * CLOCK_S)
		return;
	if (low->connection != connection->number)
		*low = (struct low){.connection = connection->number, .since_ns = clock_now()};
	/* Those that were kept over a break are sent together. */
	if (clock_now() < low->since_ns + SHARE_CROSSING_S * CLOCK_S)
		return;
	s = (clock_now() - low->since_ns) / CLOCK_S;
	VIOLATION_IF(++low->n > SHARE_LOW + s / SHARE_LOW_S,
		     "%s: connection %u: %u shares below its difficulty in %" PRIu64 " s",
		     server->name, connection->number, low->n, s);
}

/* A pool that refuses one share after the other is left. */
static void check_storm(const struct server *server, const struct connection *connection,
			const struct judged *judged)
{
	struct storm *storm = &model.storm[server->index];
	unsigned max = world.in_force.max_rejects;

	if (storm->connection != connection->number || storm->max != max ||
	    judged->verdict == VERDICT_ACCEPTED)
		*storm = (struct storm){
			.connection = connection->number, .max = max, .since_ns = clock_now()};
	/* But for those that were on their way together, or are sent again. */
	storm->n += judged->verdict == VERDICT_FORCED &&
		    clock_now() >= storm->since_ns + SHARE_ARRIVES_S * CLOCK_S;
	VIOLATION_IF(storm->n > max + SHARE_STORM,
		     "%s: connection %u: %u shares in a row were refused, with max_rejects of %u",
		     server->name, connection->number, storm->n, max);
}

static void check_judged(const struct server *server, const struct connection *connection,
			 const struct judged *judged)
{
	VIOLATION_IF(!is_first_here(server, connection, judged),
		     "%s: connection %u: a share of job %s comes twice", server->name,
		     connection->number, judged->submission.job);
	check_low(server, connection, judged);
	check_storm(server, connection, judged);
	model.unknown[server->index] += judged->verdict == VERDICT_USER;
	VIOLATION_IF(model.unknown[server->index] > SHARE_UNKNOWN,
		     "%s: more than %d shares for a login that it has forgotten", server->name,
		     SHARE_UNKNOWN);
}

void model_share_judged(struct server *server, const struct connection *connection,
			const struct judged *judged)
{
	const struct way way = {
		.server = server, .connection = connection->number, .verdict = judged->verdict};
	bool hashed = judged->verified.hashed, first;

	check_judged(server, connection, judged);
	model.verdicts[judged->verdict]++;
	arrived(server, connection, hashed ? judged->verified.header : NULL);
	if (!hashed || !model.first[server->index] ||
	    connection->number < model.first[server->index])
		return;
	first = header_set_add(&model.arrived, judged->verified.header);
	model.reached += first;
	if (first && !connection_is_silenced(connection, SEND_VERDICT))
		put(model.back, &way);
}

void model_share_lost(const struct server *server, const struct connection *connection)
{
	arrived(server, connection, NULL);
}

/* Nothing was done to the pool, or to the daemon, that its bytes may be lost by. */
static bool is_undisturbed(const struct way *way, uint64_t s)
{
	const struct server *server = way->server;

	return server->well_ns != UINT64_MAX && server->well_ns + s * CLOCK_S <= way->ns &&
	       server->strange_ns < way->ns && connection_of(server, way->connection) &&
	       memory_failed() == way->failed && !memory_fails();
}

static bool is_over(const struct way *way, uint64_t s)
{
	return way->server &&
	       clock_now() >= way->ns + s * CLOCK_S + way->server->pool.script.delay_ms * CLOCK_MS;
}

static void check_there(struct way *way)
{
	if (!is_over(way, SHARE_ARRIVES_S))
		return;
	VIOLATION_IF(is_undisturbed(way, SHARE_QUIET_S),
		     "%s: connection %u: a share of job %s, which it would have accepted, was not "
		     "submitted",
		     way->server->name, way->connection, way->job);
	way->server = NULL;
}

static void check_back(struct way *way)
{
	enum verdict verdict = way->verdict;

	if (!is_over(way, SHARE_ANSWERED_S))
		return;
	if (is_undisturbed(way, SHARE_QUIET_S)) {
		model.accepted += verdict == VERDICT_ACCEPTED;
		model.refused += verdict != VERDICT_ACCEPTED && verdict != VERDICT_STALE &&
				 verdict != VERDICT_NO_JOB && verdict != VERDICT_DUPLICATE;
	}
	way->server = NULL;
}

/* What a pool refused, and not for being late. */
static uint64_t refused(void)
{
	uint64_t n = 0;

	for (unsigned i = 0; i < VERDICTS; i++)
		if (i != VERDICT_ACCEPTED && i != VERDICT_STALE && i != VERDICT_NO_JOB)
			n += model.verdicts[i];
	return n;
}

/* Nothing was done to any pool, or to the daemon, for so long. */
static bool is_calm(uint64_t s)
{
	uint64_t last = world.changed_ns;

	for (unsigned i = 0; i < world.n_servers; i++)
		last = MAX(last, world.servers[i].well_ns);
	return last < clock_now() - s * CLOCK_S;
}

#define AT_MOST(n, most, what)                                                                \
	VIOLATION_IF((n) > (most), "%" PRIu64 " shares are counted as " what ", of %" PRIu64, \
		     (uint64_t)(n), (uint64_t)(most))

#define AT_LEAST(n, least, what)                                                               \
	VIOLATION_IF((n) < (least), "%" PRIu64 " shares are counted as " what ", of %" PRIu64, \
		     (uint64_t)(n), (uint64_t)(least))

/* Nodes' shares are judged by minerd itself: the model knows of them no more than the sum. */
static void check_counts(const struct share_stats *stats)
{
	uint64_t late = model.verdicts[VERDICT_STALE] + model.verdicts[VERDICT_NO_JOB] +
			model.found - MIN(model.found, model.reached);

	AT_MOST(stats->found, model.found, "found");
	if (world.chain.kind)
		return;
	/* They wait with the workers as long as a pool takes no more, or the process is stopped. */
	if (is_calm(SHARE_QUIET_S))
		AT_LEAST(stats->found, model.shares_before, "found");
	model.shares_before = model.shares;
	AT_MOST(stats->submitted, model.found, "submitted");
	AT_LEAST(stats->submitted, model.reached, "submitted");
	AT_MOST(stats->accepted, model.verdicts[VERDICT_ACCEPTED], "accepted");
	AT_LEAST(stats->accepted, model.accepted, "accepted");
	AT_MOST(stats->rejected, refused(), "rejected");
	AT_LEAST(stats->rejected, model.refused, "rejected");
	AT_MOST(stats->stale, late, "stale");
}

void model_share_check(void)
{
	for (unsigned i = 0; i < world.n_servers; i++) {
		const struct server *server = &world.servers[i];

		if (!server->node && server->pool.options.difficulty_at_once &&
		    server->pool.connections)
			model.at_once[i] = server->pool.connections->number;
	}
	for (size_t i = 0; i < SHARE_WAITING; i++) {
		check_there(&model.there[i]);
		check_back(&model.back[i]);
	}
	check_counts(&world.daemon->pools.stats);
}
