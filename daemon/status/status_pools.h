/* SPDX-License-Identifier: MIT */
#pragma once

/* The pools in the status object. Io thread. */
#include "common/json_writer.h"
#include "pool/pools.h"

/* Writes the member "pools", the list of all pools by priority. now: clock_now(). */
void status_pools(struct json_writer *object, const struct pools *pools, uint64_t now);
