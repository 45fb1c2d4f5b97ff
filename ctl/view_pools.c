/* SPDX-License-Identifier: MIT */
/* The daemon has escaped what pools sent; view_line_add() and table_add() do so once more. */
#include "ctl/view_pools.h"

#include <math.h>
#include <string.h>

#include "common/cleanup.h"
#include "common/units.h"
#include "ctl/field.h"
#include "ctl/table.h"
#include "ctl/view_line.h"
#include "ctl/view_network.h"

enum {
	VIEW_CLAUSE_MAX = 160, /* characters of a part of a sentence */
	VIEW_LIST_MAX = 512,   /* and of a list */
};

static enum terminal_style pools_style(const char *state)
{
	if (strcmp(state, "active") == 0)
		return TERMINAL_GREEN;
	if (strcmp(state, "disabled") == 0)
		return TERMINAL_DIM;
	return strcmp(state, "standby") == 0 ? TERMINAL_PLAIN : TERMINAL_YELLOW;
}

/* Whether minerd wants a connection to it, and cannot mine on it. */
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
	/* The state changes with each attempt; the outage does not. */
	pools_add_age(table, pools_style(state), isnan(down) ? field_number(pool, "state_s") : down,
		      "");
	table_add(table, TERMINAL_PLAIN, "%llu", field_count(pool, "accepted"));
	table_add(table, rejected ? TERMINAL_YELLOW : TERMINAL_PLAIN, "%llu", rejected);
	table_add(table, TERMINAL_PLAIN, "%llu", field_count(pool, "stale"));
	pools_add_reply(table, field_last_hour(pool, "submit"), "p50");
	pools_add_reply(table, field_last_hour(pool, "submit"), "p99");
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

/* "; 12 failures in a row; next attempt in 3s" */
static const char *pools_outlook(char ret[VIEW_CLAUSE_MAX], struct json_object *pool)
{
	double next = field_number(pool, "next_attempt_s");
	unsigned long long failures = field_count(pool, "failures");
	const char *state = field_text(pool, "state", "?");
	int n = 0;

	*ret = '\0';
	if (failures > 1)
		n = snprintf(ret, VIEW_CLAUSE_MAX, "; %llu failures in a row", failures);
	if (!isnan(next))
		snprintf(ret + n, VIEW_CLAUSE_MAX - (size_t)n, "; next attempt in %s",
			 units_duration((char[UNITS_MAX]){}, ceil(next)));
	else if (strcmp(state, "connecting") == 0)
		snprintf(ret + n, VIEW_CLAUSE_MAX - (size_t)n, "; trying again now");
	return ret;
}

static const char *pools_loss(struct json_object *pool)
{
	return field_text(pool, "last_loss", field_text(pool, "last_error", "reason unknown"));
}

/* " for 12m 03s", or nothing. */
static const char *pools_down(char ret[VIEW_CLAUSE_MAX], struct json_object *pool)
{
	double down = field_number(pool, "down_s");

	*ret = '\0';
	if (!isnan(down))
		snprintf(ret, VIEW_CLAUSE_MAX, " for %s",
			 units_duration((char[UNITS_MAX]){}, down));
	return ret;
}

/* The texts of a list, with commas between; empty when there are none. */
static const char *pools_list(char ret[VIEW_LIST_MAX], struct json_object *list)
{
	size_t n = 0;

	*ret = '\0';
	for (size_t i = 0; i < field_length(list) && n < VIEW_LIST_MAX; i++) {
		struct json_object *item = json_object_array_get_idx(list, i);

		if (json_object_is_type(item, json_type_string))
			n += (size_t)snprintf(ret + n, VIEW_LIST_MAX - n, "%s%s", n ? ", " : "",
					      json_object_get_string(item));
	}
	return ret;
}

static void pools_add_invalid(struct view_line *line, struct json_object *pool)
{
	unsigned long long lines = field_count(pool, "invalid_lines");
	const char *last = field_text(pool, "last_invalid_line", NULL);

	view_line_add(line, TERMINAL_YELLOW, "%llu invalid line%s ignored%s%s", lines,
		      lines == 1 ? "" : "s", last ? "; the last one: " : "", last ? last : "");
}

/* Lines below the table for what has no column. */
static void pools_remarks(const struct terminal *term, struct json_object *pool, unsigned indent)
{
	const char *name = field_text(pool, "name", "?");
	char outlook[VIEW_CLAUSE_MAX], down[VIEW_CLAUSE_MAX], list[VIEW_LIST_MAX];
	struct view_line line;

	if (pools_unwell(pool))
		view_line_print(term, indent, NULL, TERMINAL_YELLOW, "%s: down%s: %s%s", name,
				pools_down(down, pool), pools_loss(pool),
				pools_outlook(outlook, pool));
	if (field_count(pool, "invalid_lines")) {
		view_line_begin(&line, term, indent, NULL);
		view_line_add(&line, TERMINAL_YELLOW, "%s: ", name);
		pools_add_invalid(&line, pool);
		view_line_end(&line);
	}
	if (*pools_list(list, field(pool, "left_out")))
		view_line_print(term, indent, NULL, TERMINAL_PLAIN,
				"%s: left out, as this pool does not accept it: %s", name, list);
}

void view_pools(const struct terminal *term, struct json_object *status, unsigned indent)
{
	struct json_object *pools = field(status, "pools");

	pools_table(term, pools, indent);
	for (size_t i = 0; i < field_length(pools); i++)
		pools_remarks(term, json_object_array_get_idx(pools, i), indent);
}

/* URL, address, proxy, TLS. */
static void pools_show_way(const struct terminal *term, struct json_object *pool, unsigned indent)
{
	const char *address = field_text(pool, "address", NULL);
	const char *proxy = field_text(pool, "proxy", NULL), *tls = field_text(pool, "tls", NULL);
	const char *trust = field_text(pool, "tls_trust", NULL);
	struct view_line line;

	view_line_begin(&line, term, indent, "url");
	view_line_add(&line, TERMINAL_PLAIN, "%s", field_text(pool, "url", "?"));
	/* With a proxy, the address is the proxy's. */
	if (address)
		view_line_add(&line, TERMINAL_PLAIN, ", connected to %s", address);
	if (proxy)
		view_line_add(&line, TERMINAL_PLAIN, ", through proxy %s", proxy);
	view_line_end(&line);
	if (!trust)
		return;
	view_line_begin(&line, term, indent, "TLS");
	if (tls)
		view_line_add(&line, TERMINAL_PLAIN, "%s, ", tls);
	if (strcmp(trust, "unverified") == 0)
		view_line_add(&line, TERMINAL_YELLOW,
			      "not verified: anybody on the way can pose as the pool");
	else if (strcmp(trust, "pinned") == 0)
		view_line_add(&line, TERMINAL_PLAIN, "verified by the pinned key");
	else
		view_line_add(&line, TERMINAL_PLAIN, "%s", trust);
	view_line_end(&line);
}

/* Time mined on, outage, last loss. */
static void pools_show_past(const struct terminal *term, struct json_object *pool, unsigned indent)
{
	unsigned long long losses = field_count(pool, "losses");
	double ago = field_number(pool, "last_loss_s");
	bool unwell = pools_unwell(pool);
	char outlook[VIEW_CLAUSE_MAX], down[VIEW_CLAUSE_MAX];
	enum terminal_style style = unwell ? TERMINAL_YELLOW : TERMINAL_PLAIN;
	struct view_line line;

	if (field_count(pool, "active_s"))
		view_line_print(
			term, indent, "mined on", TERMINAL_PLAIN, "for %s in total",
			units_duration((char[UNITS_MAX]){}, field_number(pool, "active_s")));
	if (unwell)
		view_line_print(term, indent, "state", style, "down%s%s", pools_down(down, pool),
				pools_outlook(outlook, pool));
	if (!unwell && !field_text(pool, "last_loss", NULL))
		return;
	view_line_begin(&line, term, indent, losses ? "last loss" : "failure");
	if (!isnan(ago))
		view_line_add(&line, style, "%s ago: ", units_duration((char[UNITS_MAX]){}, ago));
	view_line_add(&line, style, "%s", pools_loss(pool));
	if (losses > 1)
		view_line_add(&line, style, " (%llu losses since the start)", losses);
	view_line_end(&line);
}

/* Requests left out, and invalid lines. */
static void pools_show_manners(const struct terminal *term, struct json_object *pool,
			       unsigned indent)
{
	char list[VIEW_LIST_MAX];
	struct view_line line;

	if (*pools_list(list, field(pool, "left_out")))
		view_line_print(term, indent, "left out", TERMINAL_PLAIN,
				"%s, as this pool does not accept it", list);
	if (!field_count(pool, "invalid_lines"))
		return;
	view_line_begin(&line, term, indent, "received");
	pools_add_invalid(&line, pool);
	view_line_end(&line);
}

/* Last rejected share, blocks, payout. */
static void pools_show_work(const struct terminal *term, struct json_object *pool, unsigned indent)
{
	struct json_object *reject = field(pool, "last_reject");
	struct json_object *taken = field(pool, "blocks_accepted");
	unsigned long long blocks = field_count(pool, "blocks_found");
	double percent = field_number(pool, "payout_percent");
	struct view_line line;

	if (reject)
		view_line_print(term, indent, "last reject", TERMINAL_PLAIN,
				"%s ago, as %s: \"%s\" (code %lld)",
				units_duration((char[UNITS_MAX]){}, field_number(reject, "age_s")),
				field_text(reject, "reason", "?"), field_text(reject, "text", ""),
				(long long)json_object_get_int64(field(reject, "code")));
	if (blocks) {
		view_line_begin(&line, term, indent, "blocks");
		view_line_add(&line, TERMINAL_GREEN, "%llu found", blocks);
		if (taken)
			view_line_add(&line, TERMINAL_PLAIN, ", %llu accepted by the pool",
				      field_count(pool, "blocks_accepted"));
		view_line_end(&line);
	}
	if (!isnan(percent))
		view_line_print(
			term, indent, "payout", TERMINAL_PLAIN,
			"%.7g %% of the coinbase of its last job goes to the payout address",
			percent);
}

void view_pools_closely(const struct terminal *term, struct json_object *status, unsigned indent)
{
	struct json_object *pools = field(status, "pools");

	pools_table(term, pools, indent);
	for (size_t i = 0; i < field_length(pools); i++) {
		struct json_object *pool = json_object_array_get_idx(pools, i);

		fputs("\n", term->out);
		view_line_print(term, indent, NULL, TERMINAL_BOLD, "%s",
				field_text(pool, "name", "?"));
		pools_show_way(term, pool, indent + 2);
		pools_show_past(term, pool, indent + 2);
		pools_show_manners(term, pool, indent + 2);
		view_network_of_pool(term, pool, indent + 2);
		pools_show_work(term, pool, indent + 2);
	}
}
