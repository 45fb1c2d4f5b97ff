/* SPDX-License-Identifier: MIT */
#pragma once

/* When the daemon has done what it was started for: minerd.conf(5), STOP AFTER. Pure. */
#include <stdbool.h>
#include <stdint.h>

#include "config/conf.h"
#include "pool/share_stats.h"

enum { STOP_AFTER_TEXT = 64 /* bytes of a reason, and its NUL */ };

/*
 * Whether a limit is reached; ret says which, as in "1 block accepted". stats: of all pools since
 * the start, which was age_ns ago.
 */
bool stop_after_reached(char ret[STOP_AFTER_TEXT], const struct conf_stop_after *limits,
			const struct share_stats *stats, uint64_t age_ns);
