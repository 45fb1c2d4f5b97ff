/* SPDX-License-Identifier: MIT */
#pragma once

/* From one configuration of pools to the next, at the start and at a reload. Io thread. */
#include "pool/pools.h"

/*
 * Takes over the pools of conf (and leaves them empty there) and its failover settings. A pool
 * whose settings did not change keeps its connection and its counts; so does one of which only such
 * changed as a connection can take over (CONF_POOL_TUNED). trust was made of conf; new pools take
 * theirs over, the rest stays the caller's. Not after pools_stop().
 *
 * Returns how many pools of conf could not be made, each of which is logged: for want of memory, or
 * as too many removed pools are still closing. The pool of that name, if there was one, goes on
 * with its former settings.
 */
size_t pools_configure(struct pools *pools, struct conf *conf, struct pools_trust *trust);
