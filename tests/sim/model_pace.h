/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * The rules for attempts: a pool that refused a login rests for half of backoff_max at least, and
 * attempts that come to nothing become as rare as backoff_max says.
 */
struct connection;
struct server;

/* The daemon starts: it knows of no attempt. */
void model_pace_started(void);

/* It has read its configuration, or tries everything anew for a user. */
void model_pace_begin(void);

/* The daemon tries to log in at a node, or connects to a pool. */
void model_pace_attempt(const struct server *server);

/* The daemon logs a line. What it disconnects itself it may ask again soon. */
void model_pace_logged(const char *text);

/* A pool is connected to; a login is granted, or refused; a connection is closed. */
void model_pace_opened(const struct server *server, const struct connection *connection);
void model_pace_authorized(const struct server *server);
void model_pace_refused(const struct server *server);
void model_pace_closed(const struct server *server, const struct connection *connection);
