/* SPDX-License-Identifier: MIT */
/* The text decides before the code: servers agree on words more than on numbers. */
#include "upstream/stratum/reject_reason.h"

#include <ctype.h>
#include <stdbool.h>
#include <stddef.h>
#include <string.h>

#include "common/container.h"

static const struct {
	const char *part; /* of the text, in any case, from the beginning of a word on */
	enum reject reject;
} reject_reason_texts[] = {
	{"stale", REJECT_STALE},
	{"job not found", REJECT_STALE},
	{"jobid", REJECT_STALE},
	{"job id", REJECT_STALE},
	{"unknown job", REJECT_STALE},
	{"unknown-work", REJECT_STALE},
	{"old work", REJECT_STALE},
	{"duplicate", REJECT_DUPLICATE},
	{"low diff", REJECT_LOW_DIFFICULTY},
	{"difficulty", REJECT_LOW_DIFFICULTY},
	{"above target", REJECT_LOW_DIFFICULTY},
	{"high-hash", REJECT_LOW_DIFFICULTY},
	{"unauthorized", REJECT_UNAUTHORIZED},
	{"not authorized", REJECT_UNAUTHORIZED},
	{"not authorised", REJECT_UNAUTHORIZED},
	{"unauthorised", REJECT_UNAUTHORIZED},
	{"not authenticated", REJECT_UNAUTHORIZED},
	{"unauthenticated", REJECT_UNAUTHORIZED},
	{"not logged in", REJECT_UNAUTHORIZED},
	{"unknown worker", REJECT_UNAUTHORIZED},
	{"unknown user", REJECT_UNAUTHORIZED},
	{"worker mismatch", REJECT_UNAUTHORIZED},
	{"not subscribed", REJECT_NOT_SUBSCRIBED},
	{"ntime", REJECT_NTIME},
	{"time-too", REJECT_NTIME},
	{"version", REJECT_VERSION},
};

/* Whether part begins a word of text: "ntime" is not in "runtime". */
static bool reject_reason_mentions(const char *text, const char *part)
{
	for (const char *at = text; (at = strcasestr(at, part)); at++)
		if (at == text || !isalnum((unsigned char)at[-1]))
			return true;
	return false;
}

enum reject reject_reason(int64_t code, const char *text)
{
	for (size_t i = 0; i < ARRAY_SIZE(reject_reason_texts); i++)
		if (reject_reason_mentions(text, reject_reason_texts[i].part))
			return reject_reason_texts[i].reject;
	switch (code) {
	case 21:
		return REJECT_STALE;
	case 22:
		return REJECT_DUPLICATE;
	case 23:
		return REJECT_LOW_DIFFICULTY;
	case 24:
		return REJECT_UNAUTHORIZED;
	case 25:
		return REJECT_NOT_SUBSCRIBED;
	default:
		return REJECT_OTHER;
	}
}
