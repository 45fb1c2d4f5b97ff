/* SPDX-License-Identifier: MIT */
#pragma once

/* The network in the status object, as the active pool's job shows it. Io thread. */
#include "common/json_writer.h"
#include "status/status_source.h"

/* Writes "network" of the active pool; null: there is none, or it has no job. */
void status_network(struct json_writer *object, const struct status_source *source);

/* Writes "network_difficulty", "height" and "chain" of a pool. */
void status_network_of_pool(struct json_writer *object, const struct pool *pool);

/*
 * Writes "luck_percent" of the shares: those found, in percent of what the hashes lead to on
 * average. null: nothing was hashed, or shares are not all counted.
 */
void status_luck(struct json_writer *object, const struct status_source *source);
