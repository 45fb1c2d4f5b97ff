/* SPDX-License-Identifier: MIT */
/* Invariant: whether a job pays enough is settled in whole satoshi; fractions are only shown. */
#include "pool/payout.h"

#include <inttypes.h>
#include <stdio.h>

#include "bitcoin/coinbase.h"
#include "common/assert.h"
#include "common/log.h"
#include "systemd/ids.h"

enum { PAYOUT_DECIMALS = 6 /* of a part in CONF_PPM */, PAYOUT_PERCENT_MAX = 16 };

static const double payout_ppm_of_percent = CONF_PPM / 100.0;

/*
 * ppm * total / CONF_PPM, rounded up. In two parts, as the product has more than 64 bits: total is
 * at most COINBASE_MONEY_MAX, 51 bits.
 */
uint64_t payout_due(uint64_t total, unsigned ppm)
{
	uint64_t millions = total / CONF_PPM, rest = total % CONF_PPM;

	return ppm * millions + (ppm * rest + CONF_PPM - 1) / CONF_PPM;
}

/* paid / total in parts of CONF_PPM, a decimal at a time for the same reason. */
static unsigned payout_ppm(uint64_t paid, uint64_t total)
{
	uint64_t ppm, rest;

	if (!total)
		return 0;
	ppm = paid / total;
	rest = paid % total;
	for (unsigned i = 0; i < PAYOUT_DECIMALS; i++) {
		rest *= 10;
		ppm = ppm * 10 + rest / total;
		rest %= total;
	}
	return (unsigned)ppm;
}

/*
 * What is hashed differs from what is read here in extranonce2. If that lay within an output, a
 * pool could show one address here and have another one hashed.
 */
static bool payout_extranonce_apart(const struct coinbase *coinbase, const struct job *job)
{
	return job->extranonce2_offset >= coinbase->script_offset &&
	       job->extranonce2_offset + job->extranonce2_size <=
		       coinbase->script_offset + coinbase->script_size;
}

enum payout_verdict payout_judge(struct payout_judgement *ret, const struct address *address,
				 unsigned minimum_ppm, const struct job *job)
{
	struct coinbase coinbase;

	*ret = (struct payout_judgement){};
	ret->unreadable = coinbase_parse(&coinbase, job->coinbase, job->coinbase_size);
	if (!ret->unreadable && !payout_extranonce_apart(&coinbase, job))
		ret->unreadable = "extranonce2 lies outside of its input's script";
	if (ret->unreadable)
		return PAYOUT_SHORT;
	ret->total = coinbase.total;
	ret->paid = coinbase_paid(&coinbase, address->script, address->script_size);
	ret->ppm = payout_ppm(ret->paid, ret->total);
	return ret->paid && ret->paid >= payout_due(ret->total, minimum_ppm) ? PAYOUT_RIGHT
									     : PAYOUT_SHORT;
}

void payout_init(struct payout *payout, const struct conf_payout *conf)
{
	*payout = (struct payout){};
	if (conf->address)
		address_parse(&payout->address, conf->address);
}

static void payout_log_short(const struct conf_pool *conf, const char *percent, const char *reason)
{
	log_event(LOG_LEVEL_WARNING,
		  LOG_FIELDS({"MESSAGE_ID", ID_PAYOUT_SHORT}, {"MINERD_POOL", conf->name},
			     {"MINERD_ADDRESS", conf->payout.address}, {"MINERD_PERCENT", percent},
			     {"MINERD_REASON", reason}),
		  "pool %s: %s", conf->name, reason);
}

static void payout_log_right(const struct conf_pool *conf, const char *percent)
{
	log_event(LOG_LEVEL_INFO,
		  LOG_FIELDS({"MESSAGE_ID", ID_PAYOUT_RIGHT}, {"MINERD_POOL", conf->name},
			     {"MINERD_ADDRESS", conf->payout.address}, {"MINERD_PERCENT", percent}),
		  "pool %s: its coinbase pays %s %% to %s, as it should", conf->name, percent,
		  conf->payout.address);
}

bool payout_check(struct payout *payout, const struct conf_pool *conf, const struct job *job,
		  char reason[PAYOUT_REASON_MAX])
{
	const struct conf_payout *wanted = &conf->payout;
	struct payout_judgement judgement;
	enum payout_verdict verdict;
	char percent[PAYOUT_PERCENT_MAX];
	bool news;

	assert(wanted->address);
	verdict = payout_judge(&judgement, &payout->address, wanted->minimum_ppm, job);
	news = verdict != payout->verdict;
	payout->verdict = verdict;
	payout->ppm = judgement.ppm;
	snprintf(percent, sizeof(percent), "%.7g", judgement.ppm / payout_ppm_of_percent);
	if (verdict == PAYOUT_RIGHT) {
		if (news)
			payout_log_right(conf, percent);
		return true;
	}
	if (judgement.unreadable)
		snprintf(reason, PAYOUT_REASON_MAX,
			 "its coinbase cannot be read, so nobody knows whom it pays: %s",
			 judgement.unreadable);
	else
		snprintf(reason, PAYOUT_REASON_MAX,
			 "its coinbase pays %s %% (%" PRIu64 " of %" PRIu64
			 " satoshi) to %s, and %.7g %% is the least",
			 percent, judgement.paid, judgement.total, wanted->address,
			 wanted->minimum_ppm / payout_ppm_of_percent);
	if (news)
		payout_log_short(conf, percent, reason);
	return false;
}
