/* SPDX-License-Identifier: MIT */
#include "model.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "chance.h"
#include "common/clock.h"
#include "common/container.h"
#include "common/log.h"
#include "excuse.h"
#include "fake_resolve.h"
#include "fake_ring.h"
#include "fake_socket.h"
#include "fake_worker.h"
#include "header_set.h"
#include "memory.h"
#include "model_choice.h"
#include "model_control.h"
#include "model_disk.h"
#include "model_log.h"
#include "model_node.h"
#include "model_pace.h"
#include "model_reply.h"
#include "model_share.h"
#include "model_status.h"
#include "tests/pool/connection.h"
#include "tests/pool/submit.h"
#include "trace.h"
#include "violation.h"
#include "world.h"

enum {
	MODEL_PATIENCE_S = 90, /* beside the pause: look-up, connect, login, first job */
	MODEL_FLAPS = 32,      /* failback_after is doubled up to this */
	MODEL_PROGRESS_S = 3600,
	MODEL_SHARE_S = 900,  /* within which a share is found */
	MODEL_REJECT_S = 120, /* between two that count, when many are refused */
	MODEL_ARMED = 128,
	MODEL_MEMORY = 4 << 20, /* bytes, with two lines and what is sent at their limits */
	MODEL_SOCKETS = 400,
	MODEL_ALLOCATIONS = 600,
};

static struct {
	struct header_set hashed;
	uint64_t hashes, accepted;
	uint64_t idle_ns;   /* since when workers were seen without work; 0: they have work */
	uint64_t paused_ns; /* when the daemon was, or may have been, paused last */
	uint64_t bad_ns;    /* since when a pool that is not well is mined on; 0: it is well */
	uint64_t worse_ns;  /* since when another pool than the best was seen; 0: it is the best */
	unsigned long failed[SERVER_MAX]; /* allocations, when the last connection was opened */
	uint64_t accepted_ns[SERVER_MAX]; /* when it accepted a share last */
	uint64_t blocks;		  /* of the runs of the daemon that have ended */
	uint64_t blocks_sent;		  /* to pools */
	uint64_t blocks_sent_before;	  /* of them, by the runs that have ended */
	uint64_t block_shares, block_shares_sent; /* shares that are blocks */
	/* The books of the runs of the daemon that have ended. */
	uint64_t found, ended_shares; /* by its own account; that pools and nodes accepted */
	bool left_out;		      /* by the reload that goes on, a pool, for want of memory */
	bool without; /* by the last one: a pool is left out for want of memory, until the next
			 reload */
} model;

static struct server *server_of(const struct connection *connection)
{
	return (struct server *)container_of(connection->pool, const struct server, pool);
}

void model_begin(void)
{
	model_log_begin();
	model_node_begin();
	model_reply_begin();
	header_set_clear(&model.hashed);
	memset(&model, 0, sizeof(model));
}

uint64_t model_hashes(void)
{
	return model.hashes;
}

uint64_t model_accepted(void)
{
	return model.accepted;
}

const struct server *model_active_server(void)
{
	const struct pool *active = world.daemon->pools.active;

	for (unsigned i = 0; active && i < world.n_servers; i++)
		if (strcmp(active->conf.name, world.servers[i].name) == 0)
			return &world.servers[i];
	return NULL;
}

void model_hashed(const struct worker *worker, const struct job *job,
		  const uint8_t header[HEADER_SIZE])
{
	model.hashes++;
	model_status_hashed(worker != NULL);
	VIOLATION_IF(!header_set_add(&model.hashed, header) && !model_node_excuses(job) &&
			     !memory_was_short(),
		     "%s %u hashes a header for the second time: job %s, sequence %" PRIu64,
		     worker ? "worker" : "head start", worker ? worker->index : 0, job->id,
		     job->sequence);
	model_node_hashed(job, header);
	model_control_hashed();
}

static void found_block(const struct share *share)
{
	const struct server *active = model_active_server();

	if (model_node_found(share)) {
		if (active)
			model.accepted_ns[active->index] = clock_now();
		return;
	}
	model.block_shares += target_met(&share->job->network_target, &share->hash) &&
			      target_met(&share->job->target, &share->hash);
}

void model_found(const struct share *share)
{
	model_share_found(share);
	found_block(share);
}

void model_logged(int level, const char *text)
{
	model_log_line(level, text);
	if (strstr(text, ": reloaded: ")) {
		world.in_force = world.settings;
		world.changed_ns = clock_now(); /* a helper has read the file since the signal */
		model.without = model.left_out;
		model.left_out = false;
		model_choice_reloaded(model.without);
		model_pace_begin();
	}
	model_choice_logged(text);
	model_pace_logged(text);
	model.left_out |= strstr(text, "; reload again") != NULL;
}

uint64_t model_block_shares(void)
{
	return model.block_shares;
}

uint64_t model_block_shares_sent(void)
{
	return model.block_shares_sent;
}

uint64_t model_blocks_found(void)
{
	return model.blocks;
}

uint64_t model_blocks_sent(void)
{
	return model.blocks_sent;
}

int64_t model_blocks_sent_now(void)
{
	return (int64_t)(model.blocks_sent - model.blocks_sent_before);
}

bool model_is_without(void)
{
	return model.without;
}

static void on_opened(struct connection *connection)
{
	struct server *server = server_of(connection);

	trace_line(server->name, "connection %u", connection->number);
	model.failed[server->index] = memory_failed();
	model_pace_attempt(server);
	model_pace_opened(server, connection);
	model_share_opened(server, connection);
}

static void on_authorized(struct connection *connection, const char *user)
{
	struct server *server = server_of(connection);

	server->login_ns = /* when the miner learns of it */
		clock_now() + connection->pool->script.delay_ms * CLOCK_MS;
	model_choice_authorized(server, connection, user);
	model_pace_authorized(server);
}

static void on_refused(struct connection *connection, const char *user)
{
	model_pace_refused(server_of(connection));
}

/* It left, or sent what this pool does not tolerate, which it is to learn. */
static bool is_miners_doing(const char *reason)
{
	return strcmp(reason, "closed by the miner") == 0 || strstr(reason, "mining.") ||
	       strstr(reason, "configure");
}

/*
 * A login that came to nothing while an allocation failed, which is what was done to the miner: the
 * wait for the next one is added to what it may take.
 */
static bool is_spoiled(const struct server *server, const struct connection *connection)
{
	return connection->n_users == 0 && memory_failed() > model.failed[server->index] &&
	       strcmp(connection->reason, "closed by the miner") == 0;
}

/* From then on it has to log in again. */
static void on_closed(struct connection *connection)
{
	struct server *server = server_of(connection);
	uint64_t wait = world.in_force.backoff_max * CLOCK_S;

	trace_line(server->name, "connection %u is closed: %s", connection->number,
		   connection->reason);
	model_choice_closed(server, connection);
	model_pace_closed(server, connection);
	if (is_miners_doing(connection->reason))
		model.bad_ns = 0; /* it was left, be it for a moment */
	if (server->well_ns == UINT64_MAX)
		return;
	if (!is_miners_doing(connection->reason))
		server->well_ns = clock_now();
	else if (is_spoiled(server, connection))
		server->well_ns = MIN(server->well_ns + wait, clock_now());
}

static void on_judged(struct connection *connection, const struct judged *judged)
{
	struct server *server = server_of(connection);

	model_share_judged(server, connection, judged);
	model.accepted += judged->verdict == VERDICT_ACCEPTED;
	model.blocks_sent += judged->verified.block;
	model.block_shares_sent +=
		judged->verified.block &&
		number_at_most(&judged->verified.hash, &judged->issued->terms.target);
	if (judged->verdict == VERDICT_ACCEPTED || judged->verified.block)
		model.accepted_ns[server->index] = clock_now();
	/* What it was told to refuse waits for shares, and some pools refuse on their own. */
	if (server->well_ns != UINT64_MAX && judged->verdict != VERDICT_ACCEPTED &&
	    (judged->verdict == VERDICT_FORCED || clock_now() < server->strange_ns))
		server->well_ns = clock_now();
	if (excuse_share(server, connection, judged))
		return;
	violation("%s: connection %u: a share of job %s is %s: extranonce2 %s, ntime %s, nonce %s, "
		  "version bits %s; mask %08x",
		  server->name, connection->number, judged->submission.job,
		  verdict_name(judged->verdict), judged->submission.extranonce2,
		  judged->submission.ntime, judged->submission.nonce,
		  judged->submission.version_bits ? judged->submission.version_bits : "none",
		  connection->mask);
}

static void on_lost(struct connection *connection)
{
	model_share_lost(server_of(connection), connection);
}

static void on_breach(struct connection *connection, const char *what)
{
	const struct server *server = server_of(connection);

	if (!excuse_breach(server, what))
		violation("%s: connection %u: %s", server->name, connection->number, what);
}

const struct testpool_observer model_observer = {
	.opened = on_opened,
	.authorized = on_authorized,
	.refused = on_refused,
	.lost = on_lost,
	.closed = on_closed,
	.judged = on_judged,
	.violation = on_breach,
};

/* Found is what became of it, and what waits. */
static void check_books(void)
{
	const struct pools *pools = &world.daemon->pools;
	const struct share_stats *stats = &pools->stats;
	uint64_t over = stats->accepted + stats->rejected + stats->stale + stats->duplicate +
			stats->unanswered + stats->dropped;

	VIOLATION_IF(over + pools_waiting(pools) != stats->found,
		     "found %" PRIu64 ", but %" PRIu64 " with an end and %u in flight",
		     stats->found, over, pools_waiting(pools));
}

static bool since(uint64_t from, uint64_t s)
{
	return from != UINT64_MAX && clock_now() >= from + s * CLOCK_S;
}

/* s that the daemon may take to find a pool. */
static uint64_t patience(void)
{
	return 2 * world.in_force.backoff_max + MODEL_PATIENCE_S;
}

/* A pool that has been well for so long can be mined on by now. */
static bool is_ready(const struct server *server)
{
	return since(MAX(server->well_ns, server->rests_ns), patience());
}

/* And for so long, is mined on even if it was lost often. */
static bool is_settled(const struct server *server)
{
	uint64_t from = MAX(server->well_ns, server->rests_ns);

	return since(MAX(from, world.changed_ns),
		     patience() + MODEL_FLAPS * (world.in_force.failback_after + 1));
}

/* Since when a state is seen that must not last; 0: it is not. */
static void watch(uint64_t *since_ns, bool seen)
{
	if (!seen)
		*since_ns = 0;
	else if (!*since_ns)
		*since_ns = clock_now();
}

/* No worker sleeps as long as any pool can be mined on. */
static void check_idle(const struct server *server, const struct server *active)
{
	if (!is_ready(server) || !model.idle_ns || !since(model.idle_ns, patience()))
		return;
	VIOLATION_IF(!active, "%s is well, but no pool is mined on", server->name);
	violation("%s is well, but %u of %u workers hash", server->name, fake_worker_busy(),
		  fake_worker_count());
}

/* The best pool is mined on. */
static void check_best(const struct server *server, const struct server *active)
{
	watch(&model.worse_ns, active && active != server);
	VIOLATION_IF(model.worse_ns && since(model.worse_ns, patience()),
		     "%s is well, but %s is mined on", server->name, active->name);
}

/*
 * On test chains a node gives templates without peers, too, and while it downloads; and of its
 * chain it is asked once in a login.
 */
static bool is_bad(const struct server *server)
{
	const struct bitcoind *node = server->node;
	bool still_gives = node && node->way == BITCOIND_WELL &&
			   (node->says == BITCOIND_OTHER_CHAIN ||
			    (!node->chain->kind->waits &&
			     (node->says == BITCOIND_ALONE || node->says == BITCOIND_DOWNLOADS)));

	return server->well_ns == UINT64_MAX && !still_gives;
}

/* A pool that is not well is left for one that is. */
static void check_bad(const struct server *active)
{
	const struct settings *settings = &world.in_force;
	uint64_t wait_s =
		patience() + settings->job_timeout + settings->reply_timeout + MODEL_SHARE_S;
	bool other = false;

	/* Of one that refuses shares as many are awaited, of which some only might be blocks. */
	if (active && active->pool.script.rejects)
		wait_s += settings->max_rejects * (uint64_t)MODEL_REJECT_S;
	for (unsigned i = 0; i < settings->n; i++)
		other |= is_ready(&world.servers[settings->order[i]]);
	watch(&model.bad_ns, other && active && is_bad(active) && !world.daemon->pools.chosen);
	VIOLATION_IF(model.bad_ns && since(MAX(model.bad_ns, active->judged_ns), wait_s),
		     "%s is mined on all the time, but \"%s\"", active->name,
		     active->habit.now ? active->habit.now->name : active->fault.now->name);
}

/* Who hashes finds, and what is found is accepted: not only workers are busy. */
static void check_progress(const struct server *active)
{
	uint64_t from;

	if (!active || !is_ready(active) || model.idle_ns)
		return;
	from = MAX(world.daemon->pools.active->health.active_since_ns, active->well_ns);
	from = MAX(from, model.accepted_ns[active->index]);
	from = MAX(from, world.changed_ns);
	VIOLATION_IF(since(MAX(from, model.paused_ns), MODEL_PROGRESS_S),
		     "%s is mined on, but accepted nothing for %d s", active->name,
		     MODEL_PROGRESS_S);
}

static void check_mining(void)
{
	const struct server *active = model_active_server(), *chosen = model_choice_chosen();
	bool settled = chosen && is_settled(chosen);

	model.paused_ns = model_control_mines() ? model.paused_ns : clock_now();
	if (!model_control_mines() || model.without || !since(world.changed_ns, patience())) {
		model.idle_ns = model.worse_ns = model.bad_ns = 0;
		return;
	}
	watch(&model.idle_ns, !active || fake_worker_busy() < fake_worker_count());
	if (settled)
		check_best(chosen, active);
	for (unsigned i = 0; i < world.in_force.n; i++) {
		const struct server *server = &world.servers[world.in_force.order[i]];

		check_idle(server, active);
		if (!settled && is_settled(server) && !world.daemon->pools.chosen) {
			settled = true;
			check_best(server, active);
		}
		if (active == server)
			break;
	}
	if (!settled)
		model.worse_ns = 0;
	check_bad(active);
	check_progress(active);
}

static void check_bounds(void)
{
	VIOLATION_IF(fake_resolve_asked(HABIT_ELSEWHERE),
		     "a pool has led the daemon to another domain");
	VIOLATION_IF(memory_bytes() > MODEL_MEMORY, "%zu bytes are allocated", memory_bytes());
	VIOLATION_IF(fake_ring_armed() > MODEL_ARMED, "%zu operations are armed",
		     fake_ring_armed());
	VIOLATION_IF(memory_count() > MODEL_ALLOCATIONS, "%zu allocations are live",
		     memory_count());
	VIOLATION_IF(fake_socket_open_count() > MODEL_SOCKETS, "%zu sockets are open",
		     fake_socket_open_count());
}

void model_check(void)
{
	check_books();
	check_bounds();
	check_mining();
	model_choice_check();
	model_disk_check();
	model_node_check();
	model_control_check();
	model_reply_check(model_active_server());
	model_share_check();
}

void model_started(void)
{
	model_choice_begin();
	model_control_begin();
	model_disk_begin();
	model_pace_started();
	model_share_begin();
	model_status_begin();
}

void model_ended(void)
{
	uint64_t accepted = 0, submits = 0;

	model_node_ended(world.killed);
	if (!world.killed)
		model_disk_ended();
	for (unsigned i = 0; i < world.n_servers; i++) {
		if (world.servers[i].node)
			continue;
		accepted += world.servers[i].pool.tally.verdicts[VERDICT_ACCEPTED];
		submits += world.servers[i].pool.tally.submits;
	}
	model.left_out = model.without = false;
	VIOLATION_IF(
		!world.killed && !world.stopped &&
			!model_reply_ended(accepted + model_node_shares() - model.ended_shares),
		"it ends by itself");
	model.ended_shares = accepted + model_node_shares();
	model.found += world.daemon->pools.stats.accepted;
	model.blocks += world.daemon->pools.stats.blocks.found;
	model.blocks_sent_before = model.blocks_sent;
	VIOLATION_IF(model.found > accepted + model_node_shares(),
		     "%" PRIu64 " accepted shares by the daemon, %" PRIu64
		     " by the pools, and %" PRIu64 " of nodes",
		     model.found, accepted, model_node_shares());
	VIOLATION_IF(accepted > submits, "the pools accepted more than was submitted");
}
