/* SPDX-License-Identifier: MIT */
/* Names and units as Prometheus wants them: base units, _total for what only rises. */
#include <math.h>
#include <string.h>

#include "common/container.h"
#include "ctl/field.h"
#include "ctl/view.h"

static const char *const metrics_paths[] = {"packet_to_hash", "parse",	  "dispatch", "first_hash",
					    "stale_work",     "failover", "submit"};

static const struct {
	const char *key, *quantile;
} metrics_quantiles[] = {{"p50", "0.5"}, {"p90", "0.9"}, {"p99", "0.99"}, {"max", "1"}};

enum { METRICS_QUANTILES = ARRAY_SIZE(metrics_quantiles) };

static void metrics_head(FILE *out, const char *name, const char *type, const char *help)
{
	fprintf(out, "# HELP minerd_%s %s\n# TYPE minerd_%s %s\n", name, help, name, type);
}

/* A label's value in quotes: backslash, quote and line feed are escaped. */
static void metrics_label(FILE *out, const char *before, const char *label, const char *value)
{
	fprintf(out, "%s%s=\"", before, label);
	for (; *value; value++) {
		if (*value == '\n')
			fputs("\\n", out);
		else if (*value == '"' || *value == '\\')
			fprintf(out, "\\%c", *value);
		else
			fputc(*value, out);
	}
	fputc('"', out);
}

static void metrics_value(FILE *out, double value)
{
	if (isnan(value))
		fputs(" NaN\n", out);
	else
		fprintf(out, " %.17g\n", value);
}

/* A sample with up to two labels; label and value NULL: none. */
static void metrics_sample(FILE *out, const char *name, const char *label, const char *text,
			   const char *label2, const char *text2, double value)
{
	fprintf(out, "minerd_%s", name);
	if (label)
		metrics_label(out, "{", label, text);
	if (label2)
		metrics_label(out, ",", label2, text2);
	if (label)
		fputc('}', out);
	metrics_value(out, value);
}

static void metrics_one(FILE *out, const char *name, const char *type, const char *help,
			double value)
{
	metrics_head(out, name, type, help);
	metrics_sample(out, name, NULL, NULL, NULL, NULL, value);
}

static void metrics_daemon(FILE *out, struct json_object *status)
{
	static const char *const states[] = {"mining", "idle", "paused", "stopping"};
	static const char *const windows[] = {"10s", "1m", "15m", "session"};
	struct json_object *rates = field(status, "hashrate");
	const char *state = field_text(status, "state", "");

	metrics_head(out, "info", "gauge", "The version of the daemon.");
	metrics_sample(out, "info", "version", field_text(status, "version", ""), NULL, NULL, 1);
	metrics_one(out, "uptime_seconds", "gauge", "Time since the daemon started.",
		    field_number(status, "uptime_s"));
	metrics_head(out, "state", "gauge", "1 for the state that the daemon is in.");
	for (size_t i = 0; i < ARRAY_SIZE(states); i++)
		metrics_sample(out, "state", "state", states[i], NULL, NULL,
			       strcmp(state, states[i]) == 0);
	metrics_head(out, "hashrate", "gauge", "Hashes per second, over a window of time.");
	for (size_t i = 0; i < ARRAY_SIZE(windows); i++)
		metrics_sample(out, "hashrate", "window", windows[i], NULL, NULL,
			       field_number(rates, windows[i]));
	metrics_one(out, "hashes_total", "counter", "Hashes done.", field_number(status, "hashes"));
	metrics_one(out, "blocks_found_total", "counter", "Accepted shares that were blocks.",
		    field_number(status, "blocks_found"));
}

static void metrics_shares(FILE *out, struct json_object *status)
{
	static const char *const results[] = {"found",	    "submitted", "accepted",
					      "rejected",   "stale",	 "duplicate",
					      "unanswered", "dropped",	 "overflows"};
	struct json_object *shares = field(status, "shares");
	struct json_object *reasons = field(shares, "reject_reasons");

	metrics_head(out, "shares_total", "counter", "Shares by what became of them.");
	for (size_t i = 0; i < ARRAY_SIZE(results); i++)
		if (field(shares, results[i]))
			metrics_sample(out, "shares_total", "result", results[i], NULL, NULL,
				       field_number(shares, results[i]));
	metrics_head(out, "share_rejects_total", "counter", "Rejected shares by reason.");
	if (reasons) {
		json_object_object_foreach(reasons, name, count)
			metrics_sample(out, "share_rejects_total", "reason", name, NULL, NULL,
				       json_object_get_double(count));
	}
	metrics_one(out, "hardware_errors_total", "counter",
		    "Results of the kernels that were wrong.",
		    field_number(shares, "hardware_errors"));
	metrics_one(out, "best_share_difficulty", "gauge", "Difficulty of the best hash found.",
		    field_number(shares, "best_difficulty"));
	if (field(shares, "best_ever"))
		metrics_one(out, "best_share_difficulty_ever", "gauge",
			    "Difficulty of the best hash of all runs.",
			    field_number(field(shares, "best_ever"), "difficulty"));
}

/* One number of every pool, with its name as label; one that a pool does not have is left out. */
static void metrics_pool_numbers(FILE *out, struct json_object *pools)
{
	static const struct {
		const char *key, *name, *type, *help;
	} numbers[] = {
		{"difficulty", "pool_difficulty", "gauge", "Difficulty of the pool's shares."},
		{"in_flight", "pool_shares_in_flight", "gauge", "Shares that wait for a reply."},
		{"attempts", "pool_attempts_total", "counter", "Attempts to reach the pool."},
		{"losses", "pool_losses_total", "counter",
		 "How often the pool worked, and then not any more."},
		{"failures", "pool_failures", "gauge", "Failures in a row, without progress."},
		{"active_s", "pool_active_seconds_total", "counter",
		 "Time that the pool was mined on."},
		{"down_s", "pool_down_seconds", "gauge",
		 "Time since when the pool is wanted but cannot be mined on."},
		{"next_attempt_s", "pool_next_attempt_seconds", "gauge",
		 "Time until the pool is tried again."},
		{"payout_percent", "pool_payout_percent", "gauge",
		 "What the coinbase of the pool's last job pays to the payout address."},
		{"last_job_s", "pool_last_job_age_seconds", "gauge", "Age of the pool's last job."},
	};

	for (size_t i = 0; i < ARRAY_SIZE(numbers); i++) {
		metrics_head(out, numbers[i].name, numbers[i].type, numbers[i].help);
		for (size_t j = 0; j < field_length(pools); j++) {
			struct json_object *pool = json_object_array_get_idx(pools, j);

			if (field(pool, numbers[i].key))
				metrics_sample(out, numbers[i].name, "pool",
					       field_text(pool, "name", ""), NULL, NULL,
					       field_number(pool, numbers[i].key));
		}
	}
}

/* How long the replies of each pool took. */
static void metrics_pool_replies(FILE *out, struct json_object *pools)
{
	metrics_head(out, "pool_submit_seconds", "gauge",
		     "From sending a share to the reply, as quantiles since the start.");
	for (size_t i = 0; i < field_length(pools); i++) {
		struct json_object *pool = json_object_array_get_idx(pools, i);
		struct json_object *replies = field(pool, "submit_us");

		for (size_t j = 0; field_count(replies, "count") && j < METRICS_QUANTILES; j++)
			metrics_sample(out, "pool_submit_seconds", "pool",
				       field_text(pool, "name", ""), "quantile",
				       metrics_quantiles[j].quantile,
				       field_number(replies, metrics_quantiles[j].key) / 1e6);
	}
}

/* Whether each pool is in one of two states. */
static void metrics_pool_is(FILE *out, struct json_object *pools, const char *name,
			    const char *help, const char *state, const char *or_state)
{
	metrics_head(out, name, "gauge", help);
	for (size_t i = 0; i < field_length(pools); i++) {
		struct json_object *pool = json_object_array_get_idx(pools, i);
		const char *is = field_text(pool, "state", "");

		metrics_sample(out, name, "pool", field_text(pool, "name", ""), NULL, NULL,
			       strcmp(is, state) == 0 || strcmp(is, or_state) == 0);
	}
}

static void metrics_pools(FILE *out, struct json_object *pools)
{
	static const char *const states[] = {"active", "standby", "connecting", "backoff",
					     "disabled"};
	static const char *const results[] = {"accepted", "rejected", "stale"};
	size_t n = field_length(pools);

	metrics_pool_is(out, pools, "pool_up", "1 for a pool that can be mined on.", "active",
			"standby");
	metrics_pool_is(out, pools, "pool_active", "1 for the pool that is mined on.", "active",
			"active");
	metrics_head(out, "pool_state", "gauge", "1 for the state that a pool is in.");
	for (size_t i = 0; i < n; i++) {
		struct json_object *pool = json_object_array_get_idx(pools, i);

		for (size_t j = 0; j < ARRAY_SIZE(states); j++)
			metrics_sample(out, "pool_state", "pool", field_text(pool, "name", ""),
				       "state", states[j],
				       strcmp(field_text(pool, "state", ""), states[j]) == 0);
	}
	metrics_pool_numbers(out, pools);
	metrics_pool_replies(out, pools);
	metrics_head(out, "pool_shares_total", "counter", "Shares of a pool by its replies.");
	for (size_t i = 0; i < n; i++) {
		struct json_object *pool = json_object_array_get_idx(pools, i);

		for (size_t j = 0; j < ARRAY_SIZE(results); j++)
			metrics_sample(out, "pool_shares_total", "pool",
				       field_text(pool, "name", ""), "result", results[j],
				       field_number(pool, results[j]));
	}
}

static void metrics_workers(FILE *out, struct json_object *workers, const char *key,
			    const char *name, const char *type, const char *help)
{
	metrics_head(out, name, type, help);
	for (size_t i = 0; i < field_length(workers); i++) {
		struct json_object *worker = json_object_array_get_idx(workers, i);
		char cpu[24];

		snprintf(cpu, sizeof(cpu), "%llu", field_count(worker, "cpu"));
		metrics_sample(out, name, "cpu", cpu, "kernel", field_text(worker, "kernel", ""),
			       field_number(worker, key));
	}
}

static void metrics_latency(FILE *out, struct json_object *latency)
{
	metrics_head(out, "latency_seconds", "gauge",
		     "How long something took, as quantiles since the daemon started.");
	for (size_t i = 0; i < ARRAY_SIZE(metrics_paths); i++) {
		struct json_object *row = field(latency, metrics_paths[i]);

		for (size_t j = 0; j < METRICS_QUANTILES; j++)
			metrics_sample(out, "latency_seconds", "path", metrics_paths[i], "quantile",
				       metrics_quantiles[j].quantile,
				       field_number(row, metrics_quantiles[j].key) / 1e6);
	}
	metrics_head(out, "latency_count_total", "counter", "How often it was measured.");
	for (size_t i = 0; i < ARRAY_SIZE(metrics_paths); i++)
		metrics_sample(out, "latency_count_total", "path", metrics_paths[i], NULL, NULL,
			       (double)field_count(field(latency, metrics_paths[i]), "count"));
}

void view_metrics(FILE *out, struct json_object *status)
{
	struct json_object *workers = field(status, "workers");

	metrics_daemon(out, status);
	metrics_shares(out, status);
	metrics_pools(out, field(status, "pools"));
	metrics_workers(out, workers, "hashrate", "worker_hashrate", "gauge",
			"Hashes per second of a worker.");
	metrics_workers(out, workers, "hashes", "worker_hashes_total", "counter",
			"Hashes done by a worker.");
	metrics_latency(out, field(status, "latency_us"));
}
