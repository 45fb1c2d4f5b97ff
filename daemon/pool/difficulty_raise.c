/* SPDX-License-Identifier: MIT */
#include "pool/difficulty_raise.h"

#include "common/assert.h"
#include "common/clock.h"

bool difficulty_raise_learn(struct difficulty_raise *raise, bool accepted, uint64_t now)
{
	bool at_once;

	raise->rejects = accepted ? 0 : raise->rejects + 1;
	at_once = raise->rejects >= DIFFICULTY_RAISE_REJECTS || (raise->at_once && !accepted);
	if (at_once == raise->at_once)
		return false;
	raise->at_once = at_once;
	raise->probe_ns = now;
	return true;
}

bool difficulty_raise_holds_back(struct difficulty_raise *raise, uint64_t now)
{
	assert(raise->at_once);
	if (now - raise->probe_ns < DIFFICULTY_RAISE_PROBE * CLOCK_S)
		return true;
	raise->probe_ns = now;
	return false;
}
