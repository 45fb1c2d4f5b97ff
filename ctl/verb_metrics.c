/* SPDX-License-Identifier: MIT */
#include "common/cleanup.h"
#include "ctl/ctl.h"
#include "ctl/verb.h"
#include "ctl/view_metrics.h"

int verb_metrics(struct ctl *ctl, const char *argument)
{
	CLEANUP(varlink_putp) struct json_object *status = NULL;
	int r = ctl_status(ctl, &status);

	if (r == CTL_OK)
		view_metrics(ctl->term.out, status);
	return r;
}
