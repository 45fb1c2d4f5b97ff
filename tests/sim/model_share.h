/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * The rules for shares of pools: what a worker found and the pool would accept reaches it, and the
 * daemon counts what became of each as the pools decided. One life of the daemon at a time.
 */
#include "miner/share.h"

struct connection;
struct judged;
struct server;

/* The daemon starts, or has ended. */
void model_share_begin(void);

/* A worker gives a share to the daemon. */
void model_share_found(const struct share *share);

/* A pool is connected to, got a share, or threw one away. */
void model_share_opened(struct server *server, const struct connection *connection);
void model_share_judged(struct server *server, const struct connection *connection,
			const struct judged *judged);
void model_share_lost(const struct server *server, const struct connection *connection);

/* To be called each few seconds, and before the daemon's counts are gone. */
void model_share_check(void);
