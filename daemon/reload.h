/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * Reads the configuration file again, on SIGHUP or by the control socket. What did not change goes
 * on undisturbed, and a reload that fails leaves everything as it was. Files are read and kernels
 * measured in a thread, while the loop goes on; workers end only once their successors have begun.
 * Io thread.
 */
#include <stdbool.h>
#include <stddef.h>

#include "control/control.h"
#include "io/helper.h"

struct minerd;

/* Calls of Reload() that wait for a reply: of each client the last one, the others are gone. */
struct reload_calls {
	struct control_ticket ticket[CONTROL_CLIENTS_MAX];
	bool waits[CONTROL_CLIENTS_MAX];
};

struct reload {
	struct helper helper;
	bool measuring;			  /* kernels: the workers sleep meanwhile */
	bool again;			  /* it was asked for again while one runs */
	struct reload_calls asked, later; /* for the reload that runs, and for the next one */
};

#define RELOAD_NULL ((struct reload){.helper = HELPER_NULL})

/* Negative errno. */
int reload_init(struct reload *reload, struct ring *ring);

/* As helper_deinit(). */
bool reload_deinit(struct reload *reload);

/*
 * Begins a reload, or another one when that which runs is over. ticket: whose call is to be
 * finished then, or NULL. The result is logged too.
 */
void reload_begin(struct minerd *minerd, const struct control_ticket *ticket);
