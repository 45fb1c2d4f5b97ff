/* SPDX-License-Identifier: MIT */
#include <stdio.h>

#include "common/cleanup.h"
#include "ctl/ctl.h"
#include "ctl/field.h"
#include "ctl/verb.h"

int verb_version(struct ctl *ctl, const char *argument)
{
	CLEANUP(varlink_putp) struct json_object *info = NULL, *both = NULL;
	char line[128];
	int r;

	/* Also when no daemon replies. */
	if (!ctl->json)
		puts("minerctl " MINERD_VERSION);
	if (ctl_connect(ctl, CLIENT_TIMEOUT_MS, false) < 0)
		return ctl_unreachable(ctl);
	r = ctl_call(ctl, VARLINK_SERVICE ".GetInfo", NULL, &info);
	if (r != CTL_OK)
		return r;
	if (!ctl->json) {
		snprintf(line, sizeof(line), "%s %s", field_text(info, "product", "?"),
			 field_text(info, "version", "?"));
		terminal_clean(line);
		puts(ctl->term.utf8 ? line : terminal_ascii(line));
		return CTL_OK;
	}
	both = json_object_new_object();
	json_object_object_add(both, "minerctl", json_object_new_string(MINERD_VERSION));
	json_object_object_add(both, "minerd", json_object_get(field(info, "version")));
	ctl_print_json(ctl, both, true);
	return CTL_OK;
}
