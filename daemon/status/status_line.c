/* SPDX-License-Identifier: MIT */
#include "status/status_line.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "common/clock.h"
#include "common/units.h"
#include "status/network.h"
#include "status/status.h"

enum {
	STATUS_LINE_NAME_MAX = 48,   /* bytes of a pool's name */
	STATUS_LINE_REASON_MAX = 96, /* bytes of the reason why a pool is down */
};

/* Appends to the line; what does not fit is cut off, between two characters. */
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
	/* Drops a character of UTF-8 that lost its end: continuation bytes are 10xxxxxx. */
	line[used] = '\0';
	while (used && ((unsigned char)line[used - 1] & 0xc0) == 0x80)
		used--;
	if (used && (unsigned char)line[used - 1] >= 0xc0)
		line[used - 1] = '\0';
}

/* How many of the first max bytes of text end between two characters of UTF-8. */
static int status_line_fitting(const char *text, size_t max)
{
	size_t n = strnlen(text, max);

	while (n && ((unsigned char)text[n] & 0xc0) == 0x80)
		n--;
	return (int)n;
}

/* The pool that minerd tries now, or next; NULL: there is none. */
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

/* Why there is no pool, and when the next attempt is. */
static void status_line_add_outage(char line[STATUS_LINE_MAX], const struct pools *pools)
{
	const struct pool *next = status_line_next(pools);
	const char *reason, *more = "";
	uint64_t now = clock_now();

	status_line_add(line, "no pool");
	if (!next)
		return;
	reason = next->history.last_loss[0] ? next->history.last_loss : next->history.last_error;
	/* What follows must fit, too: when the next attempt is. */
	if (strlen(reason) > STATUS_LINE_REASON_MAX)
		more = "...";
	if (!*reason)
		reason = "connecting";
	status_line_add(line, ": %.*s: %.*s%s",
			status_line_fitting(next->conf.name, STATUS_LINE_NAME_MAX), next->conf.name,
			status_line_fitting(reason, STATUS_LINE_REASON_MAX), reason, more);
	if (next->state == POOL_WAITING && next->retry.deadline > now)
		status_line_add(
			line, "; next attempt in %llu s",
			(unsigned long long)((next->retry.deadline - now + CLOCK_S - 1) / CLOCK_S));
	else if (next->history.last_loss[0])
		status_line_add(line, "; trying again now");
	if (pools->n > 1)
		status_line_add(line, "; %zu other pool%s down", pools->n - 1,
				pools->n == 2 ? " is" : "s are");
}

static void status_line_add_shares(char line[STATUS_LINE_MAX], const struct share_stats *stats)
{
	char best[UNITS_MAX];

	status_line_add(line, ", shares %llu accepted %llu rejected %llu stale",
			(unsigned long long)stats->accepted, (unsigned long long)stats->rejected,
			(unsigned long long)stats->stale);
	if (stats->best_difficulty > 0)
		status_line_add(line, ", best %s", units_difficulty(best, stats->best_difficulty));
}

static void status_line_add_taken_out(char line[STATUS_LINE_MAX], const struct workers *workers)
{
	size_t left = workers_left(workers);

	if (left < workers->n)
		status_line_add(line, ", %zu of %zu workers taken out (hardware errors)",
				workers->n - left, workers->n);
}

/* What a block takes, and how often one is due at this hash rate. */
static void status_line_add_block(char line[STATUS_LINE_MAX], const struct pool *pool, double rate)
{
	char difficulty[UNITS_MAX], seconds[UNITS_MAX];
	struct network network;

	if (!network_of_pool(&network, pool) || !(rate > 0))
		return;
	status_line_add(line, ", a block (difficulty %s) every %s",
			units_difficulty(difficulty, network.difficulty),
			units_interval(seconds, network_seconds(network.block_hashes, rate)));
}

static void status_line_mining(const struct status_source *source, char line[STATUS_LINE_MAX])
{
	struct histogram latency;
	double rate = rate_window(&source->stats->rate, RATE_1_M);
	const char *name = source->pools->active->conf.name;
	char text[UNITS_MAX];

	status_line_add(line, "%s on %.*s", units_hashrate(text, rate),
			status_line_fitting(name, STATUS_LINE_NAME_MAX), name);
	status_line_add_taken_out(line, source->workers);
	status_line_add_shares(line, &source->pools->stats);
	aging_histogram_last_hour(&source->latency->packet_to_hash, clock_now(), &latency);
	if (latency.count)
		status_line_add(line, ", packet to hash %s",
				units_microseconds(text, (double)histogram_quantile(&latency, 0.5) /
								 (double)CLOCK_US));
	status_line_add_block(line, source->pools->active, rate);
}

void status_line(const struct status_source *source, char ret[STATUS_LINE_MAX])
{
	const struct pool *active = source->pools->active;
	enum status_state state = source->state;

	workers_stats_sample(source->stats, source->workers, clock_now());
	latency_trace_collect(source->latency, source->workers);
	ret[0] = '\0';
	if (state == STATUS_MINING) {
		status_line_mining(source, ret);
		return;
	}
	status_line_add(ret, "%s", status_state_name(state));
	if (active)
		status_line_add(ret, ", connected to %.*s",
				status_line_fitting(active->conf.name, STATUS_LINE_NAME_MAX),
				active->conf.name);
	else if (state != STATUS_STOPPING) {
		status_line_add(ret, ": ");
		status_line_add_outage(ret, source->pools);
	}
	status_line_add_taken_out(ret, source->workers);
	if (source->pools->stats.found)
		status_line_add_shares(ret, &source->pools->stats);
}
