/* SPDX-License-Identifier: MIT */
#pragma once

/* What the verbs of minerctl(1) share: the command line taken apart and the way to the daemon. */
#include <stdbool.h>

#include "ctl/client.h"
#include "ctl/terminal.h"

#define CTL_DEFAULT_SOCKET "/run/minerd/control.sock"
#define CTL_INTERFACE	   "io.minerd.Miner"

/* Exit statuses. */
enum {
	CTL_OK = 0,
	CTL_REFUSED = 1, /* the daemon said no, and why */
	CTL_USAGE = 2,
	CTL_NO_DAEMON = 3,
};

struct ctl {
	const char *socket; /* path, NULL: the default */
	const char *host;   /* [USER@]HOST for ssh(1), NULL: this machine */
	bool json;
	struct client client;
	struct terminal term; /* of stdout */
};

/* Each verb: argument is what follows it, or NULL. Returns the exit status. */
int verb_status(struct ctl *ctl, const char *argument);
int verb_pools(struct ctl *ctl, const char *argument);
int verb_workers(struct ctl *ctl, const char *argument);
int verb_latency(struct ctl *ctl, const char *argument);
int verb_metrics(struct ctl *ctl, const char *argument);
int verb_version(struct ctl *ctl, const char *argument);
int verb_top(struct ctl *ctl, const char *argument);
int verb_pause(struct ctl *ctl, const char *argument);
int verb_resume(struct ctl *ctl, const char *argument);
int verb_switch(struct ctl *ctl, const char *argument);
int verb_limit(struct ctl *ctl, const char *argument);
int verb_reload(struct ctl *ctl, const char *argument);
int verb_bridge(struct ctl *ctl, const char *argument);

/*
 * Calls METHOD of CTL_INTERFACE, or of another one when the name has dots. CTL_OK: *ret_parameters
 * is an object or NULL, a new reference. Otherwise what is wrong was said on stderr.
 */
int ctl_call(struct ctl *ctl, const char *method, struct json_object *parameters,
	     struct json_object **ret_parameters);

/* Says on stderr why reply is an error; the exit status. */
int ctl_refused(struct ctl *ctl, const struct varlink_reply *reply);

/* Says on stderr that the daemon cannot be reached, and how to start it; CTL_NO_DAEMON. */
int ctl_unreachable(const struct ctl *ctl);

/* Prints an object, indented. */
void ctl_print_json(struct json_object *object);
