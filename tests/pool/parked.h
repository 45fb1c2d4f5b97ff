/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * The sessions of miners that are gone, for them to go on with: with --resume a subscribe that
 * names one gets its extranonces and its jobs back, as ckpool does. One thread.
 */
#include <stdbool.h>

#include "connection.h"

enum { PARKED_MAX = 16 };

/* The newest PARKED_MAX. */
struct parked {
	struct parked_session {
		char id[CONNECTION_SESSION_MAX];
		struct terms terms;
		uint32_t mask; /* bits that its shares may have rolled */
		struct issued *issued;
		unsigned n_issued;
	} session[PARKED_MAX];
	unsigned next; /* the place to be taken next */
};

#define PARKED_NULL ((struct parked){})

void parked_deinit(struct parked *parked);

/* Takes over what a subscribed connection had; it is about to be released. */
void parked_keep(struct parked *parked, struct connection *connection);

/*
 * Gives it all to another connection; false: there is no session of this id. The connection keeps
 * the mask that it was granted itself; the one before is what it had until now.
 */
bool parked_resume(struct parked *parked, struct connection *connection, const char *id);
