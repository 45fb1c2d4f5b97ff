/* SPDX-License-Identifier: MIT */
#pragma once

/* The configuration of the simulated daemon: what it says, and as text. */
#include <stdbool.h>
#include <stddef.h>

#include "server.h"

enum {
	SETTINGS_TEXT_MAX = 8192,
	SETTINGS_STATE_INTERVAL = 60, /* s */
};

struct settings {
	unsigned order[SERVER_MAX]; /* servers by priority */
	unsigned n;
	unsigned users[SERVER_MAX]; /* number of the user at each server */
	unsigned workers;
	unsigned standby, failback_after, backoff_max, job_timeout, reply_timeout, max_rejects;
	bool version_rolling, extranonce_subscribe, session_resume;
	unsigned share_interval;
	unsigned stop_blocks, stop_shares; /* stop_after; 0: no limit */
	char text[SETTINGS_TEXT_MAX];
};

void settings_choose(struct settings *settings, unsigned n_servers);

/* When the daemon is to stop by itself, or that it is not. */
void settings_choose_end(struct settings *settings);

/* Some of it becomes different. */
void settings_change(struct settings *settings, unsigned n_servers);

/* Writes the text and makes it the daemon's file. */
void settings_write(struct settings *settings, const struct server *servers);
