/* SPDX-License-Identifier: MIT */
/*
 * The wiring. Invariant: the workers have the current job of the active pool, or nothing while
 * there is none or while demand says so; a new job goes to them before anything else happens about
 * it.
 */
#include "minerd.h"

#include <errno.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

#include "common/assert.h"
#include "common/cleanup.h"
#include "common/clock.h"
#include "common/container.h"
#include "common/hot.h"
#include "common/log.h"
#include "miner/busy_poll.h"
#include "pool/pools_configure.h"
#include "pool/stop_after.h"
#include "reload.h"
#include "setup.h"
#include "status/status_line.h"
#include "systemd/ids.h"

static enum status_state minerd_state(const struct minerd *self)
{
	if (self->stopping)
		return STATUS_STOPPING;
	if (demand_paused(&self->demand))
		return STATUS_PAUSED;
	return self->pools.active ? STATUS_MINING : STATUS_IDLE;
}

static struct status_source minerd_status_source(struct minerd *self)
{
	return (struct status_source){
		.state = minerd_state(self),
		.start_ns = self->start_ns,
		.conf = &self->conf,
		.pools = &self->pools,
		.workers = &self->workers,
		.persistent = &self->persistent,
		.stats = &self->stats,
		.latency = &self->latency,
	};
}

static const char *minerd_status(struct minerd *self, uint64_t age_ns, size_t *ret_size)
{
	const struct status_source source = minerd_status_source(self);

	return status_json(&self->status, &source, age_ns, ret_size);
}

static void minerd_status_line(struct minerd *self, char ret[STATUS_LINE_MAX])
{
	const struct status_source source = minerd_status_source(self);

	status_line(&source, ret);
}

/* Takes one share from the workers, accounts for it, and submits it if its pool can take it. */
HOT_SHARE static bool minerd_take_share(struct minerd *self)
{
	const struct pool *pool;
	struct share share;

	if (!workers_pop(&self->workers, &share))
		return false;
	pool = pools_share(&self->pools, &share);
	persistent_stats_found(&self->persistent, &share, pool ? pool->conf.name : NULL);
	job_unref(share.job);
	return true;
}

HOT_SHARE static void minerd_drain_shares(struct minerd *self)
{
	while (pools_has_room(&self->pools) && minerd_take_share(self))
		;
}

/* Takes all shares, whether they can be sent or not, because the workers are about to end. */
static void minerd_take_all_shares(struct minerd *self)
{
	while (minerd_take_share(self))
		;
}

static void minerd_watch_shares(struct minerd *self)
{
	if (!self->stopping && !self->shares_op.armed)
		ring_read(&self->ring, &self->shares_op, self->shares_fd, &self->shares_woken,
			  sizeof(self->shares_woken));
}

/* The first share of a job is not to wait for all that can. */
HOT static void minerd_begin_job(struct minerd *self, struct job *job)
{
	if (workers_head_start(&self->workers, job)) {
		minerd_drain_shares(self);
		ring_hurry(&self->ring);
	} else if (busy_poll_pays(&self->workers, job, rate_window(&self->stats.rate, RATE_10_S))) {
		ring_busy_poll(&self->ring, clock_now() + busy_poll_ns);
	}
}

HOT static void minerd_trace_job(struct minerd *self, const struct job *job)
{
	latency_trace_dispatched(&self->latency, &self->workers, job, self->ring.now,
				 self->pools.lost_ns);
	log_debug("job %" PRIu64 " of pool %s: difficulty %g, %zu merkle branches%s", job->sequence,
		  self->pools.active->conf.name, job->difficulty, job->n_branches,
		  job->clean ? ", older work is stale" : "");
}

HOT static void minerd_on_work(struct pools *pools, struct job *job)
{
	struct minerd *self = container_of(pools, struct minerd, pools);

	if (self->stopping || self->reload.measuring)
		return;
	if (demand_sleeps(&self->demand))
		job = NULL;
	latency_trace_collect(&self->latency, &self->workers);
	if (job) {
		workers_dispatch(&self->workers, job);
		minerd_begin_job(self, job);
		/* Its first share may be the last block that Mine() wants: the workers sleep. */
		if (!demand_sleeps(&self->demand))
			minerd_trace_job(self, job);
	} else {
		latency_trace_forget(&self->latency);
		workers_idle(&self->workers);
	}
	/* A worker whose queue is full does not announce new shares: empty the queues here. */
	minerd_drain_shares(self);
}

static void minerd_check_limits(struct minerd *self);

/* A limit is looked at with each reply: no more shares are counted than it says. */
static void minerd_on_room(struct pools *pools)
{
	struct minerd *self = container_of(pools, struct minerd, pools);

	minerd_check_limits(self);
	if (!self->stopping)
		minerd_drain_shares(self);
}

static const struct pools_handler minerd_pools_handler = {
	.work = minerd_on_work,
	.room = minerd_on_room,
};

static void minerd_on_shares(struct ring_op *op, int result)
{
	struct minerd *self = container_of(op, struct minerd, shares_op);

	minerd_watch_shares(self);
	minerd_drain_shares(self);
	if (workers_used_up(&self->workers))
		pools_job_used_up(&self->pools);
}

static void minerd_resume_workers(struct minerd *self)
{
	minerd_on_work(&self->pools, pools_give_job(&self->pools));
}

/* What the user asks for has changed; perhaps within minerd_take_share(). */
static void minerd_on_demand(struct minerd *self)
{
	if (!demand_sleeps(&self->demand)) {
		minerd_resume_workers(self);
		return;
	}
	latency_trace_forget(&self->latency);
	workers_idle(&self->workers);
}

static const struct demand_handler minerd_demand_handler = {.changed = minerd_on_demand};

static void minerd_init_demand(struct minerd *self)
{
	demand_init(&self->demand, &minerd_demand_handler,
		    &(struct demand_target){
			    .minerd = self,
			    .ring = &self->ring,
			    .control = &self->control,
			    .pools = &self->pools,
			    .found = &self->solo.found,
		    });
}

static void minerd_report(struct minerd *self, uint64_t now)
{
	char line[STATUS_LINE_MAX];

	if (self->ticks % MINERD_STATUS_TICKS == 1) {
		minerd_status_line(self, line);
		notify_status(&self->notify, line);
	}
	if (self->conf.report_interval &&
	    now - self->report_ns >= self->conf.report_interval * CLOCK_S) {
		minerd_status_line(self, line);
		log_unlimited(LOG_LEVEL_INFO, "%s", line);
		self->report_ns = now;
	}
}

/* Tells the pools the hash rate once it is known: not the one of a start or after a break. */
static void minerd_update_rate(struct minerd *self, uint64_t now)
{
	uint64_t seconds;

	if (minerd_state(self) != STATUS_MINING || self->reload.measuring) {
		self->mining_ns = 0;
		return;
	}
	if (!self->mining_ns)
		self->mining_ns = now;
	seconds = (now - self->mining_ns) / CLOCK_S;
	if (seconds >= MINERD_RATE_S)
		pools_set_rate(
			&self->pools,
			rate_window(&self->stats.rate, (unsigned)MIN(seconds, (uint64_t)RATE_1_M)));
}

/* For the disk, and for what nodes say of blocks on their way. */
static bool minerd_waits(struct minerd *self)
{
	return pools_await_blocks(&self->pools) || !persistent_stats_finish(&self->persistent) ||
	       solo_busy(&self->solo);
}

static void minerd_on_stop_timer(struct ring_timer *timer)
{
	struct minerd *self = container_of(timer, struct minerd, stop_timer);
	bool late = clock_now() - self->stop_ns >= MINERD_STOP_DISK_MS * CLOCK_MS;

	if (late && pools_await_blocks(&self->pools))
		pools_stop(&self->pools);
	else if (late || !minerd_waits(self))
		ring_stop(&self->ring);
	ring_timer_in(&self->ring, timer, MINERD_STOP_MS * CLOCK_MS);
}

/* Workers first: after that no share is found. Peers get a moment to see the end. */
static void minerd_stop(struct minerd *self, const char *why)
{
	char line[STATUS_LINE_MAX];

	if (self->stopping)
		return;
	notify_stopping(&self->notify);
	workers_stop(&self->workers);
	minerd_take_all_shares(self);
	minerd_status_line(self, line);
	self->stopping = true;
	reload_stop(&self->reload);
	demand_stop(&self->demand);
	self->stop_ns = clock_now();
	log_event(LOG_LEVEL_NOTICE, LOG_FIELDS({"MESSAGE_ID", ID_STOPPING}),
		  "stopping on %s: %s, %" PRIu64 " block%s found", why, line,
		  self->pools.stats.blocks.found, self->pools.stats.blocks.found == 1 ? "" : "s");
	ring_timer_stop(&self->ring, &self->tick);
	ring_timer_stop(&self->ring, &self->limit_timer);
	persistent_stats_stop(&self->persistent);
	solo_stop(&self->solo);
	pools_stop(&self->pools);
	control_stop(&self->control);
	resolver_stop(&self->resolver);
	ring_timer_in(&self->ring, &self->stop_timer, MINERD_STOP_MS * CLOCK_MS);
}

/* Stops when a limit of stop_after is reached. */
static void minerd_check_limits(struct minerd *self)
{
	char why[STOP_AFTER_TEXT];

	if (!self->stopping && stop_after_reached(why, &self->conf.stop_after, &self->pools.stats,
						  clock_now() - self->start_ns))
		minerd_stop(self, why);
}

static void minerd_on_limit_timer(struct ring_timer *timer)
{
	minerd_check_limits(container_of(timer, struct minerd, limit_timer));
}

static void minerd_on_tick(struct ring_timer *timer)
{
	struct minerd *self = container_of(timer, struct minerd, tick);
	uint64_t now = clock_now();

	self->ticks++;
	ring_timer_in(&self->ring, timer, MINERD_TICK_MS * CLOCK_MS);
	workers_stats_sample(&self->stats, &self->workers, now);
	latency_trace_collect(&self->latency, &self->workers);
	minerd_report(self, now);
	persistent_stats_tick(&self->persistent);
	solo_tick(&self->solo);
	minerd_update_rate(self, now);
	log_tick();
	if (!workers_watch_tick(&self->watch, &self->workers, &self->notify, now)) {
		self->exit_status = EX_SOFTWARE;
		minerd_stop(self, "hardware errors of all workers");
	}
}

static void minerd_on_signal(struct signals *signals, int number)
{
	struct minerd *self = container_of(signals, struct minerd, signals);

	if (number == SIGHUP)
		reload_begin(&self->reload, NULL);
	else
		minerd_stop(self, number == SIGINT ? "SIGINT" : "SIGTERM");
}

static void minerd_reload(struct minerd *self, const struct control_ticket *ticket)
{
	reload_begin(&self->reload, ticket);
}

static const struct methods_handler minerd_methods_handler = {
	.status = minerd_status,
	.reload = minerd_reload,
};

static int minerd_init_control(struct minerd *self)
{
	int r;

	self->methods = (struct methods){
		.minerd = self,
		.handler = &minerd_methods_handler,
		.demand = &self->demand,
		.found = &self->solo.found,
		.pools = &self->pools,
		.conf = &self->conf,
		.workers = &self->workers,
	};
	control_add(&self->control, &methods_interface, &self->methods);
	if (!self->conf.control_socket)
		return 0;
	r = control_listen(&self->control, self->conf.control_socket);
	if (r == 0)
		return 0;
	return r == -EACCES || r == -EPERM ? EX_NOPERM : EX_OSERR;
}

static void minerd_on_workers_ended(struct minerd *self)
{
	minerd_take_all_shares(self);
	self->mining_ns = 0;
}

static const struct reload_handler minerd_reload_handler = {
	.workers_ended = minerd_on_workers_ended,
	.resume = minerd_resume_workers,
};

static int minerd_init_reload(struct minerd *self)
{
	return reload_init(&self->reload, &self->ring, &minerd_reload_handler,
			   &(struct reload_target){
				   .minerd = self,
				   .conf = &self->conf,
				   .pools = &self->pools,
				   .workers = &self->workers,
				   .stats = &self->stats,
				   .latency = &self->latency,
				   .control = &self->control,
				   .notify = &self->notify,
				   .shares_fd = self->shares_fd,
				   .verbose = self->verbose,
			   });
}

int minerd_init(struct minerd *self, struct conf *conf)
{
	int r;

	self->conf = *conf;
	*conf = CONF_NULL;
	self->workers = WORKERS_NULL;
	self->status = STATUS_NULL;
	control_init(&self->control, &self->ring);
	minerd_init_demand(self);
	self->persistent = PERSISTENT_STATS_NULL;
	self->solo = SOLO_NULL;
	self->reload = RELOAD_NULL;
	self->signals = SIGNALS_NULL;
	self->shares_fd = -1;
	self->start_ns = self->report_ns = clock_now();
	self->shares_op.fn = minerd_on_shares;
	self->tick.fn = minerd_on_tick;
	self->limit_timer.fn = minerd_on_limit_timer;
	self->stop_timer.fn = minerd_on_stop_timer;
	r = setup_signals(&self->signals, minerd_on_signal);
	if (r)
		return r;
	r = setup_ring(&self->ring);
	if (r)
		return r;
	notify_start(&self->notify);
	r = resolver_init(&self->resolver, &self->ring);
	if (r < 0)
		return setup_failed("resolver", -r);
	r = minerd_init_control(self);
	if (r)
		return r;
	r = setup_workers(&self->workers, &self->shares_fd, &self->conf);
	if (r)
		return r;
	pools_init(&self->pools, &self->ring, &self->resolver, &minerd_pools_handler);
	r = minerd_init_reload(self);
	if (r < 0)
		return setup_failed("reload", -r);
	r = persistent_stats_init(&self->persistent, &self->ring, &self->conf, &self->pools.stats);
	if (r < 0)
		return EX_OSERR;
	r = solo_init(&self->solo, &self->ring, &self->pools, &self->demand, &self->persistent);
	return r < 0 ? setup_failed("found blocks", -r) : 0;
}

static void minerd_start(struct minerd *self)
{
	CLEANUP(pools_trust_deinit) struct pools_trust trust = {};
	const char *socket = self->conf.control_socket;
	char workers[16];

	snprintf(workers, sizeof(workers), "%zu", self->workers.n);
	log_event(LOG_LEVEL_NOTICE,
		  LOG_FIELDS({"MESSAGE_ID", ID_STARTED}, {"MINERD_VERSION", MINERD_VERSION},
			     {"MINERD_WORKERS", workers}),
		  "minerd %s: %zu pool%s, %s worker%s, %s%s", MINERD_VERSION, self->conf.n_pools,
		  self->conf.n_pools == 1 ? "" : "s", workers, self->workers.n == 1 ? "" : "s",
		  socket ? "control socket " : "no control socket", socket ? socket : "");
	signals_watch(&self->signals, &self->ring);
	minerd_watch_shares(self);
	workers_stats_sample(&self->stats, &self->workers, clock_now());
	workers_watch_init(&self->watch);
	ring_timer_in(&self->ring, &self->tick, MINERD_TICK_MS * CLOCK_MS);
	if (self->conf.stop_after.seconds)
		ring_timer_at(&self->ring, &self->limit_timer,
			      self->start_ns + self->conf.stop_after.seconds * CLOCK_S);
	pools_trust_init(&trust, &self->conf);
	pools_configure(&self->pools, &self->conf, &trust);
	notify_ready(&self->notify);
}

int minerd_run(struct minerd *self)
{
	int r;

	assert(self->workers.n > 0);
	minerd_start(self);
	while (!self->ring.stopped) {
		r = ring_iterate(&self->ring);
		if (r < 0) {
			log_error("io_uring: %s", ring_refusal(r));
			return setup_ring_status(r);
		}
		minerd_check_limits(self);
		if (self->stopping && pools_closed(&self->pools) &&
		    control_closed(&self->control) && !minerd_waits(self))
			ring_stop(&self->ring);
	}
	return self->exit_status;
}

bool minerd_deinit(struct minerd *self)
{
	bool ended = notify_stop(&self->notify);

	workers_deinit(&self->workers);
	/* The kernel ends in its own time what is still armed. After this, the process ends. */
	ring_deinit(&self->ring);
	pools_deinit(&self->pools);
	control_deinit(&self->control);
	status_deinit(&self->status);
	solo_deinit(&self->solo);
	demand_deinit(&self->demand);
	persistent_stats_deinit(&self->persistent);
	resolver_deinit(&self->resolver);
	ended &= reload_deinit(&self->reload);
	signals_deinit(&self->signals);
	cleanup_close(&self->shares_fd);
	conf_deinit(&self->conf);
	return ended;
}
