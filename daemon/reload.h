/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * Reads the configuration file again, on SIGHUP or by the control socket. What did not change goes on
 * undisturbed, and a reload that fails leaves everything as it was. Files are read and kernels
 * measured in a thread, while the loop goes on; workers end only once their successors have begun.
 * Io thread.
 */
#include <stdbool.h>
#include <stddef.h>

#include "control/control.h"
#include "io/helper.h"

struct minerd;

struct reload {
	struct helper helper;
	bool measuring; /* kernels: the workers sleep meanwhile */
	bool again;	/* it was asked for again while one runs */
	/* Calls that are replied to at the end: of the reload that runs, and of the next one. */
	struct control_ticket asked[CONTROL_CLIENTS_MAX], later[CONTROL_CLIENTS_MAX];
	size_t n_asked, n_later;
};

#define RELOAD_NULL ((struct reload){.helper = HELPER_NULL})

/* Negative errno. */
int reload_init(struct reload *reload, struct ring *ring);

/* When the ring is gone. Idempotent. */
void reload_deinit(struct reload *reload);

/*
 * Begins a reload, or another one when that which runs is over. ticket: whose call is to be finished
 * then, or NULL. The result is logged too.
 */
void reload_begin(struct minerd *minerd, const struct control_ticket *ticket);
