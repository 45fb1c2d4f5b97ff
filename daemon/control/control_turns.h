/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * When each client is served. An iteration of the loop gives a turn to four trusted clients at most
 * and to one untrusted client, round robin, after all completions: the pools come first. The turns
 * of untrusted clients have a budget of CPU time; beyond it they wait. Io thread.
 */
#include "control/control_budget.h"
#include "control/control_clients.h"

struct control_turns {
	struct ring *ring;
	struct control_clients *clients;
	struct ring_timer timer;      /* armed while a client wants a turn */
	unsigned last[2];	      /* who had the last turn: of the untrusted, of the trusted */
	struct control_budget budget; /* of the untrusted */
	bool stopped;
};

/* clients must outlive the turns. */
void control_turns_init(struct control_turns *turns, struct ring *ring,
			struct control_clients *clients);

/* The client may want a turn: it gets one in this iteration of the loop or a later one. */
void control_turns_want(struct control_turns *turns, const struct control_client *client);

/* No more turns. Idempotent. */
void control_turns_stop(struct control_turns *turns);
