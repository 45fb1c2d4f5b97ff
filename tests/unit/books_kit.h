/* SPDX-License-Identifier: MIT */
#pragma once

/* What is left of the shares found when all that are booked under a heading are taken off. */
#include "pool/ledger.h"

static inline uint64_t books_in_flight(const struct ledger *ledger)
{
	return ledger->found - ledger->accepted - ledger->rejected - ledger->stale -
	       ledger->duplicate - ledger->unanswered - ledger->dropped;
}
