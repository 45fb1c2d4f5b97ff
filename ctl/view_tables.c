/* SPDX-License-Identifier: MIT */
#include "common/cleanup.h"
#include "common/container.h"
#include "common/units.h"
#include "ctl/field.h"
#include "ctl/table.h"
#include "ctl/view.h"

/* The limits of groups of workers, each on a line under the table. */
static void view_limits(const struct terminal *term, struct json_object *pools, unsigned indent)
{
	for (size_t i = 0; i < field_length(pools); i++) {
		struct json_object *pool = json_object_array_get_idx(pools, i);
		double rate = field_number(pool, "hashrate_limit");
		double cpu = field_number(pool, "cpu_limit");

		if (!(rate > 0) && !(cpu < 100))
			continue;
		fprintf(term->out, "%*sgroup %zu: at most ", (int)indent, "", i);
		if (rate > 0)
			fputs(units_hashrate((char[UNITS_MAX]){}, rate), term->out);
		if (cpu < 100)
			fprintf(term->out, "%s%.0f %% of each CPU", rate > 0 ? " and " : "", cpu);
		fputs("\n", term->out);
	}
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
		table_add(&table, TERMINAL_PLAIN, "%llu", field_count(worker, "pool"));
		table_add(&table, TERMINAL_PLAIN, "%s", field_text(worker, "kernel", "?"));
		table_add(&table, TERMINAL_PLAIN, "%s",
			  units_hashrate((char[UNITS_MAX]){}, field_number(worker, "hashrate")));
		table_add(&table, TERMINAL_PLAIN, "%s",
			  units_count((char[UNITS_MAX]){}, field_number(worker, "hashes"), "H"));
		table_add(&table, TERMINAL_PLAIN, "%.3f %%",
			  field_number(worker, "outside_percent"));
		outside += field_number(worker, "outside_percent");
		rate += field_number(worker, "hashrate");
		hashes += field_number(worker, "hashes");
	}
	table_add(&table, TERMINAL_BOLD, "all");
	table_add(&table, TERMINAL_BOLD, "%s", "");
	table_add(&table, TERMINAL_BOLD, "%s", "");
	table_add(&table, TERMINAL_BOLD, "%s", units_hashrate((char[UNITS_MAX]){}, rate));
	table_add(&table, TERMINAL_BOLD, "%s", units_count((char[UNITS_MAX]){}, hashes, "H"));
	table_add(&table, TERMINAL_BOLD, "%.3f %%",
		  outside / MAX((double)field_length(workers), 1.0));
	table_print(&table, term, indent);
	view_limits(term, field(status, "worker_pools"), indent);
}

void view_latency(const struct terminal *term, struct json_object *status, unsigned indent)
{
	static const struct table_column columns[] = {
		{"FROM .. TO"},
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
		{"parse", "  packet .. message understood"},
		{"dispatch", "  message .. job on the workers"},
		{"first_hash", "  workers .. first hash"},
		{"stale_work", "packet .. last hash on older work"},
		{"failover", "pool lost .. hash for the next"},
		{"submit", "share sent .. reply of the pool"},
	};
	static const char *const quantiles[] = {"p50", "p90", "p99", "max"};
	struct json_object *latency = field(status, "latency_us");
	CLEANUP(table_deinit) struct table table;

	table_init(&table, columns);
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct json_object *row = field(latency, rows[i].key);
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
