/* SPDX-License-Identifier: MIT */
#pragma once

/* What the commands of minerctl(1) share: the command line and the connection to the daemon. */
#include <stdbool.h>

#include "ctl/client.h"
#include "ctl/exit_status.h"
#include "ctl/page.h"
#include "ctl/terminal.h"

#define CTL_INTERFACE "io.minerd.Miner"
#define CTL_GROUP     "minerd" /* whose members may change the daemon */

struct ctl {
	const char *verb;   /* the command, as it is written */
	const char *socket; /* path, NULL: the default */
	const char *host;   /* [USER@]HOST for ssh(1), NULL: this machine */
	bool json;
	struct client client;
	struct terminal term; /* of stdout */
};

/*
 * Connects to the daemon that the command line names. wait_ms, unattended: as in client.h. Negative
 * errno, with the failure in ctl->client.
 */
int ctl_connect(struct ctl *ctl, int wait_ms, bool unattended);

/*
 * Calls METHOD of CTL_INTERFACE, or of another one when the name has dots. CTL_OK: *ret_parameters
 * is an object or NULL, a new reference. Otherwise the error was printed on stderr.
 */
int ctl_call(struct ctl *ctl, const char *method, struct json_object *parameters,
	     struct json_object **ret_parameters);

/* Calls Status(): the same, and *ret_status is the status of a minerd. */
int ctl_status(struct ctl *ctl, struct json_object **ret_status);

/* 0: parameters are the status of a minerd. Else negative errno, with the failure in ctl->client.
 */
int ctl_check_status(struct ctl *ctl, struct json_object *parameters);

/* "minerctl: " and a line on stderr, fit for a terminal. */
void ctl_error(const struct ctl *ctl, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

/* Prints the error of a reply on stderr; the exit status. */
int ctl_refused(struct ctl *ctl, const struct varlink_reply *reply);

/* Prints on stderr why the daemon cannot be reached, and what to do; CTL_NO_DAEMON. */
int ctl_unreachable(const struct ctl *ctl);

/* Shows on stdout what a view makes of a status. */
void ctl_show(const struct ctl *ctl, struct json_object *status,
	      void (*view)(const struct terminal *term, struct json_object *status,
			   unsigned indent));

/* Ends a page that page_begin() began, and prints it on stdout. */
void ctl_show_page(const struct ctl *ctl, struct page *page);

/* Prints an object, indented or in one line; ASCII where the locale is not UTF-8. */
void ctl_print_json(const struct ctl *ctl, struct json_object *object, bool indented);
