/* SPDX-License-Identifier: MIT */
/* Verbs that ask. */
#include <stdio.h>

#include "common/cleanup.h"
#include "ctl/ctl.h"
#include "ctl/field.h"
#include "ctl/view.h"

int verb_status(struct ctl *ctl, const char *argument)
{
	CLEANUP(varlink_putp) struct json_object *status = NULL;
	int r = ctl_call(ctl, "Status", NULL, &status);

	if (r != CTL_OK)
		return r;
	if (ctl->json)
		ctl_print_json(status);
	else
		view_status(&ctl->term, status);
	return CTL_OK;
}

/* A part of the status, as JSON or as a table. */
static int verb_part(struct ctl *ctl, const char *name,
		     void (*view)(const struct terminal *term, struct json_object *status,
				  unsigned indent))
{
	CLEANUP(varlink_putp) struct json_object *status = NULL;
	int r = ctl_call(ctl, "Status", NULL, &status);

	if (r != CTL_OK)
		return r;
	if (ctl->json)
		ctl_print_json(field(status, name));
	else
		view(&ctl->term, status, 0);
	return CTL_OK;
}

int verb_pools(struct ctl *ctl, const char *argument)
{
	return verb_part(ctl, "pools", view_pools_closely);
}

int verb_workers(struct ctl *ctl, const char *argument)
{
	return verb_part(ctl, "workers", view_workers);
}

int verb_latency(struct ctl *ctl, const char *argument)
{
	return verb_part(ctl, "latency_us", view_latency);
}

int verb_metrics(struct ctl *ctl, const char *argument)
{
	CLEANUP(varlink_putp) struct json_object *status = NULL;
	int r = ctl_call(ctl, "Status", NULL, &status);

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
		printf("%s %s\n", field_text(info, "product", "?"),
		       field_text(info, "version", "?"));
		return CTL_OK;
	}
	json_object_object_add(both, "minerctl", json_object_new_string(MINERD_VERSION));
	json_object_object_add(both, "minerd", json_object_get(field(info, "version")));
	ctl_print_json(both);
	return CTL_OK;
}
