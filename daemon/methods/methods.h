/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * The Varlink interface io.minerd.Miner (io.minerd.Miner.varlink): from the parameters of a call to
 * what the daemon does. Io thread.
 */
#include <stddef.h>
#include <stdint.h>

#include "control/control_interface.h"

struct conf;
struct demand;
struct found_blocks;
struct workers;
struct minerd;
struct pools;

/* What the daemon does itself. */
struct methods_handler {
	/*
	 * The parameters of a reply of Status(), as JSON of *ret_size bytes: at most age_ns old. It
	 * lives until the next call. NULL on allocation failure.
	 */
	const char *(*status)(struct minerd *minerd, uint64_t age_ns, size_t *ret_size);
	/* Begins a reload, which ends with control_finish() for ticket. */
	void (*reload)(struct minerd *minerd, const struct control_ticket *ticket);
};

/* Data of methods_interface for control_add(). All are borrowed. */
struct methods {
	struct minerd *minerd; /* the daemon, for the handler */
	const struct methods_handler *handler;
	struct demand *demand;
	struct found_blocks *found;
	struct pools *pools;
	struct conf *conf; /* the limits of its worker groups are changed */
	struct workers *workers;
};

extern const struct control_interface methods_interface;
