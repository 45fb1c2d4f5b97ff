/* SPDX-License-Identifier: MIT */
/*
 * Names and units as Prometheus wants them: base units, _total for what only rises. The samples of
 * a name are parts of one whole, so that their sum means something: what contains another has a
 * name of its own.
 */
#include "ctl/view_metrics.h"

#include <math.h>
#include <string.h>

#include "common/container.h"
#include "ctl/field.h"
#include "ctl/metrics.h"

/* The name of a pool, which no other pool has, as the label of its samples. */
static struct metrics_labels metrics_pool_labels(struct json_object *pool)
{
	return (struct metrics_labels){{"pool"}, {field_text(pool, "name", "")}};
}

/* The number of a worker's CPU, which no other worker has, and its kernel. */
static struct metrics_labels metrics_worker_labels(struct json_object *worker)
{
	struct json_object *cpu = field(worker, "cpu");

	return (struct metrics_labels){
		{"cpu", "kernel"},
		{cpu ? json_object_to_json_string(cpu) : "", field_text(worker, "kernel", "")}};
}

static void metrics_daemon(FILE *out, struct json_object *status)
{
	static const char *const states[] = {"mining", "idle", "paused", "stopping"};
	static const struct metrics_number numbers[] = {
		{"uptime_s", "uptime_seconds", "gauge", "Time since the daemon started.", 1},
		{"hashes", "hashes_total", "counter", "Hashes computed.", 1},
		{"blocks_found", "blocks_found_total", "counter", "Blocks found.", 1},
		{"blocks_accepted", "blocks_accepted_total", "counter",
		 "Blocks found that a pool accepted.", 1},
	};
	static const struct metrics_number rates[] = {
		{"10s", "hashrate_10s", "gauge", "Hashes per second over the last 10 seconds.", 1},
		{"1m", "hashrate_1m", "gauge", "Hashes per second over the last minute.", 1},
		{"15m", "hashrate_15m", "gauge", "Hashes per second over the last 15 minutes.", 1},
		{"session", "hashrate_session", "gauge",
		 "Hashes per second since the daemon started.", 1},
	};
	const char *state = field_text(status, "state", "");

	metrics_head(out, "info", "gauge", "Always 1, with the version of the daemon.");
	metrics_sample(out, "info",
		       (struct metrics_labels){{"version"}, {field_text(status, "version", "")}},
		       1);
	metrics_head(out, "state", "gauge", "1 for the state that the daemon is in, else 0.");
	for (size_t i = 0; i < ARRAY_SIZE(states); i++)
		metrics_sample(out, "state", (struct metrics_labels){{"state"}, {states[i]}},
			       strcmp(state, states[i]) == 0);
	metrics_numbers(out, status, numbers, ARRAY_SIZE(numbers));
	metrics_numbers(out, field(status, "hashrate"), rates, ARRAY_SIZE(rates));
}

static void metrics_network(FILE *out, struct json_object *network)
{
	static const struct metrics_number numbers[] = {
		{"difficulty", "network_difficulty", "gauge",
		 "Difficulty of a block on the network of the active pool.", 1},
		{"height", "block_height", "gauge", "Height of the block that is mined.", 1},
		{"expected_block_s", "expected_block_seconds", "gauge",
		 "Average time to a block at the hash rate of the last minute.", 1},
		{"expected_share_s", "expected_share_seconds", "gauge",
		 "Average time to a share at the hash rate of the last minute.", 1},
		{"best_share_fraction", "best_share_block_ratio", "gauge",
		 "Difficulty of the best hash since the daemon started, relative to a block.", 1},
		{"best_ever_fraction", "best_share_block_ratio_ever", "gauge",
		 "Difficulty of the best hash of all runs, relative to a block.", 1},
	};

	metrics_numbers(out, network, numbers, ARRAY_SIZE(numbers));
}

static void metrics_rejects(FILE *out, struct json_object *reasons)
{
	if (!json_object_is_type(reasons, json_type_object) || !json_object_object_length(reasons))
		return;
	metrics_head(out, "share_rejects_total", "counter",
		     "Shares that pools rejected, stale ones too, by reason.");
	json_object_object_foreach(reasons, name, count) metrics_sample(
		out, "share_rejects_total", (struct metrics_labels){{"reason"}, {name}},
		json_object_get_double(count));
}

static void metrics_shares(FILE *out, struct json_object *shares)
{
	/* What becomes of a share that was found: with those in flight, their sum is all. */
	static const char *const results[] = {"accepted",  "rejected",	 "stale",
					      "duplicate", "unanswered", "dropped"};
	static const struct metrics_number numbers[] = {
		{"found", "shares_found_total", "counter", "Shares found by the workers.", 1},
		{"submitted", "shares_submitted_total", "counter", "Shares sent to a pool.", 1},
		{"in_flight", "shares_in_flight", "gauge",
		 "Shares that wait for the reply of a pool.", 1},
		{"overflows", "shares_overflowed_total", "counter",
		 "Shares lost because a queue was full.", 1},
		{"hardware_errors", "hardware_errors_total", "counter",
		 "Wrong results of the kernels: not 0 means that this machine computes wrongly.",
		 1},
		{"best_difficulty", "best_share_difficulty", "gauge",
		 "Difficulty of the best hash since the daemon started.", 1},
		{"luck_percent", "share_luck_ratio", "gauge",
		 "Hashes that the shares found take on average, relative to those computed.", 100},
	};
	static const struct metrics_number best[] = {
		{"difficulty", "best_share_difficulty_ever", "gauge",
		 "Difficulty of the best hash of all runs.", 1},
	};

	if (!shares)
		return;
	metrics_head(out, "shares_total", "counter",
		     "Shares found that are not in flight, by what became of them.");
	metrics_results(out, "shares_total", METRICS_NO_LABELS, shares, results,
			ARRAY_SIZE(results));
	metrics_numbers(out, shares, numbers, ARRAY_SIZE(numbers));
	metrics_numbers(out, field(shares, "best_ever"), best, ARRAY_SIZE(best));
	metrics_rejects(out, field(shares, "reject_reasons"));
}

/* Each way is a metric of its own: some are parts of others. */
static void metrics_latency(FILE *out, struct json_object *latency, struct json_object *last_hour)
{
	static const struct {
		const char *key, *name, *help;
	} ways[] = {
		{"packet_to_hash", "packet_to_hash_seconds",
		 "From the last byte of a new job to the first hash on it."},
		{"parse", "job_parse_seconds",
		 "From the last byte of a new job until the message is parsed."},
		{"dispatch", "job_dispatch_seconds",
		 "From a new job parsed until the workers have it."},
		{"first_hash", "job_first_hash_seconds",
		 "From a new job given to the workers to the first hash on it."},
		{"stale_work", "stale_work_seconds",
		 "From the last byte of a new job until the last worker has it."},
		{"failover", "failover_seconds",
		 "From the loss of a pool to the first hash for the next one."},
		{"submit", "submit_seconds", "From sending a share to the reply of the pool."},
	};

	for (size_t i = 0; i < ARRAY_SIZE(ways); i++) {
		struct json_object *way = field(latency, ways[i].key);

		if (isnan(field_number(way, "count")))
			continue;
		metrics_head(out, ways[i].name, "summary", ways[i].help);
		metrics_summary(out, ways[i].name, METRICS_NO_LABELS, way,
				field(last_hour, ways[i].key));
	}
}

/* How long each pool took to reply to shares. */
static void metrics_pool_replies(FILE *out, struct json_object *pools)
{
	bool begun = false;

	for (size_t i = 0; i < field_length(pools); i++) {
		struct json_object *pool = json_object_array_get_idx(pools, i);
		struct json_object *replies = field(pool, "submit_us");

		if (isnan(field_number(replies, "count")))
			continue;
		if (!begun)
			metrics_head(out, "pool_submit_seconds", "summary",
				     "From sending a share to the reply of this pool.");
		begun = true;
		metrics_summary(out, "pool_submit_seconds", metrics_pool_labels(pool), replies,
				field_last_hour(pool, "submit"));
	}
}

/* Whether each pool is in one of two states. */
static void metrics_pool_is(FILE *out, struct json_object *pools, const char *name,
			    const char *help, const char *state, const char *or_state)
{
	if (!field_length(pools))
		return;
	metrics_head(out, name, "gauge", help);
	for (size_t i = 0; i < field_length(pools); i++) {
		struct json_object *pool = json_object_array_get_idx(pools, i);
		const char *is = field_text(pool, "state", "");

		metrics_sample(out, name, metrics_pool_labels(pool),
			       strcmp(is, state) == 0 || strcmp(is, or_state) == 0);
	}
}

static void metrics_pool_states(FILE *out, struct json_object *pools)
{
	static const char *const states[] = {"active", "standby", "connecting", "backoff",
					     "disabled"};

	metrics_pool_is(out, pools, "pool_up", "1 for a pool that can be mined on, else 0.",
			"active", "standby");
	metrics_pool_is(out, pools, "pool_active", "1 for the pool that is mined on, else 0.",
			"active", "active");
	if (!field_length(pools))
		return;
	metrics_head(out, "pool_state", "gauge", "1 for the state that a pool is in, else 0.");
	for (size_t i = 0; i < field_length(pools); i++) {
		struct json_object *pool = json_object_array_get_idx(pools, i);
		struct metrics_labels labels = metrics_pool_labels(pool);

		labels.name[1] = "state";
		for (size_t j = 0; j < ARRAY_SIZE(states); j++) {
			labels.value[1] = states[j];
			metrics_sample(out, "pool_state", labels,
				       strcmp(field_text(pool, "state", ""), states[j]) == 0);
		}
	}
}

/* Whether a text stood in the list before. */
static bool metrics_listed_before(struct json_object *list, size_t end, const char *text)
{
	for (size_t i = 0; i < end; i++) {
		struct json_object *item = json_object_array_get_idx(list, i);

		if (json_object_is_type(item, json_type_string) &&
		    strcmp(json_object_get_string(item), text) == 0)
			return true;
	}
	return false;
}

/* Requests that a pool is not sent, as it does not accept them. */
static void metrics_pool_left_out(FILE *out, struct json_object *pools)
{
	bool begun = false;

	for (size_t i = 0; i < field_length(pools); i++) {
		struct json_object *pool = json_object_array_get_idx(pools, i);
		struct json_object *list = field(pool, "left_out");
		struct metrics_labels labels = metrics_pool_labels(pool);

		labels.name[1] = "request";
		for (size_t j = 0; j < field_length(list); j++) {
			struct json_object *item = json_object_array_get_idx(list, j);

			if (!json_object_is_type(item, json_type_string))
				continue;
			labels.value[1] = json_object_get_string(item);
			if (metrics_listed_before(list, j, labels.value[1]))
				continue;
			if (!begun)
				metrics_head(out, "pool_request_left_out", "gauge",
					     "1 for an optional request that a pool is not sent.");
			begun = true;
			metrics_sample(out, "pool_request_left_out", labels, 1);
		}
	}
}

static void metrics_pool_shares(FILE *out, struct json_object *pools)
{
	static const char *const results[] = {"accepted", "rejected", "stale"};

	if (!field_length(pools))
		return;
	metrics_head(out, "pool_shares_total", "counter",
		     "Shares found for a pool, by what became of them.");
	for (size_t i = 0; i < field_length(pools); i++) {
		struct json_object *pool = json_object_array_get_idx(pools, i);

		metrics_results(out, "pool_shares_total", metrics_pool_labels(pool), pool, results,
				ARRAY_SIZE(results));
	}
}

static void metrics_pools(FILE *out, struct json_object *pools)
{
	static const struct metrics_number numbers[] = {
		{"difficulty", "pool_difficulty", "gauge",
		 "Share difficulty of the pool, 0 without a job.", 1},
		{"network_difficulty", "pool_network_difficulty", "gauge",
		 "Difficulty of a block on the network of the pool.", 1},
		{"height", "pool_block_height", "gauge",
		 "Height of the block that the last job of the pool is for.", 1},
		{"in_flight", "pool_shares_in_flight", "gauge",
		 "Shares that wait for the reply of the pool.", 1},
		{"attempts", "pool_attempts_total", "counter", "Attempts to connect to the pool.",
		 1},
		{"losses", "pool_losses_total", "counter",
		 "Times that the pool could be mined on and then no longer.", 1},
		{"failures", "pool_failures", "gauge",
		 "Failures in a row, without progress between them.", 1},
		{"active_s", "pool_active_seconds_total", "counter",
		 "Time that the pool was mined on.", 1},
		{"down_s", "pool_down_seconds", "gauge",
		 "Time since when the pool is needed and cannot be mined on.", 1},
		{"next_attempt_s", "pool_next_attempt_seconds", "gauge",
		 "Time until the next attempt to connect to the pool.", 1},
		{"payout_percent", "pool_payout_ratio", "gauge",
		 "Part of the coinbase of the last job that goes to the payout address.", 100},
		{"last_job_s", "pool_last_job_age_seconds", "gauge",
		 "Age of the last job of the pool.", 1},
		{"invalid_lines", "pool_invalid_lines_total", "counter",
		 "Lines of the pool that could not be understood.", 1},
		{"blocks_found", "pool_blocks_found_total", "counter", "Blocks found for the pool.",
		 1},
		{"blocks_accepted", "pool_blocks_accepted_total", "counter",
		 "Blocks found that the pool accepted.", 1},
	};

	metrics_pool_states(out, pools);
	metrics_list(out, pools, metrics_pool_labels, numbers, ARRAY_SIZE(numbers));
	metrics_pool_replies(out, pools);
	metrics_pool_shares(out, pools);
	metrics_pool_left_out(out, pools);
}

static void metrics_workers(FILE *out, struct json_object *workers)
{
	static const struct metrics_number numbers[] = {
		{"hashrate", "worker_hashrate", "gauge", "Hashes per second of a worker.", 1},
		{"hashes", "worker_hashes_total", "counter", "Hashes computed by a worker.", 1},
		{"hardware_errors", "worker_hardware_errors_total", "counter",
		 "Wrong results of the kernel of a worker.", 1},
		{"failed_checks", "worker_failed_checks_total", "counter",
		 "Failed checks of the kernel of a worker, part of its hardware errors.", 1},
	};

	metrics_list(out, workers, metrics_worker_labels, numbers, ARRAY_SIZE(numbers));
	/* An older daemon takes no worker out. */
	if (!field_length(workers) ||
	    isnan(field_number(json_object_array_get_idx(workers, 0), "failed_checks")))
		return;
	metrics_head(out, "worker_taken_out", "gauge",
		     "1 for a worker that gets no work because its CPU computes wrongly, else 0.");
	for (size_t i = 0; i < field_length(workers); i++) {
		struct json_object *worker = json_object_array_get_idx(workers, i);

		metrics_sample(out, "worker_taken_out", metrics_worker_labels(worker),
			       field_text(worker, "taken_out", NULL) != NULL);
	}
}

void view_metrics(FILE *out, struct json_object *status)
{
	metrics_daemon(out, status);
	metrics_network(out, field(status, "network"));
	metrics_shares(out, field(status, "shares"));
	metrics_pools(out, field(status, "pools"));
	metrics_workers(out, field(status, "workers"));
	metrics_latency(out, field(status, "latency_us"), field_last_hour(status, "latency"));
}
