/* SPDX-License-Identifier: MIT */
#include "upstream_model.h"

#include <assert.h>
#include <math.h>
#include <string.h>

#include "common/clock.h"
#include "upstream/upstream_stratum.h"

static struct upstream_model *current;

/* An event before lost() and closed(); the first one begins a login. */
static void check_live(const struct upstream *upstream)
{
	enum upstream_state state = upstream_state(upstream);

	assert(upstream == current->upstream && current->state != UPSTREAM_MODEL_ENDED);
	assert((state == UPSTREAM_CONNECTING && current->state != UPSTREAM_MODEL_READY) ||
	       (state == UPSTREAM_READY));
	if (current->state == UPSTREAM_MODEL_CLOSED)
		current->state = UPSTREAM_MODEL_LIVE;
}

/* The pool may close the upstream from within each event. */
static void settle(void)
{
	if (upstream_state(current->upstream) == UPSTREAM_CLOSING)
		current->state = UPSTREAM_MODEL_ENDED;
}

static void on_ready(struct upstream *upstream)
{
	check_live(upstream);
	assert(upstream_state(upstream) == UPSTREAM_READY);
	assert(current->state == UPSTREAM_MODEL_LIVE && upstream_login(upstream));
	current->state = UPSTREAM_MODEL_READY;
	current->handler->ready(upstream);
	settle();
}

static void on_job(struct upstream *upstream, struct job *job)
{
	check_live(upstream);
	assert(job->references == 1 && memchr(job->id, '\0', sizeof(job->id)) && job->session);
	assert(current->state != UPSTREAM_MODEL_READY || upstream_takes_job(upstream, job));
	assert(isfinite(job->difficulty) && job->difficulty > 0);
	assert(job->coinbase_size <= JOB_COINBASE_MAX && job->n_branches <= JOB_BRANCHES_MAX);
	assert(job->extranonce2_size > 0 && job->extranonce2_size <= JOB_EXTRANONCE2_MAX);
	assert(job->extranonce2_offset + job->extranonce2_size <= job->coinbase_size);
	assert((job->version & job->version_mask) == 0 && job->packet_ns <= clock_now());
	current->handler->job(upstream, job);
	settle();
}

static void on_version_mask(struct upstream *upstream)
{
	check_live(upstream);
	current->handler->version_mask(upstream);
	settle();
}

static void on_answered(struct upstream *upstream, const struct share *share,
			const struct share_answer *answer)
{
	check_live(upstream);
	assert(current->state == UPSTREAM_MODEL_READY && share->job && answer->text);
	assert(share->job->session == upstream_login(upstream));
	assert(answer->received_ns <= clock_now() && answer->reply_ns <= answer->received_ns);
	current->handler->answered(upstream, share, answer);
	settle();
}

static void on_reconnect(struct upstream *upstream, const char *host, unsigned port, unsigned wait)
{
	check_live(upstream);
	assert(*host && strlen(host) <= CONF_HOST_MAX && port > 0 && port <= 65535);
	assert(wait <= DISPATCH_RECONNECT_WAIT_MAX);
	current->handler->reconnect(upstream, host, port, wait);
	settle();
}

static void on_lost(struct upstream *upstream, const char *reason, bool refused)
{
	assert(current->state != UPSTREAM_MODEL_ENDED && *reason);
	assert(!refused || current->state != UPSTREAM_MODEL_READY);
	assert(upstream_state(upstream) == UPSTREAM_CLOSING);
	current->state = UPSTREAM_MODEL_ENDED;
	current->handler->lost(upstream, reason, refused);
}

static void on_closed(struct upstream *upstream)
{
	assert(upstream_state(upstream) == UPSTREAM_CLOSED);
	current->state = UPSTREAM_MODEL_CLOSED;
	current->handler->closed(upstream);
}

void upstream_model_init(struct upstream_model *model, struct upstream *upstream)
{
	static const struct upstream_handler handler = {
		.ready = on_ready,
		.job = on_job,
		.version_mask = on_version_mask,
		.answered = on_answered,
		.reconnect = on_reconnect,
		.lost = on_lost,
		.closed = on_closed,
	};

	*model = (struct upstream_model){.handler = upstream->handler, .upstream = upstream};
	upstream->handler = &handler;
	current = model;
}

static void check_login(const struct login *login, const struct handshake *handshake)
{
	const struct stream *stream = &login->transport.stream;

	assert(memchr(login->id, '\0', sizeof(login->id)));
	assert(memchr(login->past.id, '\0', sizeof(login->past.id)));
	assert(stream->in.used <= stream->in.size && stream->in.size <= 2 * LINE_MAX_SIZE);
	assert(stream_unsent(stream) <= STREAM_SEND_MAX);
	assert(!handshake->held_notify || login->state <= SESSION_SUBSCRIBING ||
	       login->state == SESSION_CLOSING);
	assert(login->state != SESSION_CLOSED || !login->timer.armed);
}

void upstream_model_check(struct upstream_model *model, const struct pools *pools)
{
	const struct pool *pool = pools->order[0];
	const struct upstream_stratum *stratum = model->upstream->self;
	bool ready = upstream_state(model->upstream) == UPSTREAM_READY;
	struct upstream_snapshot snapshot;

	settle();
	assert(share_stats_in_flight(&pool->shares.stats) == share_tracker_waiting(&pool->shares));
	assert(share_stats_in_flight(&pools->stats) == pools_waiting(pools));
	assert(stratum->session.dispatch.submit_ids.n == pool->shares.inflight.n);
	assert(ready || !pool->shares.inflight.n);
	assert((model->state == UPSTREAM_MODEL_READY) == ready);
	assert(pool_usable(pool) == (ready && pool->work.job));
	upstream_snapshot(&snapshot, model->upstream);
	assert(memchr(snapshot.last_invalid_line, '\0', sizeof(snapshot.last_invalid_line)));
	check_login(&stratum->session.login, &stratum->session.handshake);
}
