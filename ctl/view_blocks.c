/* SPDX-License-Identifier: MIT */
#include "ctl/view_blocks.h"

#include <string.h>
#include <time.h>

#include "common/cleanup.h"
#include "common/container.h"
#include "ctl/field.h"
#include "ctl/table.h"
#include "ctl/view_line.h"

enum { VIEW_TIME_MAX = 32, VIEW_COIN = 100000000 /* satoshi */ };

static enum terminal_style view_block_style(const char *state)
{
	static const struct {
		const char *state;
		enum terminal_style style;
	} styles[] = {
		{"accepted", TERMINAL_GREEN},  {"confirmed", TERMINAL_GREEN},
		{"rejected", TERMINAL_RED},    {"submitting", TERMINAL_YELLOW},
		{"orphaned", TERMINAL_YELLOW}, {"stale", TERMINAL_YELLOW},
	};

	for (size_t i = 0; i < ARRAY_SIZE(styles); i++)
		if (strcmp(state, styles[i].state) == 0)
			return styles[i].style;
	return TERMINAL_PLAIN;
}

/* "2026-01-31 14:05 UTC" */
static const char *view_block_time(char ret[VIEW_TIME_MAX], struct json_object *block)
{
	time_t when = (time_t)field_count(block, "time");
	struct tm parts;

	if (!gmtime_r(&when, &parts) || !strftime(ret, VIEW_TIME_MAX, "%Y-%m-%d %H:%M UTC", &parts))
		return "?";
	return ret;
}

static void view_block(struct table *table, struct json_object *block)
{
	const char *state = field_text(block, "state", "?");
	unsigned long long value = field_count(block, "value");
	char when[VIEW_TIME_MAX];

	table_add(table, TERMINAL_PLAIN, "%llu", field_count(block, "height"));
	table_add(table, view_block_style(state), "%s", state);
	table_add(table, TERMINAL_PLAIN, "%llu", field_count(block, "confirmations"));
	table_add(table, TERMINAL_PLAIN, "%s", field_text(block, "hash", "?"));
	table_add(table, TERMINAL_PLAIN, "%llu.%08llu", value / VIEW_COIN, value % VIEW_COIN);
	table_add(table, TERMINAL_PLAIN, "%s", field_text(block, "pool", "?"));
	table_add(table, TERMINAL_PLAIN, "%s", view_block_time(when, block));
	table_add(table, TERMINAL_PLAIN, "%s", field_text(block, "answer", ""));
}

void view_blocks(const struct terminal *term, struct json_object *reply, unsigned indent)
{
	static const struct table_column columns[] = {
		{"HEIGHT", .right = true},
		{"STATE"},
		{"CONFIRMED", .right = true, .drop = true},
		{"HASH", .cut = true, .keep = 64},
		{"VALUE", .right = true, .drop = true},
		{"NODE", .cut = true, .drop = true},
		{"TIME", .drop = true},
		{"ANSWER", .cut = true, .drop = true, .keep = 20},
		{},
	};
	struct json_object *blocks = field(reply, "blocks");
	CLEANUP(table_deinit) struct table table;

	table_init(&table, columns);
	if (!field_length(blocks)) {
		view_line_print(term, indent, NULL, TERMINAL_PLAIN, "no blocks found on nodes");
		return;
	}
	for (size_t i = 0; i < field_length(blocks); i++)
		view_block(&table, json_object_array_get_idx(blocks, i));
	table_print(&table, term, indent);
}
