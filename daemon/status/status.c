/* SPDX-License-Identifier: MIT */
#include "status/status.h"

#include <unistd.h>

#include "common/clock.h"
#include "common/container.h"
#include "status/status_network.h"
#include "status/status_pools.h"
#include "status/status_value.h"
#include "status/workers_watch.h"

const char *status_state_name(enum status_state state)
{
	static const char *const names[] = {
		[STATUS_MINING] = "mining",
		[STATUS_IDLE] = "idle",
		[STATUS_PAUSED] = "paused",
		[STATUS_STOPPING] = "stopping",
	};

	return names[state];
}

static void status_hashrate(struct json_writer *object, const struct rate *rate)
{
	json_writer_open(object, "hashrate");
	status_whole(object, "10s", rate_window(rate, RATE_10_S));
	status_whole(object, "1m", rate_window(rate, RATE_1_M));
	status_whole(object, "15m", rate_window(rate, RATE_15_M));
	status_whole(object, "session", rate_session(rate));
	json_writer_close(object);
}

/* The best share of all runs; null: there is none yet. */
static void status_best(struct json_writer *object, const struct stats_file *stats)
{
	char hash[TARGET_TEXT_MAX];

	if (!stats->has_best) {
		json_writer_null(object, "best_ever");
		return;
	}
	json_writer_open(object, "best_ever");
	json_writer_number(object, "difficulty", target_difficulty(&stats->best));
	json_writer_string(object, "hash", target_text(hash, &stats->best));
	json_writer_count(object, "time", stats->best_s);
	json_writer_string(object, "pool", stats->best_pool[0] ? stats->best_pool : NULL);
	json_writer_close(object);
}

static void status_persistent_stats(struct json_writer *object,
				    const struct persistent_stats *stats)
{
	const struct stats_file total = persistent_stats_total(stats);

	json_writer_open(object, "lifetime");
	json_writer_count(object, "since", total.since_s);
	json_writer_count(object, "accepted", total.accepted);
	json_writer_count(object, "blocks_found", total.blocks_found);
	json_writer_count(object, "blocks_accepted", total.blocks_accepted);
	json_writer_close(object);
}

static void status_reject_reasons(struct json_writer *object, const struct share_stats *stats)
{
	json_writer_open(object, "reject_reasons");
	for (unsigned i = 0; i < REJECT_N; i++)
		if (stats->reasons[i])
			json_writer_count(object, reject_name(i), stats->reasons[i]);
	json_writer_close(object);
}

static void status_shares(struct json_writer *object, const struct status_source *source)
{
	const struct share_stats *stats = &source->pools->stats;
	uint64_t overflows = workers_stats_overflows(source->stats, source->workers);

	json_writer_open(object, "shares");
	/* A share that a worker's full queue had no room for was found and dropped. */
	json_writer_count(object, "found", stats->found + overflows);
	json_writer_count(object, "submitted", stats->submitted);
	json_writer_count(object, "accepted", stats->accepted);
	json_writer_count(object, "rejected", stats->rejected);
	json_writer_count(object, "stale", stats->stale);
	json_writer_count(object, "duplicate", stats->duplicate);
	json_writer_count(object, "unanswered", stats->unanswered);
	json_writer_count(object, "dropped", stats->dropped + overflows);
	json_writer_count(object, "in_flight", pools_waiting(source->pools));
	json_writer_count(object, "overflows", overflows);
	json_writer_count(object, "hardware_errors",
			  workers_stats_hardware_errors(source->stats, source->workers));
	json_writer_number(object, "best_difficulty", stats->best_difficulty);
	status_best(object, &source->persistent->kept);
	status_luck(object, source);
	status_reject_reasons(object, stats);
	json_writer_close(object);
}

/* Percentage of the time with work that a worker spends outside its kernel. */
static double status_outside(const struct worker *worker)
{
	double inside = (double)atomic_load_explicit(&worker->inside_ns, memory_order_relaxed);
	double outside = (double)atomic_load_explicit(&worker->outside_ns, memory_order_relaxed);

	return inside > 0 ? 100 * outside / (inside + outside) : 0;
}

/* taken_out: null while the worker gets work. */
static void status_worker_health(struct json_writer *object, const struct worker *worker)
{
	uint64_t checks = atomic_load_explicit(&worker->failed_checks, memory_order_acquire);
	char reason[WORKERS_WATCH_REASON_MAX];

	json_writer_count(object, "hardware_errors",
			  atomic_load_explicit(&worker->hardware_errors, memory_order_relaxed));
	json_writer_count(object, "failed_checks", checks);
	json_writer_string(object, "taken_out",
			   worker->taken_out ? workers_watch_reason(reason, worker) : NULL);
}

static void status_workers(struct json_writer *object, const struct status_source *source)
{
	const struct workers *workers = source->workers;

	json_writer_open_list(object, "workers");
	for (size_t i = 0; i < workers->n; i++) {
		const struct worker *worker = &workers->list[i];

		json_writer_open(object, NULL);
		json_writer_count(object, "cpu", worker->cpu);
		json_writer_count(object, "group", worker->group);
		json_writer_string(object, "kernel", worker->kernel->name);
		status_whole(object, "hashrate", rate_short_window(&source->stats->worker_rate[i]));
		json_writer_count(object, "hashes",
				  atomic_load_explicit(&worker->hashes, memory_order_relaxed));
		json_writer_number(object, "outside_percent", status_outside(worker));
		status_worker_health(object, worker);
		json_writer_close(object);
	}
	json_writer_close_list(object);
}

static void status_worker_groups(struct json_writer *object, const struct conf *conf)
{
	json_writer_open_list(object, "worker_groups");
	for (size_t i = 0; i < conf->n_workers; i++) {
		json_writer_open(object, NULL);
		json_writer_number(object, "hashrate_limit", conf->workers[i].hashrate_limit);
		json_writer_count(object, "cpu_limit", conf->workers[i].cpu_limit);
		json_writer_close(object);
	}
	json_writer_close_list(object);
}

static void status_latency(struct json_writer *object, const struct status_source *source,
			   uint64_t now)
{
	const struct latency_trace *latency = source->latency;
	const struct {
		const char *name;
		const struct aging_histogram *histogram;
	} steps[] = {
		{"packet_to_hash", &latency->packet_to_hash},
		{"parse", &latency->parse},
		{"dispatch", &latency->dispatch},
		{"first_hash", &latency->first_hash},
		{"stale_work", &latency->stale_work},
		{"failover", &latency->failover},
		{"submit", &source->pools->stats.submit_ns},
	};

	json_writer_open(object, "latency_us");
	for (size_t i = 0; i < ARRAY_SIZE(steps); i++)
		status_histogram(object, steps[i].name, &steps[i].histogram->all);
	json_writer_close(object);
	json_writer_open(object, "latency_last_hour_us");
	for (size_t i = 0; i < ARRAY_SIZE(steps); i++)
		status_last_hour(object, steps[i].name, steps[i].histogram, now);
	json_writer_close(object);
}

static void status_write(struct json_writer *object, const struct status_source *source,
			 uint64_t now)
{
	const struct pool *active = source->pools->active;

	json_writer_open(object, NULL);
	json_writer_string(object, "version", MINERD_VERSION);
	json_writer_count(object, "pid", (uint64_t)getpid());
	status_age(object, "uptime_s", source->start_ns, now);
	json_writer_string(object, "state", status_state_name(source->state));
	status_hashrate(object, &source->stats->rate);
	json_writer_count(object, "hashes", workers_stats_hashes(source->stats, source->workers));
	json_writer_string(object, "pool", active ? active->conf.name : NULL);
	status_network(object, source);
	status_pools(object, source->pools, now);
	status_shares(object, source);
	json_writer_count(object, "blocks_found", source->pools->stats.blocks.found);
	json_writer_count(object, "blocks_accepted", source->pools->stats.blocks.accepted);
	status_persistent_stats(object, source->persistent);
	status_workers(object, source);
	status_worker_groups(object, source->conf);
	status_latency(object, source, now);
	json_writer_close(object);
}

void status_deinit(struct status *status)
{
	json_writer_deinit(&status->writer);
	status->written_ns = 0;
}

const char *status_json(struct status *status, const struct status_source *source, uint64_t age_ns,
			size_t *ret_size)
{
	uint64_t now = clock_now();

	if (!status->written_ns || now - status->written_ns > age_ns) {
		workers_stats_sample(source->stats, source->workers, now);
		latency_trace_collect(source->latency, source->workers);
		json_writer_reset(&status->writer);
		status_write(&status->writer, source, now);
		status->written_ns = status->writer.failed ? 0 : now;
	}
	return json_writer_text(&status->writer, ret_size);
}
