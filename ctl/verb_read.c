/* SPDX-License-Identifier: MIT */
/* Commands that ask. */
#include <stdio.h>

#include "common/cleanup.h"
#include "ctl/ctl.h"
#include "ctl/field.h"
#include "ctl/view.h"

/* The status, or the member of this name, as JSON; else as a view shows it. */
static int verb_read(struct ctl *ctl, const char *member,
		     void (*view)(const struct terminal *term, struct json_object *status,
				  unsigned indent))
{
	CLEANUP(varlink_putp) struct json_object *status = NULL;
	int r = ctl_status(ctl, &status);

	if (r != CTL_OK)
		return r;
	if (ctl->json)
		ctl_print_json(ctl, member ? field(status, member) : status, true);
	else
		ctl_show(ctl, status, view);
	return CTL_OK;
}

int verb_status(struct ctl *ctl, const char *argument)
{
	return verb_read(ctl, NULL, view_status);
}

int verb_pools(struct ctl *ctl, const char *argument)
{
	return verb_read(ctl, "pools", view_pools_closely);
}

int verb_workers(struct ctl *ctl, const char *argument)
{
	return verb_read(ctl, "workers", view_workers);
}

int verb_latency(struct ctl *ctl, const char *argument)
{
	return verb_read(ctl, "latency_us", view_latency);
}

int verb_metrics(struct ctl *ctl, const char *argument)
{
	CLEANUP(varlink_putp) struct json_object *status = NULL;
	int r = ctl_status(ctl, &status);

	if (r == CTL_OK)
		view_metrics(ctl->term.out, status);
	return r;
}

int verb_version(struct ctl *ctl, const char *argument)
{
	CLEANUP(varlink_putp) struct json_object *info = NULL, *both = json_object_new_object();
	int r;

	if (!ctl->json)
		puts("minerctl " MINERD_VERSION);
	r = ctl_call(ctl, VARLINK_SERVICE ".GetInfo", NULL, &info);
	if (r != CTL_OK)
		return r;
	if (!ctl->json) {
		char line[128];

		snprintf(line, sizeof(line), "%s %s", field_text(info, "product", "?"),
			 field_text(info, "version", "?"));
		terminal_clean(line);
		puts(ctl->term.utf8 ? line : terminal_ascii(line));
		return CTL_OK;
	}
	json_object_object_add(both, "minerctl", json_object_new_string(MINERD_VERSION));
	json_object_object_add(both, "minerd", json_object_get(field(info, "version")));
	ctl_print_json(ctl, both, true);
	return CTL_OK;
}
