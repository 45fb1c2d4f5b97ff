/* SPDX-License-Identifier: MIT */
#include "ctl/verb.h"

#include <string.h>

#include "common/cleanup.h"
#include "common/container.h"
#include "ctl/field.h"
#include "ctl/view_pools.h"
#include "ctl/view_status.h"
#include "ctl/view_tables.h"

#define VERB(...) {__VA_ARGS__},
#define OPTION(...)
static const struct verb verbs[] = {
#include "ctl/commands.inc"
};

const struct verb *verb_find(const char *name)
{
	for (size_t i = 0; i < ARRAY_SIZE(verbs); i++)
		if (strcmp(verbs[i].name, name) == 0)
			return &verbs[i];
	return NULL;
}

void verb_help(FILE *out)
{
	for (size_t i = 0; i < ARRAY_SIZE(verbs); i++)
		if (*verbs[i].help)
			fprintf(out, "  %-7s %-5s %s\n", verbs[i].name, verbs[i].argument,
				verbs[i].help);
}

static int verb_show(struct ctl *ctl, const struct verb *verb)
{
	CLEANUP(varlink_putp) struct json_object *status = NULL;
	int r = ctl_status(ctl, &status);

	if (r != CTL_OK)
		return r;
	if (ctl->json)
		ctl_print_json(ctl, verb->member ? field(status, verb->member) : status, true);
	else
		ctl_show(ctl, status, verb->view);
	return CTL_OK;
}

static int verb_call(struct ctl *ctl, const struct verb *verb)
{
	CLEANUP(varlink_putp) struct json_object *reply = NULL;
	int r = ctl_call(ctl, verb->method, NULL, &reply);

	if (r != CTL_OK)
		return r;
	if (ctl->json)
		ctl_print_json(ctl, reply, true);
	else
		puts(verb->done);
	return CTL_OK;
}

int verb_run(struct ctl *ctl, const struct verb *verb, const char *argument)
{
	int r;

	if (!verb->connects && ctl_connect(ctl, CLIENT_TIMEOUT_MS, false) < 0)
		r = ctl_unreachable(ctl);
	else if (verb->view)
		r = verb_show(ctl, verb);
	else if (verb->method)
		r = verb_call(ctl, verb);
	else
		r = verb->fn(ctl, argument);
	client_close(&ctl->client);
	return r;
}
