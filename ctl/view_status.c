/* SPDX-License-Identifier: MIT */
/* One screen that answers: does it mine, how fast, for whom, and what went wrong. */
#include <string.h>
#include <time.h>

#include "common/container.h"
#include "common/units.h"
#include "ctl/field.h"
#include "ctl/view.h"
#include "ctl/view_parts.h"

enum { VIEW_DATE_MAX = 16 };

static enum terminal_style view_state_style(const char *state)
{
	if (strcmp(state, "mining") == 0)
		return TERMINAL_GREEN;
	return strcmp(state, "stopping") == 0 ? TERMINAL_RED : TERMINAL_YELLOW;
}

static void view_headline(const struct terminal *term, struct json_object *status)
{
	const char *state = field_text(status, "state", NULL);
	const char *pool = field_text(status, "pool", NULL);

	if (!state)
		state = "?";
	view_printf(term, view_state_style(state), "● %s", state);
	if (pool) {
		fputs(strcmp(state, "mining") == 0 ? " for " : ", pool ", term->out);
		view_printf(term, TERMINAL_BOLD, "%s", pool);
	} else {
		fputs(", no pool works", term->out);
	}
	view_printf(term, TERMINAL_DIM, "  minerd %s, up %s, pid %llu",
		    field_text(status, "version", "?"),
		    units_duration((char[UNITS_MAX]){}, field_number(status, "uptime_s")),
		    field_count(status, "pid"));
	fputs("\n\n", term->out);
}

static void view_hashrate(const struct terminal *term, struct json_object *status)
{
	static const char *const windows[] = {"1m", "15m", "session"};
	struct json_object *rates = field(status, "hashrate");
	size_t workers = field_length(field(status, "workers"));

	view_label(term, 2, "hash rate");
	view_printf(term, TERMINAL_BOLD, "%s",
		    units_hashrate((char[UNITS_MAX]){}, field_number(rates, "10s")));
	for (size_t i = 0; i < ARRAY_SIZE(windows); i++) {
		view_printf(term, TERMINAL_DIM, "   %s ", windows[i]);
		fputs(units_hashrate((char[UNITS_MAX]){}, field_number(rates, windows[i])),
		      term->out);
	}
	fputs("\n", term->out);
	view_label(term, 2, "hashes");
	fprintf(term->out, "%s by %zu worker%s\n",
		units_count((char[UNITS_MAX]){}, field_number(status, "hashes"), "H"), workers,
		workers == 1 ? "" : "s");
}

static void view_shares(const struct terminal *term, struct json_object *status)
{
	struct json_object *shares = field(status, "shares");
	struct json_object *reasons = field(shares, "reject_reasons");
	unsigned long long rejected = field_count(shares, "rejected");
	unsigned long long stale = field_count(shares, "stale");
	unsigned long long blocks = field_count(status, "blocks_found");
	const char *separator = "";

	view_label(term, 2, "shares");
	fprintf(term->out, "%llu accepted, ", field_count(shares, "accepted"));
	view_printf(term, rejected ? TERMINAL_YELLOW : TERMINAL_PLAIN, "%llu rejected", rejected);
	fprintf(term->out, ", %llu stale, best difficulty %s\n", stale,
		units_difficulty((char[UNITS_MAX]){}, field_number(shares, "best_difficulty")));
	if (reasons && json_object_object_length(reasons)) {
		view_label(term, 2, "rejected");
		json_object_object_foreach(reasons, name, count)
		{
			fprintf(term->out, "%s", separator);
			view_printf(term, TERMINAL_PLAIN, "%s %lld", name,
				    (long long)json_object_get_int64(count));
			separator = ", ";
		}
		fputs("\n", term->out);
	}
	if (blocks) {
		view_label(term, 2, "blocks");
		view_printf(term, TERMINAL_GREEN, "%llu found", blocks);
		fputs("\n", term->out);
	}
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

/* All runs of the daemon that it kept a record of. */
static void view_lifetime(const struct terminal *term, struct json_object *status)
{
	struct json_object *best = field(field(status, "shares"), "best_ever");
	struct json_object *lifetime = field(status, "lifetime");
	unsigned long long blocks = field_count(lifetime, "blocks_found");
	char date[VIEW_DATE_MAX];

	if (!best || !lifetime)
		return;
	view_label(term, 2, "all time");
	fprintf(term->out, "best difficulty %s",
		units_difficulty((char[UNITS_MAX]){}, field_number(best, "difficulty")));
	view_printf(term, TERMINAL_DIM, " (%s, %s)", view_date(date, field_count(best, "time")),
		    field_text(best, "pool", "a pool left by then"));
	fprintf(term->out, ", %llu accepted", field_count(lifetime, "accepted"));
	if (blocks)
		view_printf(term, TERMINAL_GREEN, ", %llu block%s", blocks, blocks == 1 ? "" : "s");
	view_printf(term, TERMINAL_DIM, " since %s",
		    view_date(date, field_count(lifetime, "since")));
	fputs("\n", term->out);
}

static void view_reaction(const struct terminal *term, struct json_object *status)
{
	struct json_object *way = field(field(status, "latency_us"), "packet_to_hash");
	unsigned long long count = field_count(way, "count");

	view_label(term, 2, "new work");
	if (count)
		fprintf(term->out, "%s from packet to first hash (median of %llu, at most %s)\n",
			units_microseconds((char[UNITS_MAX]){}, field_number(way, "p50")), count,
			units_microseconds((char[UNITS_MAX]){}, field_number(way, "max")));
	else
		fputs("none yet\n", term->out);
}

/* What somebody should look at. */
static void view_warnings(const struct terminal *term, struct json_object *status)
{
	struct json_object *shares = field(status, "shares");
	unsigned long long errors = field_count(shares, "hardware_errors");
	unsigned long long overflows = field_count(shares, "overflows");

	if (errors) {
		view_label(term, 2, "warning");
		view_printf(term, TERMINAL_RED,
			    "%llu wrong results: this machine computes wrongly (overclocked, too "
			    "hot, or defective)",
			    errors);
		fputs("\n", term->out);
	}
	if (overflows) {
		view_label(term, 2, "warning");
		view_printf(term, TERMINAL_YELLOW,
			    "%llu shares found faster than they could be sent: the difficulty is "
			    "too low",
			    overflows);
		fputs("\n", term->out);
	}
}

void view_status(const struct terminal *term, struct json_object *status)
{
	view_headline(term, status);
	view_hashrate(term, status);
	view_shares(term, status);
	view_lifetime(term, status);
	view_reaction(term, status);
	view_warnings(term, status);
	fputs("\n", term->out);
	view_pools(term, status, 2);
}
