/* SPDX-License-Identifier: MIT */
#pragma once

/* Whether replies of the daemon are true, by what the world knows. */
#include "client.h"

struct server;

void model_reply_begin(void);

/* Whether it is an error, and whether another one follows. */
bool model_reply_error(const char *reply);
bool model_reply_continues(const char *reply);

/* Of Status(), asked for at asked_ns; UINT64_MAX: long ago. */
void model_reply_status(const char *reply, uint64_t asked_ns);

/* Of Blocks(). */
void model_reply_blocks(const char *reply, uint64_t asked_ns);

/* Of Mine(), that is no error. */
void model_reply_mine(const struct client *client, const char *reply, bool more);

/* Whether the daemon may have ended by itself, after so many shares that were accepted. */
bool model_reply_ended(uint64_t shares);

/* To be called each few seconds; active: that the daemon mines on, or NULL. */
void model_reply_check(const struct server *active);
