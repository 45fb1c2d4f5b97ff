/* SPDX-License-Identifier: MIT */
/* Verbs that tell the daemon to do something. */
#include <stdio.h>

#include "common/cleanup.h"
#include "ctl/ctl.h"

static int verb_change(struct ctl *ctl, const char *method, struct json_object *parameters,
		       const char *done)
{
	CLEANUP(varlink_putp) struct json_object *reply = NULL;
	int r = ctl_call(ctl, method, parameters, &reply);

	if (r != CTL_OK)
		return r;
	if (ctl->json)
		ctl_print_json(reply);
	else
		puts(done);
	return CTL_OK;
}

int verb_pause(struct ctl *ctl, const char *argument)
{
	return verb_change(ctl, "Pause", NULL,
			   "paused: the workers sleep, the pools stay connected");
}

int verb_resume(struct ctl *ctl, const char *argument)
{
	return verb_change(ctl, "Resume", NULL, "resumed");
}

int verb_switch(struct ctl *ctl, const char *argument)
{
	char done[128];

	snprintf(done, sizeof(done), "switching to %.100s", argument);
	return verb_change(ctl, "SwitchPool", varlink_parameter("name", argument),
			   terminal_clean(done));
}

int verb_reload(struct ctl *ctl, const char *argument)
{
	return verb_change(ctl, "Reload", NULL, "reloaded");
}
