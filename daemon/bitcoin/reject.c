/* SPDX-License-Identifier: MIT */
#include "bitcoin/reject.h"

static const char *const reject_names[REJECT_N] = {
	[REJECT_STALE] = "stale",
	[REJECT_DUPLICATE] = "duplicate",
	[REJECT_LOW_DIFFICULTY] = "low-difficulty",
	[REJECT_UNAUTHORIZED] = "unauthorized",
	[REJECT_NOT_SUBSCRIBED] = "not-subscribed",
	[REJECT_NTIME] = "ntime",
	[REJECT_VERSION] = "version",
	[REJECT_OTHER] = "other",
};

const char *reject_name(enum reject reject)
{
	return reject_names[reject];
}
