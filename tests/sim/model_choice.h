/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * The rules for what users want: the pools of the configuration and no others, a lost pool only
 * after failback_after, no more CPU time than the limit.
 */
#include <stdbool.h>
#include <stdint.h>

struct connection;
struct server;

/* The daemon starts, or has ended. */
void model_choice_begin(void);

/* A user calls a method; it is done, which was asked for at asked_ns. */
void model_choice_asked(const char *method, const char *parameters);
void model_choice_done(const char *method, const char *parameters, uint64_t asked_ns);

/* The daemon has read its configuration again; without some of it, for want of memory. */
void model_choice_reloaded(bool without);

/* The daemon logs a line. */
void model_choice_logged(const char *text);

/* A login is granted; a connection is closed. */
void model_choice_authorized(const struct server *server, const struct connection *connection,
			     const char *user);
void model_choice_closed(const struct server *server, const struct connection *connection);

/* The pool that a user has chosen by hand; NULL: none, as far as users can know. */
const struct server *model_choice_chosen(void);

/* To be called each few seconds. */
void model_choice_check(void);
