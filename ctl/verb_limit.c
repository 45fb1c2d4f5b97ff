/* SPDX-License-Identifier: MIT */
/* LIMIT is "KEY=NUMBER,..". The daemon checks the ranges. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/cleanup.h"
#include "common/container.h"
#include "ctl/ctl.h"
#include "ctl/verb.h"
#include "ctl/view_tables.h"

/* A number, with a metric suffix when unit is true: 1.5M. NAN for anything else. */
static double limit_number(const char *text, bool unit)
{
	static const char suffixes[] = "kMGT";
	const char *suffix;
	char *end;
	double value = strtod(text, &end);

	if (end == text || !isfinite(value))
		return NAN;
	suffix = unit && *end ? strchr(suffixes, *end) : NULL;
	if (suffix) {
		value *= pow(1000, (double)(suffix - suffixes + 1));
		end++;
	}
	return *end ? NAN : value;
}

/* One KEY=NUMBER as a parameter of Limit(). */
static bool limit_add(struct json_object *parameters, const char *item)
{
	static const struct {
		const char *key, *parameter;
		bool whole;
	} limits[] = {
		{"cpu=", "cpu", true}, {"hashrate=", "hashrate", false}, {"group=", "group", true}};

	for (size_t i = 0; i < ARRAY_SIZE(limits); i++) {
		size_t n = strlen(limits[i].key);
		double value;

		if (strncmp(item, limits[i].key, n) != 0)
			continue;
		value = limit_number(item + n, !limits[i].whole);
		if (isnan(value) || (limits[i].whole && (value != floor(value) || value > 1e9)))
			return false;
		json_object_object_add(parameters, limits[i].parameter,
				       limits[i].whole ? json_object_new_int64((int64_t)value)
						       : json_object_new_double(value));
		return true;
	}
	return false;
}

/* The limits that hold now. */
static void limit_show(const struct terminal *term, struct json_object *status, unsigned indent)
{
	fputs("limits set; they hold until the next reload or restart\n", term->out);
	view_limits(term, status, indent);
}

int verb_limit(struct ctl *ctl, const char *argument)
{
	CLEANUP(varlink_putp) struct json_object *parameters = json_object_new_object();
	CLEANUP(varlink_putp) struct json_object *reply = NULL, *status = NULL;
	CLEANUP(cleanup_free) char *items = strdup(argument);
	char *rest = items;
	int r;

	for (char *item; (item = strsep(&rest, ","));) {
		if (limit_add(parameters, item))
			continue;
		ctl_error(ctl,
			  "limit: \"%s\" is not a limit: use cpu=PERCENT, hashrate=RATE or "
			  "group=N, with commas between several",
			  item);
		return CTL_USAGE;
	}
	r = ctl_call(ctl, "Limit", TAKE(parameters), &reply);
	if (r != CTL_OK)
		return r;
	if (ctl->json) {
		ctl_print_json(ctl, reply, true);
		return CTL_OK;
	}
	r = ctl_status(ctl, &status);
	if (r == CTL_OK)
		ctl_show(ctl, status, limit_show);
	return r;
}
