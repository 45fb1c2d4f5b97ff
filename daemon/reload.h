/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * Reads the configuration file again, on SIGHUP or by the control socket. What did not change
 * continues undisturbed, and a reload that fails changes nothing. A helper thread reads files and
 * measures kernels, while the loop continues; workers end only after their successors have started.
 * Io thread.
 */
#include <stdbool.h>
#include <stddef.h>

#include "control/control.h"
#include "io/helper.h"

struct minerd;

/* Calls of Reload() that wait for a reply: at most one of each client. */
struct reload_calls {
	struct control_ticket ticket[CONTROL_CLIENTS_MAX];
	bool waits[CONTROL_CLIENTS_MAX];
};

struct reload {
	struct helper helper;
	bool measuring;			  /* a probe runs: the workers sleep meanwhile */
	bool again;			  /* another reload was requested while one runs */
	struct reload_calls asked, later; /* of the reload that runs, and of the next one */
};

#define RELOAD_NULL ((struct reload){.helper = HELPER_NULL})

/* Negative errno. */
int reload_init(struct reload *reload, struct ring *ring);

/* As helper_deinit(). */
bool reload_deinit(struct reload *reload);

/*
 * Starts a reload, or requests another one if one runs. ticket: the call that gets the result, or
 * NULL. The result is logged as well.
 */
void reload_begin(struct minerd *minerd, const struct control_ticket *ticket);
