/* SPDX-License-Identifier: MIT */
/* Waits until the daemon has mined so many blocks; it tells each second that it is still there. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "common/cleanup.h"
#include "ctl/ctl.h"
#include "ctl/field.h"
#include "ctl/verb.h"
#include "ctl/view_line.h"

enum { MINE_BLOCKS_MAX = 100000 /* as the daemon has it */ };

/* 0: it is not a number of blocks. */
static int64_t mine_number(const char *text)
{
	char *end;
	long value;

	if (*text < '0' || *text > '9')
		return 0;
	value = strtol(text, &end, 10);
	return *end || value > MINE_BLOCKS_MAX ? 0 : value;
}

static void mine_show(const struct terminal *term, struct json_object *mined, unsigned indent)
{
	double blocks = field_number(mined, "blocks");
	struct json_object *first = field(mined, "first"), *last = field(mined, "last");

	if (blocks == 1) {
		view_line_print(term, indent, NULL, TERMINAL_PLAIN, "1 block mined: %.0f, %s",
				field_number(last, "height"), field_text(last, "hash", "?"));
		return;
	}
	view_line_print(term, indent, NULL, TERMINAL_PLAIN, "%.0f blocks mined", blocks);
	view_line_print(term, indent, "first", TERMINAL_PLAIN, "%.0f, %s",
			field_number(first, "height"), field_text(first, "hash", "?"));
	view_line_print(term, indent, "last", TERMINAL_PLAIN, "%.0f, %s",
			field_number(last, "height"), field_text(last, "hash", "?"));
}

int verb_mine(struct ctl *ctl, const char *argument)
{
	int64_t blocks = mine_number(argument);
	struct json_object *parameters;
	bool continues = true;

	if (!blocks) {
		ctl_error(ctl,
			  "mine: \"%s\" is not a number of blocks: use a whole number from 1 to %d",
			  argument, MINE_BLOCKS_MAX);
		return CTL_USAGE;
	}
	parameters = json_object_new_object();
	json_object_object_add(parameters, "blocks", json_object_new_int64(blocks));
	if (client_send(&ctl->client, CTL_INTERFACE ".Mine", parameters, true) < 0)
		return ctl_unreachable(ctl);
	while (continues) {
		CLEANUP(varlink_reply_deinit) struct varlink_reply reply = VARLINK_REPLY_NULL;

		if (client_receive(&ctl->client, &reply) < 0)
			return ctl_unreachable(ctl);
		continues = reply.continues;
		if (reply.error) {
			if (ctl->json)
				ctl_print_json(ctl, reply.message, true);
			return ctl_refused(ctl, &reply);
		}
		if (continues)
			continue;
		if (ctl->json)
			ctl_print_json(ctl, reply.parameters, true);
		else
			ctl_show(ctl, reply.parameters, mine_show);
	}
	return CTL_OK;
}
