/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * What no miner can avoid, as what it sent and what the pool said, or did, crossed; and what it
 * cannot know. Each as narrow as its cause.
 */
#include <stdbool.h>

struct connection;
struct judged;
struct server;

/* A share that was refused. */
bool excuse_share(const struct server *server, const struct connection *connection,
		  const struct judged *judged);

/* A breach of what tests/pool demands of a miner, by the text that it has for it. */
bool excuse_breach(const struct server *server, const char *what);
