/* SPDX-License-Identifier: MIT */
#include "status.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "common/clock.h"
#include "common/units.h"
#include "minerd.h"
#include "status_parts.h"

enum {
	STATUS_NAME_MAX = 48,	/* bytes of a pool's name in the status line */
	STATUS_REASON_MAX = 96, /* and of the reason why it is down */
};

static const char *status_state_name(enum minerd_state state)
{
	static const char *const names[] = {
		[MINERD_MINING] = "mining",
		[MINERD_IDLE] = "idle",
		[MINERD_PAUSED] = "paused",
		[MINERD_STOPPING] = "stopping",
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

/* The best share of all runs; null: there was none. */
static void status_best(struct json_writer *object, const struct stats_file *stats)
{
	char hash[TARGET_TEXT_MAX];

	if (!stats->has_best) {
		json_writer_null(object, "best_ever");
		return;
	}
	json_writer_open(object, "best_ever");
	status_number(object, "difficulty", target_difficulty(&stats->best));
	status_text(object, "hash", target_text(hash, &stats->best));
	status_count(object, "time", stats->best_s);
	status_text(object, "pool", stats->best_pool[0] ? stats->best_pool : NULL);
	json_writer_close(object);
}

static void status_persistent_stats(struct json_writer *object,
				    const struct persistent_stats *stats)
{
	const struct stats_file total = persistent_stats_total(stats);

	json_writer_open(object, "lifetime");
	status_count(object, "since", total.since_s);
	status_count(object, "accepted", total.accepted);
	status_count(object, "blocks_found", total.blocks_found);
	status_count(object, "blocks_accepted", total.blocks_accepted);
	json_writer_close(object);
}

static void status_reject_reasons(struct json_writer *object, const struct ledger *ledger)
{
	json_writer_open(object, "reject_reasons");
	for (unsigned i = 0; i < REJECT_N; i++)
		if (ledger->reasons[i])
			status_count(object, reject_name(i), ledger->reasons[i]);
	json_writer_close(object);
}

static void status_shares(struct json_writer *object, const struct minerd *minerd)
{
	const struct ledger *ledger = &minerd->pools.ledger;
	uint64_t overflows = minerd->old_overflows + workers_overflows(&minerd->workers);

	json_writer_open(object, "shares");
	/* What a worker's queue had no room for was found, and dropped. */
	status_count(object, "found", ledger->found + overflows);
	status_count(object, "submitted", ledger->submitted);
	status_count(object, "accepted", ledger->accepted);
	status_count(object, "rejected", ledger->rejected);
	status_count(object, "stale", ledger->stale);
	status_count(object, "duplicate", ledger->duplicate);
	status_count(object, "unanswered", ledger->unanswered);
	status_count(object, "dropped", ledger->dropped + overflows);
	status_count(object, "in_flight", pools_waiting(&minerd->pools));
	status_count(object, "overflows", overflows);
	status_count(object, "hardware_errors",
		     minerd->old_hardware_errors + workers_hardware_errors(&minerd->workers));
	status_number(object, "best_difficulty", ledger->best_difficulty);
	status_best(object, &minerd->stats.kept);
	status_reject_reasons(object, ledger);
	json_writer_close(object);
}

/* Of the time that a worker has work, the part that does not go into hashing; in percent. */
static double status_outside(const struct worker *worker)
{
	double inside = (double)atomic_load_explicit(&worker->inside_ns, memory_order_relaxed);
	double outside = (double)atomic_load_explicit(&worker->outside_ns, memory_order_relaxed);

	return inside > 0 ? 100 * outside / (inside + outside) : 0;
}

static void status_workers(struct json_writer *object, const struct minerd *minerd)
{
	const struct workers *workers = &minerd->workers;

	json_writer_open_list(object, "workers");
	for (size_t i = 0; i < workers->n; i++) {
		const struct worker *worker = &workers->list[i];

		json_writer_open(object, NULL);
		status_count(object, "cpu", worker->cpu);
		status_count(object, "pool", worker->group);
		status_text(object, "kernel", worker->kernel->name);
		status_whole(object, "hashrate", rate_short_window(&minerd->worker_rates[i]));
		status_count(object, "hashes",
			     atomic_load_explicit(&worker->hashes, memory_order_relaxed));
		status_number(object, "outside_percent", status_outside(worker));
		json_writer_close(object);
	}
	json_writer_close_list(object);
}

static void status_worker_pools(struct json_writer *object, const struct conf *conf)
{
	json_writer_open_list(object, "worker_pools");
	for (size_t i = 0; i < conf->n_workers; i++) {
		json_writer_open(object, NULL);
		status_number(object, "hashrate_limit", conf->workers[i].hashrate_limit);
		status_count(object, "cpu_limit", conf->workers[i].cpu_limit);
		json_writer_close(object);
	}
	json_writer_close_list(object);
}

static void status_latency(struct json_writer *object, const struct minerd *minerd)
{
	const struct stamps *latency = &minerd->latency;

	json_writer_open(object, "latency_us");
	status_histogram(object, "packet_to_hash", &latency->packet_to_hash);
	status_histogram(object, "parse", &latency->parse);
	status_histogram(object, "dispatch", &latency->dispatch);
	status_histogram(object, "first_hash", &latency->first_hash);
	status_histogram(object, "stale_work", &latency->stale_work);
	status_histogram(object, "failover", &latency->failover);
	status_histogram(object, "submit", &minerd->pools.ledger.submit_ns);
	json_writer_close(object);
}

static void status_write(struct json_writer *object, struct minerd *minerd, uint64_t now)
{
	const struct pool *active = minerd->pools.active;

	json_writer_open(object, NULL);
	status_text(object, "version", MINERD_VERSION);
	status_count(object, "pid", (uint64_t)getpid());
	status_age(object, "uptime_s", minerd->start_ns, now);
	status_text(object, "state", status_state_name(minerd_state(minerd)));
	status_hashrate(object, &minerd->rate);
	status_count(object, "hashes", minerd->old_hashes + workers_hashes(&minerd->workers));
	status_text(object, "pool", active ? active->conf.name : NULL);
	status_pools(object, &minerd->pools, now);
	status_shares(object, minerd);
	status_count(object, "blocks_found", minerd->pools.ledger.blocks.found);
	status_count(object, "blocks_accepted", minerd->pools.ledger.blocks.accepted);
	status_persistent_stats(object, &minerd->stats);
	status_workers(object, minerd);
	status_worker_pools(object, &minerd->conf);
	status_latency(object, minerd);
	json_writer_close(object);
}

void status_deinit(struct status *status)
{
	json_writer_deinit(&status->writer);
	status->written_ns = 0;
}

const char *status_json(struct minerd *minerd, uint64_t age_ns, size_t *ret_size)
{
	struct status *status = &minerd->status;
	uint64_t now = clock_now();

	if (!status->written_ns || now - status->written_ns > age_ns) {
		minerd_sample_rates(minerd, now);
		stamps_collect(&minerd->latency, &minerd->workers);
		json_writer_reset(&status->writer);
		status_write(&status->writer, minerd, now);
		status->written_ns = status->writer.failed ? 0 : now;
	}
	return json_writer_text(&status->writer, ret_size);
}

/* Appends to the line; what has no place there is cut, between two characters. */
static void __attribute__((format(printf, 2, 3)))
status_line_add(char line[STATUS_LINE_MAX], const char *format, ...)
{
	size_t used = strlen(line);
	va_list args;
	int n;

	va_start(args, format);
	n = vsnprintf(line + used, STATUS_LINE_MAX - used, format, args);
	va_end(args);
	if (n < 0 || used + (size_t)n < STATUS_LINE_MAX)
		return;
	used = STATUS_LINE_MAX - 1;
	/* A character of UTF-8 that lost its end: its bytes after the first one are 10xxxxxx. */
	line[used] = '\0';
	while (used && ((unsigned char)line[used - 1] & 0xc0) == 0x80)
		used--;
	if (used && (unsigned char)line[used - 1] >= 0xc0)
		line[used - 1] = '\0';
}

/* Bytes of text, at most so many, that end between two characters of UTF-8. */
static int status_line_fitting(const char *text, size_t max)
{
	size_t n = strnlen(text, max);

	while (n && ((unsigned char)text[n] & 0xc0) == 0x80)
		n--;
	return (int)n;
}

/* The pool that is tried now, or next; NULL: none is. */
static const struct pool *status_line_next(const struct pools *pools)
{
	const struct pool *next = NULL;

	for (size_t i = 0; i < pools->n; i++) {
		const struct pool *pool = pools->order[i];

		if (pool->state == POOL_CONNECTING)
			return pool;
		if (pool->state == POOL_WAITING && pool->retry.armed &&
		    (!next || pool->retry.deadline < next->retry.deadline))
			next = pool;
	}
	return next;
}

/* Why there is no pool, and when that may change. */
static void status_line_add_outage(char line[STATUS_LINE_MAX], const struct pools *pools)
{
	const struct pool *next = status_line_next(pools);
	const char *reason, *more = "";
	uint64_t now = clock_now();

	status_line_add(line, "no pool");
	if (!next)
		return;
	reason = next->last_loss[0] ? next->last_loss : next->last_error;
	/* When it ends is behind it, and is to be seen. */
	if (strlen(reason) > STATUS_REASON_MAX)
		more = "...";
	if (!*reason)
		reason = "connecting";
	status_line_add(line, ": %.*s: %.*s%s",
			status_line_fitting(next->conf.name, STATUS_NAME_MAX), next->conf.name,
			status_line_fitting(reason, STATUS_REASON_MAX), reason, more);
	if (next->state == POOL_WAITING && next->retry.deadline > now)
		status_line_add(
			line, "; next attempt in %llu s",
			(unsigned long long)((next->retry.deadline - now + CLOCK_S - 1) / CLOCK_S));
	else if (next->last_loss[0])
		status_line_add(line, "; trying again now");
	if (pools->n > 1)
		status_line_add(line, "; %zu other pool%s down", pools->n - 1,
				pools->n == 2 ? " is" : "s are");
}

static void status_line_add_shares(char line[STATUS_LINE_MAX], const struct ledger *ledger)
{
	char best[UNITS_MAX];

	status_line_add(line, ", shares %llu accepted %llu rejected %llu stale",
			(unsigned long long)ledger->accepted, (unsigned long long)ledger->rejected,
			(unsigned long long)ledger->stale);
	if (ledger->best_difficulty > 0)
		status_line_add(line, ", best %s", units_difficulty(best, ledger->best_difficulty));
}

/* How fast it hashes, if it does. */
static void status_line_mining(const struct minerd *minerd, char line[STATUS_LINE_MAX])
{
	const struct histogram *way = &minerd->latency.packet_to_hash;
	const char *name = minerd->pools.active->conf.name;
	char text[UNITS_MAX];

	status_line_add(line, "%s on %.*s",
			units_hashrate(text, rate_window(&minerd->rate, RATE_1_M)),
			status_line_fitting(name, STATUS_NAME_MAX), name);
	status_line_add_shares(line, &minerd->pools.ledger);
	if (way->count)
		status_line_add(line, ", packet to hash %s",
				units_microseconds(text, (double)histogram_quantile(way, 0.5) /
								 (double)CLOCK_US));
}

void status_line(struct minerd *minerd, char ret[STATUS_LINE_MAX])
{
	const struct pool *active = minerd->pools.active;
	enum minerd_state state = minerd_state(minerd);

	minerd_sample_rates(minerd, clock_now());
	stamps_collect(&minerd->latency, &minerd->workers);
	ret[0] = '\0';
	if (state == MINERD_MINING) {
		status_line_mining(minerd, ret);
		return;
	}
	status_line_add(ret, "%s", status_state_name(state));
	if (active)
		status_line_add(ret, ", connected to %.*s",
				status_line_fitting(active->conf.name, STATUS_NAME_MAX),
				active->conf.name);
	else if (state != MINERD_STOPPING) {
		status_line_add(ret, ": ");
		status_line_add_outage(ret, &minerd->pools);
	}
	if (minerd->pools.ledger.found)
		status_line_add_shares(ret, &minerd->pools.ledger);
}
