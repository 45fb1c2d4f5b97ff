/* SPDX-License-Identifier: MIT */
/* Commands that tell the daemon to do something. */
#include <stdio.h>

#include "common/cleanup.h"
#include "ctl/ctl.h"

static int verb_change(struct ctl *ctl, const char *method, const char *done)
{
	CLEANUP(varlink_putp) struct json_object *reply = NULL;
	int r = ctl_call(ctl, method, NULL, &reply);

	if (r != CTL_OK)
		return r;
	if (ctl->json)
		ctl_print_json(ctl, reply, true);
	else
		puts(done);
	return CTL_OK;
}

int verb_pause(struct ctl *ctl, const char *argument)
{
	return verb_change(ctl, "Pause", "paused: the workers sleep, the pools stay connected");
}

int verb_resume(struct ctl *ctl, const char *argument)
{
	return verb_change(ctl, "Resume", "resumed");
}

int verb_reload(struct ctl *ctl, const char *argument)
{
	return verb_change(ctl, "Reload", "configuration reloaded");
}
