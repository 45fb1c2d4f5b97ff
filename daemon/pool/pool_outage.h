/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * An outage of a pool: from the first failure to real progress. A pool that fails over and over
 * does not fill the log: the first POOL_OUTAGE_WARNINGS failures of an outage for different reasons
 * are warnings, and so are then the POOL_OUTAGE_EVERY-th of those suppressed since, and one an
 * hour, each with the number of those suppressed; the rest is logged at level debug. Io thread.
 */
#include <stdbool.h>
#include <stdint.h>

enum {
	POOL_OUTAGE_WARNINGS = 5,
	POOL_OUTAGE_EVERY = 10,
	POOL_OUTAGE_LOGINS = 3, /* that are logged at level info */
	POOL_OUTAGE_HOUR = 3600,
	POOL_OUTAGE_REASON_MAX = 512,
};

/* Zeroed: there is none. */
struct pool_outage {
	uint64_t since_ns; /* 0: there is none */
	unsigned failures; /* losses and attempts that came to nothing */
	unsigned logins;   /* that came to nothing, or not yet to anything */
	unsigned warnings, summaries, suppressed;
	uint64_t logged_ns;
	char reason[POOL_OUTAGE_REASON_MAX]; /* logged last */
};

/* Whether a failure for that reason is a warning. */
bool pool_outage_warns(const struct pool_outage *outage, const char *reason);

/* It was one; or it was suppressed. */
void pool_outage_warned(struct pool_outage *outage, const char *reason);
void pool_outage_suppressed(struct pool_outage *outage);

/* Whether a login, or what comes of it, is logged at level info: not once there were many. */
bool pool_outage_logs_login(const struct pool_outage *outage);
