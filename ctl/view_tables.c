/* SPDX-License-Identifier: MIT */
#include "ctl/view_tables.h"

#include <math.h>

#include "common/cleanup.h"
#include "common/container.h"
#include "common/units.h"
#include "ctl/field.h"
#include "ctl/table.h"
#include "ctl/view_line.h"

void view_limits(const struct terminal *term, struct json_object *status, unsigned indent)
{
	struct json_object *groups = field(status, "worker_groups");

	for (size_t i = 0; i < field_length(groups); i++) {
		struct json_object *group = json_object_array_get_idx(groups, i);
		double rate = field_number(group, "hashrate_limit");
		double cpu = field_number(group, "cpu_limit");
		struct view_line line;

		if (!(rate > 0) && !(cpu < 100))
			continue;
		view_line_begin(&line, term, indent, NULL);
		view_line_add(&line, TERMINAL_PLAIN, "group %zu: at most ", i);
		if (rate > 0)
			view_line_add(&line, TERMINAL_PLAIN, "%s",
				      units_hashrate((char[UNITS_MAX]){}, rate));
		if (cpu < 100)
			view_line_add(&line, TERMINAL_PLAIN, "%s%.0f %% of each CPU",
				      rate > 0 ? " and " : "", cpu);
		view_line_end(&line);
	}
}

static void view_add_percent(struct table *table, enum terminal_style style, double percent)
{
	if (isnan(percent))
		table_add(table, TERMINAL_DIM, "-");
	else
		table_add(table, style, "%.3f %%", percent);
}

/* A line for each worker that made hardware errors. */
static void view_worker_errors(const struct terminal *term, struct json_object *workers,
			       unsigned indent)
{
	for (size_t i = 0; i < field_length(workers); i++) {
		struct json_object *worker = json_object_array_get_idx(workers, i);
		const char *taken_out = field_text(worker, "taken_out", NULL);
		unsigned long long errors = field_count(worker, "hardware_errors");

		if (taken_out)
			view_line_print(term, indent, NULL, TERMINAL_RED,
					"CPU %llu: taken out after hardware errors: %s",
					field_count(worker, "cpu"), taken_out);
		else if (errors)
			view_line_print(term, indent, NULL, TERMINAL_YELLOW,
					"CPU %llu: %llu hardware error%s",
					field_count(worker, "cpu"), errors, errors == 1 ? "" : "s");
	}
}

static void view_worker_rate(struct table *table, struct json_object *worker)
{
	if (field_text(worker, "taken_out", NULL))
		table_add(table, TERMINAL_RED, "taken out");
	else
		table_add(table, TERMINAL_PLAIN, "%s",
			  units_hashrate((char[UNITS_MAX]){}, field_number(worker, "hashrate")));
}

void view_workers(const struct terminal *term, struct json_object *status, unsigned indent)
{
	static const struct table_column columns[] = {
		{"CPU", .right = true},
		{"GROUP", .right = true, .drop = true},
		{"KERNEL"},
		{"HASH RATE", .right = true},
		{"HASHES", .right = true},
		{"NOT HASHING", .right = true, .drop = true},
		{},
	};
	struct json_object *workers = field(status, "workers");
	double rate = 0, hashes = 0, outside = 0;
	CLEANUP(table_deinit) struct table table;

	table_init(&table, columns);
	for (size_t i = 0; i < field_length(workers); i++) {
		struct json_object *worker = json_object_array_get_idx(workers, i);

		table_add(&table, TERMINAL_PLAIN, "%llu", field_count(worker, "cpu"));
		table_add(&table, TERMINAL_PLAIN, "%llu", field_count(worker, "group"));
		table_add(&table, TERMINAL_PLAIN, "%s", field_text(worker, "kernel", "?"));
		view_worker_rate(&table, worker);
		table_add(&table, TERMINAL_PLAIN, "%s",
			  units_count((char[UNITS_MAX]){}, field_number(worker, "hashes"), "H"));
		view_add_percent(&table, TERMINAL_PLAIN, field_number(worker, "outside_percent"));
		outside += field_number(worker, "outside_percent");
		rate += field_number(worker, "hashrate");
		hashes += field_number(worker, "hashes");
	}
	table_add(&table, TERMINAL_BOLD, "all");
	table_add(&table, TERMINAL_BOLD, "%s", "");
	table_add(&table, TERMINAL_BOLD, "%s", "");
	table_add(&table, TERMINAL_BOLD, "%s", units_hashrate((char[UNITS_MAX]){}, rate));
	table_add(&table, TERMINAL_BOLD, "%s", units_count((char[UNITS_MAX]){}, hashes, "H"));
	view_add_percent(&table, TERMINAL_BOLD, outside / MAX((double)field_length(workers), 1.0));
	table_print(&table, term, indent);
	view_worker_errors(term, workers, indent);
	view_limits(term, status, indent);
}

/* A table of a map of Latencies. title: of its first column. */
static void view_latencies(const struct terminal *term, const char *title,
			   struct json_object *latencies, unsigned indent)
{
	const struct table_column columns[] = {
		{title},
		{"TIMES", .right = true, .drop = true},
		{"MEDIAN", .right = true},
		{"90 %", .right = true, .drop = true},
		{"99 %", .right = true, .drop = true},
		{"MAX", .right = true, .drop = true},
		{},
	};
	static const struct {
		const char *key, *name;
	} rows[] = {
		{"packet_to_hash", "packet .. first hash of a new job"},
		{"parse", "  packet .. message parsed"},
		{"dispatch", "  message .. job on the workers"},
		{"first_hash", "  workers .. first hash"},
		{"stale_work", "packet .. last worker has the job"},
		{"failover", "pool lost .. hash for the next"},
		{"submit", "share sent .. reply of the pool"},
	};
	static const char *const quantiles[] = {"p50", "p90", "p99", "max"};
	CLEANUP(table_deinit) struct table table;

	table_init(&table, columns);
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct json_object *row = field(latencies, rows[i].key);
		unsigned long long count = field_count(row, "count");

		table_add(&table, TERMINAL_PLAIN, "%s", rows[i].name);
		table_add(&table, TERMINAL_PLAIN, "%llu", count);
		for (size_t j = 0; j < ARRAY_SIZE(quantiles); j++)
			table_add(&table, TERMINAL_PLAIN, "%s",
				  count ? units_microseconds((char[UNITS_MAX]){},
							     field_number(row, quantiles[j]))
					: "-");
	}
	table_print(&table, term, indent);
}

static const char view_since_start[] = "SINCE THE START";

void view_latency_last_hour(const struct terminal *term, struct json_object *status,
			    unsigned indent)
{
	struct json_object *last_hour = field(status, "latency_last_hour_us");

	view_latencies(term, last_hour ? "LAST HOUR" : view_since_start,
		       field_last_hour(status, "latency"), indent);
}

void view_latency(const struct terminal *term, struct json_object *status, unsigned indent)
{
	if (field(status, "latency_last_hour_us")) {
		view_latency_last_hour(term, status, indent);
		fputs("\n", term->out);
	}
	view_latencies(term, view_since_start, field(status, "latency_us"), indent);
}
