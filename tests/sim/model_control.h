/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * The rules for the control socket: each call of a user who may is answered, truly, and is obeyed;
 * who may not changes nothing; who does not read or call is closed.
 */
#include "client.h"
#include "model_node.h"

/* A run of the daemon begins: it is not paused. */
void model_control_begin(void);

/* A client calls its method. */
void model_control_asked(struct client *client);

/* It got a reply. true: another one follows. */
bool model_control_replied(struct client *client, const char *reply);

/* It leaves, or is closed. */
void model_control_left(struct client *client, bool closed);

/* A header is hashed, of a job. */
void model_control_hashed(void);

/* A node takes a block, the first of all nodes. */
void model_control_mined(const struct model_block *block);

/* How often Mine() was done, in this run of the daemon. */
unsigned model_control_mine_done(void);

/* To be called each few seconds. */
void model_control_check(void);

/* Whether workers are to hash, as far as users know who have called Pause() and the like. */
bool model_control_mines(void);

/* Whether no worker may hash. */
bool model_control_sleeps(void);
