/* SPDX-License-Identifier: MIT */
/* What goes wrong between minerctl and the daemon, in words that say what to do. */
#include "ctl/ctl.h"

#include <stdio.h>
#include <string.h>

#include "common/cleanup.h"
#include "ctl/field.h"

int ctl_unreachable(const struct ctl *ctl)
{
	if (ctl->client.told)
		return CTL_NO_DAEMON;
	fprintf(stderr, "minerctl: no daemon there: %s\n", ctl->client.reason);
	if (ctl->host)
		fprintf(stderr, "On %s: systemctl status minerd\n", ctl->host);
	else
		fputs("Start it with: systemctl start minerd\n"
		      "(or in the foreground: minerd -c FILE; minerctl -s PATH if its "
		      "control.socket "
		      "is elsewhere)\n",
		      stderr);
	return CTL_NO_DAEMON;
}

/* The names of all pools, when one was not found. */
static void ctl_say_pools(struct ctl *ctl)
{
	CLEANUP(varlink_reply_deinit) struct varlink_reply reply = VARLINK_REPLY_NULL;
	struct json_object *pools;

	if (client_send(&ctl->client, CTL_INTERFACE ".Status", NULL, false) < 0 ||
	    client_receive(&ctl->client, &reply) < 0)
		return;
	pools = field(reply.parameters, "pools");
	fputs("There are:", stderr);
	for (size_t i = 0; i < field_length(pools); i++)
		fprintf(stderr, "%s %s", i ? "," : "",
			field_text(json_object_array_get_idx(pools, i), "name", "?"));
	fputs("\n", stderr);
}

int ctl_refused(struct ctl *ctl, const struct varlink_reply *reply)
{
	const char *error = reply->error ? reply->error : "not a Varlink reply";

	if (strcmp(error, CTL_INTERFACE ".Refused") == 0) {
		fprintf(stderr, "minerctl: refused: %s\n",
			field_text(reply->parameters, "reason", "no reason given"));
	} else if (strcmp(error, CTL_INTERFACE ".NoSuchPool") == 0) {
		fprintf(stderr, "minerctl: no pool has the name \"%s\"\n",
			field_text(reply->parameters, "name", "?"));
		ctl_say_pools(ctl);
	} else if (strcmp(error, VARLINK_SERVICE ".PermissionDenied") == 0) {
		fputs("minerctl: permission denied: this needs root, the user that minerd runs as, "
		      "or a member of group minerd\n",
		      stderr);
	} else if (strcmp(error, VARLINK_SERVICE ".MethodNotFound") == 0) {
		fputs("minerctl: the daemon does not know this: it is of another version\n",
		      stderr);
	} else {
		fprintf(stderr, "minerctl: the daemon refused: %s\n", error);
	}
	return CTL_REFUSED;
}

int ctl_call(struct ctl *ctl, const char *method, struct json_object *parameters,
	     struct json_object **ret_parameters)
{
	CLEANUP(varlink_reply_deinit) struct varlink_reply reply = VARLINK_REPLY_NULL;
	char name[128];

	if (strchr(method, '.'))
		snprintf(name, sizeof(name), "%s", method);
	else
		snprintf(name, sizeof(name), "%s.%s", CTL_INTERFACE, method);
	if (client_send(&ctl->client, name, parameters, false) < 0 ||
	    client_receive(&ctl->client, &reply) < 0)
		return ctl_unreachable(ctl);
	if (reply.error) {
		if (ctl->json)
			ctl_print_json(reply.message);
		return ctl_refused(ctl, &reply);
	}
	*ret_parameters = json_object_get(reply.parameters);
	return CTL_OK;
}

void ctl_print_json(struct json_object *object)
{
	puts(json_object_to_json_string_ext(object, JSON_C_TO_STRING_PRETTY |
							    JSON_C_TO_STRING_SPACED |
							    JSON_C_TO_STRING_NOSLASHESCAPE));
}
