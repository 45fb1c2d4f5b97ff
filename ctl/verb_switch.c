/* SPDX-License-Identifier: MIT */
/* Switches to a pool and reports the result: the pool may be down. */
#include <math.h>
#include <string.h>
#include <time.h>

#include "common/cleanup.h"
#include "common/clock.h"
#include "common/units.h"
#include "ctl/ctl.h"
#include "ctl/field.h"
#include "ctl/verb.h"
#include "ctl/view_line.h"

enum {
	SWITCH_WAIT_MS = 2000, /* for the chosen pool to work, or to fail */
	SWITCH_STEP_MS = 50,   /* between two looks at the pool */
};

static struct json_object *switch_find(struct json_object *status, const char *name)
{
	struct json_object *pools = field(status, "pools");

	for (size_t i = 0; i < field_length(pools); i++) {
		struct json_object *pool = json_object_array_get_idx(pools, i);

		if (strcmp(field_text(pool, "name", ""), name) == 0)
			return pool;
	}
	return NULL;
}

/*
 * Whether waiting is over: the pool is mined on or has failed again, or the daemon does not say.
 * attempts: to connect to it before the switch.
 */
static bool switch_settled(struct json_object *pool, double attempts)
{
	const char *state = field_text(pool, "state", "");

	if (strcmp(state, "backoff") == 0)
		return !(field_number(pool, "attempts") <= attempts);
	return strcmp(state, "connecting") != 0 && strcmp(state, "disabled") != 0 &&
	       strcmp(state, "standby") != 0;
}

/* Why the pool cannot be mined on, and when the next attempt is. */
static void switch_say_down(const struct terminal *term, struct json_object *pool, const char *name)
{
	const char *reason = field_text(pool, "last_loss", field_text(pool, "last_error", NULL));
	double next = field_number(pool, "next_attempt_s");
	const char *state = field_text(pool, "state", "");
	struct view_line line;

	view_line_begin(&line, term, 0, NULL);
	view_line_add(&line, TERMINAL_YELLOW, "%s is chosen, but it is not connected", name);
	if (strcmp(state, "backoff") != 0)
		view_line_add(&line, TERMINAL_YELLOW, " yet: minerd is still trying%s%s",
			      reason ? "; the last attempt failed: " : "", reason ? reason : "");
	else if (reason)
		view_line_add(&line, TERMINAL_YELLOW, ": %s", reason);
	if (!isnan(next))
		view_line_add(&line, TERMINAL_YELLOW, "; next attempt in %s",
			      units_duration((char[UNITS_MAX]){}, ceil(next)));
	view_line_end(&line);
}

static void switch_say(const struct terminal *term, struct json_object *status,
		       struct json_object *pool, const char *name)
{
	const char *active = field_text(status, "pool", NULL);
	bool paused = strcmp(field_text(status, "state", ""), "paused") == 0;

	if (!field_text(pool, "state", NULL)) {
		view_line_print(term, 0, NULL, TERMINAL_PLAIN, "%s is chosen", name);
		return;
	}
	if (active && strcmp(active, name) == 0) {
		view_line_print(term, 0, NULL, TERMINAL_PLAIN, "switched to %s%s", name,
				paused ? "; mining is paused: minerctl resume" : "");
		return;
	}
	switch_say_down(term, pool, name);
	if (active && paused)
		view_line_print(term, 0, NULL, TERMINAL_PLAIN,
				"Mining is paused. After minerctl resume, minerd mines on %s until "
				"%s is connected.",
				active, name);
	else if (active)
		view_line_print(term, 0, NULL, TERMINAL_PLAIN,
				"minerd mines on %s until %s is connected, and then switches.",
				active, name);
	else
		view_line_print(term, 0, NULL, TERMINAL_PLAIN,
				"No other pool can be mined on either: minerd is idle until one "
				"is connected.");
}

/* The status once the chosen pool works or has failed, or when the wait is over. */
static int switch_wait(struct ctl *ctl, const char *name, double attempts,
		       struct json_object **ret_status)
{
	const struct timespec step = {.tv_nsec = SWITCH_STEP_MS * CLOCK_MS};
	uint64_t end = clock_now() + SWITCH_WAIT_MS * CLOCK_MS;

	for (;;) {
		CLEANUP(varlink_putp) struct json_object *status = NULL;
		int r = ctl_status(ctl, &status);

		if (r != CTL_OK)
			return r;
		if (switch_settled(switch_find(status, name), attempts) || clock_now() >= end) {
			*ret_status = TAKE(status);
			return CTL_OK;
		}
		nanosleep(&step, NULL);
	}
}

static void switch_show(const struct ctl *ctl, struct json_object *status, const char *name)
{
	struct page page;

	if (page_begin(&page, &ctl->term))
		switch_say(&page.term, status, switch_find(status, name), name);
	ctl_show_page(ctl, &page);
}

int verb_switch(struct ctl *ctl, const char *argument)
{
	CLEANUP(varlink_putp) struct json_object *before = NULL, *reply = NULL, *status = NULL;
	int r = ctl_status(ctl, &before);

	if (r == CTL_OK)
		r = ctl_call(ctl, "SwitchPool", varlink_parameter("name", argument), &reply);
	if (r != CTL_OK)
		return r;
	if (ctl->json) {
		ctl_print_json(ctl, reply, true);
		return CTL_OK;
	}
	r = switch_wait(ctl, argument, field_number(switch_find(before, argument), "attempts"),
			&status);
	if (r == CTL_OK)
		switch_show(ctl, status, argument);
	return r;
}
