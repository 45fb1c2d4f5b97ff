/* SPDX-License-Identifier: MIT */
#pragma once

/* The rules for what a node is asked, and how often: templates, long polls, calls. */
#include "bitcoind.h"

struct server;

void model_ask_begin(void);

/* It is called. */
void model_ask_called(struct bitcoind *node);

/* A long poll begins with that id. */
void model_ask_polled(const struct bitcoind *node, const char *id);

/* It took a block, which makes it the best one, and says so. */
void model_ask_took(struct bitcoind *node);

/* To be called each few seconds; active: that the daemon mines on, or NULL. */
void model_ask_check(const struct server *active);
