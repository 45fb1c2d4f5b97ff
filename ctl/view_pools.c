/* SPDX-License-Identifier: MIT */
/*
 * Pools for people: a table of figures, and in words what is wrong with those that are not well.
 * What a pool has said was escaped by the daemon; what could move the cursor all the same is
 * replaced as it is printed.
 */
#include <math.h>
#include <string.h>

#include "common/cleanup.h"
#include "common/units.h"
#include "ctl/field.h"
#include "ctl/table.h"
#include "ctl/view.h"
#include "ctl/view_parts.h"

enum { VIEW_CLAUSE_MAX = 160 /* characters of a part of a sentence */ };

static enum terminal_style pools_style(const char *state)
{
	if (strcmp(state, "active") == 0)
		return TERMINAL_GREEN;
	if (strcmp(state, "disabled") == 0)
		return TERMINAL_DIM;
	return strcmp(state, "standby") == 0 ? TERMINAL_PLAIN : TERMINAL_YELLOW;
}

/* Whether it is to be connected, and cannot be mined on. */
static bool pools_unwell(struct json_object *pool)
{
	const char *state = field_text(pool, "state", "?");

	return strcmp(state, "backoff") == 0 ||
	       (strcmp(state, "connecting") == 0 && field_text(pool, "last_error", NULL));
}

/* A duration with what comes after it, "-" when there is none. */
static void pools_add_age(struct table *table, enum terminal_style style, double seconds,
			  const char *after)
{
	if (isnan(seconds))
		table_add(table, TERMINAL_DIM, "-");
	else
		table_add(table, style, "%s%s", units_duration((char[UNITS_MAX]){}, seconds),
			  after);
}

/* A time in microseconds, "-" before there was one. */
static void pools_add_reply(struct table *table, struct json_object *submit, const char *quantile)
{
	if (field_count(submit, "count"))
		table_add(table, TERMINAL_PLAIN, "%s",
			  units_microseconds((char[UNITS_MAX]){}, field_number(submit, quantile)));
	else
		table_add(table, TERMINAL_DIM, "-");
}

static void pools_add(struct table *table, struct json_object *pool)
{
	const char *state = field_text(pool, "state", "?");
	unsigned long long rejected = field_count(pool, "rejected");
	double difficulty = field_number(pool, "difficulty"), down = field_number(pool, "down_s");

	table_add(table, TERMINAL_BOLD, "%s", field_text(pool, "name", "?"));
	table_add(table, pools_style(state), "%s", state);
	/* Attempts begin and end: what is asked is since when it is away. */
	pools_add_age(table, pools_style(state), isnan(down) ? field_number(pool, "state_s") : down,
		      "");
	table_add(table, TERMINAL_PLAIN, "%llu", field_count(pool, "accepted"));
	table_add(table, rejected ? TERMINAL_YELLOW : TERMINAL_PLAIN, "%llu", rejected);
	table_add(table, TERMINAL_PLAIN, "%llu", field_count(pool, "stale"));
	pools_add_reply(table, field(pool, "submit_us"), "p50");
	pools_add_reply(table, field(pool, "submit_us"), "p99");
	if (difficulty > 0)
		table_add(table, TERMINAL_PLAIN, "%s",
			  units_difficulty((char[UNITS_MAX]){}, difficulty));
	else
		table_add(table, TERMINAL_DIM, "-");
	pools_add_age(table, TERMINAL_PLAIN, field_number(pool, "last_job_s"), " ago");
	table_add(table, TERMINAL_PLAIN, "%s", field_text(pool, "user", "?"));
}

static void pools_table(const struct terminal *term, struct json_object *pools, unsigned indent)
{
	static const struct table_column columns[] = {
		{"POOL", .cut = true, .keep = 18},
		{"STATE"},
		{"FOR", .right = true},
		{"ACCEPTED", .right = true},
		{"REJECTED", .right = true},
		{"STALE", .right = true, .drop = true},
		{"REPLY", .right = true, .drop = true},
		{"99 %", .right = true, .drop = true},
		{"DIFFICULTY", .right = true, .drop = true},
		{"LAST JOB", .right = true, .drop = true},
		{"USER", .cut = true, .drop = true},
		{},
	};
	CLEANUP(table_deinit) struct table table;

	table_init(&table, columns);
	for (size_t i = 0; i < field_length(pools); i++)
		pools_add(&table, json_object_array_get_idx(pools, i));
	table_print(&table, term, indent);
}

/* "12m 03s, 12 failures in a row, next attempt in 3s" */
static const char *pools_outage(char ret[VIEW_CLAUSE_MAX], struct json_object *pool)
{
	double down = field_number(pool, "down_s"), next = field_number(pool, "next_attempt_s");
	unsigned long long failures = field_count(pool, "failures");
	size_t n = 0;

	*ret = '\0';
	if (!isnan(down))
		n += (size_t)snprintf(ret, VIEW_CLAUSE_MAX, "for %s, ",
				      units_duration((char[UNITS_MAX]){}, down));
	if (failures > 1)
		n += (size_t)snprintf(ret + n, VIEW_CLAUSE_MAX - n, "%llu failures in a row, ",
				      failures);
	if (isnan(next))
		snprintf(ret + n, VIEW_CLAUSE_MAX - n, "being tried now");
	else
		snprintf(ret + n, VIEW_CLAUSE_MAX - n, "next attempt in %s",
			 units_duration((char[UNITS_MAX]){}, ceil(next)));
	return ret;
}

static const char *pools_loss(struct json_object *pool)
{
	return field_text(pool, "last_loss", field_text(pool, "last_error", "not known"));
}

void view_pools(const struct terminal *term, struct json_object *status, unsigned indent)
{
	struct json_object *pools = field(status, "pools");
	char outage[VIEW_CLAUSE_MAX];

	pools_table(term, pools, indent);
	for (size_t i = 0; i < field_length(pools); i++) {
		struct json_object *pool = json_object_array_get_idx(pools, i);

		if (!pools_unwell(pool))
			continue;
		fprintf(term->out, "%*s", (int)indent, "");
		view_wrap(term, TERMINAL_YELLOW, indent, "%s: %s (down %s)",
			  field_text(pool, "name", "?"), pools_loss(pool),
			  pools_outage(outage, pool));
	}
}

/* Where it is and how it is reached. */
static void pools_show_way(const struct terminal *term, struct json_object *pool, unsigned indent)
{
	const char *address = field_text(pool, "address", NULL);
	const char *proxy = field_text(pool, "proxy", NULL), *tls = field_text(pool, "tls", NULL);
	const char *trust = field_text(pool, "tls_trust", NULL);

	view_label(term, indent, "url");
	view_wrap(term, TERMINAL_PLAIN, indent + VIEW_LABEL, "%s%s%s%s%s",
		  field_text(pool, "url", "?"), address ? (proxy ? ", by " : ", at ") : "",
		  address ? address : "", proxy ? ", through the proxy " : "", proxy ? proxy : "");
	if (!trust)
		return;
	view_label(term, indent, "TLS");
	if (strcmp(trust, "unverified") == 0)
		view_wrap(term, TERMINAL_YELLOW, indent + VIEW_LABEL,
			  "%s%snot verified: whoever is in between can be the pool", tls ? tls : "",
			  tls ? ", " : "");
	else
		view_wrap(term, TERMINAL_PLAIN, indent + VIEW_LABEL, "%s%s%s", tls ? tls : "",
			  tls ? ", " : "", trust);
}

/* How it was with it. */
static void pools_show_past(const struct terminal *term, struct json_object *pool, unsigned indent)
{
	unsigned long long losses = field_count(pool, "losses");
	double ago = field_number(pool, "last_loss_s");
	char outage[VIEW_CLAUSE_MAX], when[UNITS_MAX + 8] = "", count[48] = "";

	if (field_count(pool, "active_s")) {
		view_label(term, indent, "mined on");
		view_wrap(term, TERMINAL_PLAIN, indent + VIEW_LABEL, "for %s in all",
			  units_duration((char[UNITS_MAX]){}, field_number(pool, "active_s")));
	}
	if (pools_unwell(pool)) {
		view_label(term, indent, "down");
		view_wrap(term, TERMINAL_YELLOW, indent + VIEW_LABEL, "%s",
			  pools_outage(outage, pool));
	}
	if (!pools_unwell(pool) && !field_text(pool, "last_loss", NULL))
		return;
	view_label(term, indent, losses ? "left" : "failed");
	if (!isnan(ago))
		snprintf(when, sizeof(when), "%s ago: ", units_duration((char[UNITS_MAX]){}, ago));
	if (losses > 1)
		snprintf(count, sizeof(count), " (%llu losses in all)", losses);
	view_wrap(term, pools_unwell(pool) ? TERMINAL_YELLOW : TERMINAL_PLAIN, indent + VIEW_LABEL,
		  "%s%s%s", when, pools_loss(pool), count);
}

/* What it said of our work, and what it pays for it. */
static void pools_show_work(const struct terminal *term, struct json_object *pool, unsigned indent)
{
	struct json_object *reject = field(pool, "last_reject");
	double percent = field_number(pool, "payout_percent");

	if (reject) {
		view_label(term, indent, "rejected");
		view_wrap(term, TERMINAL_PLAIN, indent + VIEW_LABEL, "%s ago as %s: \"%s\" (%lld)",
			  units_duration((char[UNITS_MAX]){}, field_number(reject, "age_s")),
			  field_text(reject, "reason", "?"), field_text(reject, "text", ""),
			  (long long)json_object_get_int64(field(reject, "code")));
	}
	if (!isnan(percent)) {
		view_label(term, indent, "payout");
		view_wrap(term, TERMINAL_PLAIN, indent + VIEW_LABEL,
			  "%.7g %% of its coinbase go to the payout address", percent);
	}
}

void view_pools_closely(const struct terminal *term, struct json_object *status, unsigned indent)
{
	struct json_object *pools = field(status, "pools");

	pools_table(term, pools, indent);
	for (size_t i = 0; i < field_length(pools); i++) {
		struct json_object *pool = json_object_array_get_idx(pools, i);

		fprintf(term->out, "\n%*s", (int)indent, "");
		view_printf(term, TERMINAL_BOLD, "%s", field_text(pool, "name", "?"));
		fputs("\n", term->out);
		pools_show_way(term, pool, indent + 2);
		pools_show_past(term, pool, indent + 2);
		pools_show_work(term, pool, indent + 2);
	}
}
