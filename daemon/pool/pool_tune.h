/* SPDX-License-Identifier: MIT */
#pragma once

/* What changes a pool from outside: settings of a reload, and the hash rate. Io thread only. */
#include "pool/pool.h"

/*
 * Takes over settings that differ from its own in nothing, or in such alone as a connection can
 * take over (CONF_POOL_TUNED); leaves conf empty.
 */
void pool_tune(struct pool *pool, struct conf_pool *conf);

/* The hash rate of the workers, whenever it changes: with share_interval it makes a difficulty. */
void pool_set_rate(struct pool *pool, double rate);
