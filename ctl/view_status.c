/* SPDX-License-Identifier: MIT */
#include "ctl/view_status.h"

#include <math.h>
#include <string.h>
#include <time.h>

#include "common/container.h"
#include "common/units.h"
#include "ctl/field.h"
#include "ctl/view_line.h"
#include "ctl/view_network.h"
#include "ctl/view_pools.h"

enum { VIEW_DATE_MAX = 16 };

static enum terminal_style view_state_style(const char *state)
{
	if (strcmp(state, "mining") == 0)
		return TERMINAL_GREEN;
	return strcmp(state, "stopping") == 0 ? TERMINAL_RED : TERMINAL_YELLOW;
}

void view_headline(const struct terminal *term, struct json_object *status)
{
	const char *state = field_text(status, "state", "state unknown");
	const char *pool = field_text(status, "pool", NULL);
	const char *version = field_text(status, "version", NULL);
	double uptime = field_number(status, "uptime_s");
	struct view_line line;

	view_line_begin(&line, term, 0, NULL);
	view_line_add(&line, view_state_style(state), "● %s", state);
	if (pool) {
		view_line_add(&line, TERMINAL_PLAIN,
			      strcmp(state, "mining") == 0 ? " on " : ", connected to ");
		view_line_add(&line, TERMINAL_BOLD, "%s", pool);
	} else if (strcmp(state, "stopping") != 0) {
		view_line_add(&line, TERMINAL_PLAIN, "%s no pool can be mined on",
			      strcmp(state, "idle") == 0 ? ":" : ",");
	}
	view_line_add(&line, TERMINAL_DIM, "  minerd%s%s", version ? " " : "",
		      version ? version : "");
	if (!isnan(uptime))
		view_line_add(&line, TERMINAL_DIM, ", up %s",
			      units_duration((char[UNITS_MAX]){}, uptime));
	if (field(status, "pid"))
		view_line_add(&line, TERMINAL_DIM, ", pid %llu", field_count(status, "pid"));
	view_line_end(&line);
}

static void view_hashrate(const struct terminal *term, struct json_object *status)
{
	static const char *const windows[] = {"1m", "15m", "session"};
	struct json_object *rates = field(status, "hashrate");
	size_t workers = field_length(field(status, "workers"));
	struct view_line line;

	view_line_begin(&line, term, 2, "hash rate");
	view_line_add(&line, TERMINAL_BOLD, "%s",
		      units_hashrate((char[UNITS_MAX]){}, field_number(rates, "10s")));
	for (size_t i = 0; i < ARRAY_SIZE(windows); i++) {
		view_line_add(&line, TERMINAL_DIM, "   %s ", windows[i]);
		view_line_add(&line, TERMINAL_PLAIN, "%s",
			      units_hashrate((char[UNITS_MAX]){}, field_number(rates, windows[i])));
	}
	view_line_end(&line);
	view_line_print(term, 2, "hashes", TERMINAL_PLAIN, "%s by %zu worker%s",
			units_count((char[UNITS_MAX]){}, field_number(status, "hashes"), "H"),
			workers, workers == 1 ? "" : "s");
}

static void view_rejects(const struct terminal *term, struct json_object *reasons)
{
	const char *separator = "";
	struct view_line line;

	if (!json_object_is_type(reasons, json_type_object) || !json_object_object_length(reasons))
		return;
	view_line_begin(&line, term, 2, "rejected");
	json_object_object_foreach(reasons, name, count)
	{
		view_line_add(&line, TERMINAL_PLAIN, "%s%s %lld", separator, name,
			      (long long)json_object_get_int64(count));
		separator = ", ";
	}
	view_line_end(&line);
}

/* Blocks, and how many of them pools accepted, if the daemon reports it. */
static void view_blocks(const struct terminal *term, struct json_object *status)
{
	unsigned long long blocks = field_count(status, "blocks_found");
	struct view_line line;

	if (!blocks)
		return;
	view_line_begin(&line, term, 2, "blocks");
	view_line_add(&line, TERMINAL_GREEN, "%llu found", blocks);
	if (field(status, "blocks_accepted"))
		view_line_add(&line, TERMINAL_PLAIN, ", %llu accepted by a pool",
			      field_count(status, "blocks_accepted"));
	view_line_end(&line);
}

static void view_shares(const struct terminal *term, struct json_object *status)
{
	struct json_object *shares = field(status, "shares");
	unsigned long long rejected = field_count(shares, "rejected");
	double best = field_number(shares, "best_difficulty");
	struct view_line line;

	view_line_begin(&line, term, 2, "shares");
	view_line_add(&line, TERMINAL_PLAIN, "%llu accepted, ", field_count(shares, "accepted"));
	view_line_add(&line, rejected ? TERMINAL_YELLOW : TERMINAL_PLAIN, "%llu rejected",
		      rejected);
	view_line_add(&line, TERMINAL_PLAIN, ", %llu stale", field_count(shares, "stale"));
	if (best > 0)
		view_line_add(&line, TERMINAL_PLAIN, ", best difficulty %s",
			      units_difficulty((char[UNITS_MAX]){}, best));
	view_line_end(&line);
	view_rejects(term, field(shares, "reject_reasons"));
	view_blocks(term, status);
}

/* "2026-11-23" of seconds since 1970, UTC. */
static const char *view_date(char ret[VIEW_DATE_MAX], unsigned long long seconds)
{
	const time_t when = (time_t)seconds;
	struct tm parts;

	if (!gmtime_r(&when, &parts) || !strftime(ret, VIEW_DATE_MAX, "%Y-%m-%d", &parts))
		strcpy(ret, "?");
	return ret;
}

/* The best share and the counts of all runs that the stats file covers. */
static void view_lifetime(const struct terminal *term, struct json_object *status)
{
	struct json_object *best = field(field(status, "shares"), "best_ever");
	struct json_object *lifetime = field(status, "lifetime");
	unsigned long long blocks = field_count(lifetime, "blocks_found");
	char date[VIEW_DATE_MAX];
	struct view_line line;

	if (!best || !lifetime)
		return;
	view_line_begin(&line, term, 2, "all time");
	view_line_add(&line, TERMINAL_PLAIN, "best difficulty %s",
		      units_difficulty((char[UNITS_MAX]){}, field_number(best, "difficulty")));
	view_line_add(&line, TERMINAL_DIM, " (%s, %s)", view_date(date, field_count(best, "time")),
		      field_text(best, "pool", "pool unknown"));
	view_line_add(&line, TERMINAL_PLAIN, ", %llu accepted", field_count(lifetime, "accepted"));
	if (blocks)
		view_line_add(&line, TERMINAL_GREEN, ", %llu block%s", blocks,
			      blocks == 1 ? "" : "s");
	view_line_add(&line, TERMINAL_DIM, " since %s",
		      view_date(date, field_count(lifetime, "since")));
	view_line_end(&line);
}

static void view_reaction(const struct terminal *term, struct json_object *status)
{
	struct json_object *way = field(field_last_hour(status, "latency"), "packet_to_hash");
	unsigned long long count = field_count(way, "count");

	if (count)
		view_line_print(term, 2, "new work", TERMINAL_PLAIN,
				"%s from packet to first hash (median of %llu, maximum %s)",
				units_microseconds((char[UNITS_MAX]){}, field_number(way, "p50")),
				count,
				units_microseconds((char[UNITS_MAX]){}, field_number(way, "max")));
	else
		view_line_print(
			term, 2, "new work", TERMINAL_PLAIN,
			field_count(field(field(status, "latency_us"), "packet_to_hash"), "count")
				? "none in the last hour"
				: "none yet");
}

static void view_taken_out(const struct terminal *term, struct json_object *workers)
{
	size_t n = 0;

	for (size_t i = 0; i < field_length(workers); i++)
		n += field_text(json_object_array_get_idx(workers, i), "taken_out", NULL) != NULL;
	if (n)
		view_line_print(term, 2, "warning", TERMINAL_RED,
				"%zu of %zu workers taken out after hardware errors: see minerctl "
				"workers",
				n, field_length(workers));
}

/* Wrong results and lost shares. */
static void view_warnings(const struct terminal *term, struct json_object *status)
{
	struct json_object *shares = field(status, "shares");
	unsigned long long errors = field_count(shares, "hardware_errors");
	unsigned long long overflows = field_count(shares, "overflows");

	if (errors)
		view_line_print(term, 2, "warning", TERMINAL_RED,
				"%llu wrong results: this machine computes wrongly (overclocked, "
				"too hot, or defective)",
				errors);
	view_taken_out(term, field(status, "workers"));
	if (overflows)
		view_line_print(term, 2, "warning", TERMINAL_YELLOW,
				"%llu shares lost because a queue was full: the difficulty is too "
				"low for this hash rate",
				overflows);
}

void view_status_body(const struct terminal *term, struct json_object *status)
{
	view_hashrate(term, status);
	view_shares(term, status);
	view_lifetime(term, status);
	view_network(term, status);
	view_reaction(term, status);
	view_warnings(term, status);
	fputs("\n", term->out);
	view_pools(term, status, 2);
}

void view_status(const struct terminal *term, struct json_object *status, unsigned indent)
{
	view_headline(term, status);
	fputs("\n", term->out);
	view_status_body(term, status);
}
