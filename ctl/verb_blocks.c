/* SPDX-License-Identifier: MIT */
#include "common/cleanup.h"
#include "ctl/ctl.h"
#include "ctl/verb.h"
#include "ctl/view_blocks.h"

int verb_blocks(struct ctl *ctl, const char *argument)
{
	CLEANUP(varlink_putp) struct json_object *reply = NULL;
	int r = ctl_call(ctl, "Blocks", NULL, &reply);

	if (r != CTL_OK)
		return r;
	if (ctl->json)
		ctl_print_json(ctl, reply, true);
	else
		ctl_show(ctl, reply, view_blocks);
	return CTL_OK;
}
