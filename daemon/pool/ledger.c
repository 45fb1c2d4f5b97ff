/* SPDX-License-Identifier: MIT */
#include "pool/ledger.h"

#include "common/clock.h"

void ledger_found(struct ledger *ledger, double difficulty)
{
	ledger->found++;
	if (difficulty > ledger->best_difficulty)
		ledger->best_difficulty = difficulty;
}

void ledger_accepted(struct ledger *ledger, uint64_t reply_ns)
{
	ledger->accepted++;
	aging_histogram_record(&ledger->submit_ns, reply_ns, clock_now());
}

void ledger_rejected(struct ledger *ledger, uint64_t reply_ns, enum reject reason)
{
	ledger->reasons[reason]++;
	if (reason == REJECT_STALE)
		ledger->stale++;
	else
		ledger->rejected++;
	aging_histogram_record(&ledger->submit_ns, reply_ns, clock_now());
}
