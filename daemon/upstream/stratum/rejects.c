/* SPDX-License-Identifier: MIT */
#include "upstream/stratum/rejects.h"

#include "common/clock.h"

void rejects_count(struct rejects *rejects, const struct share_answer *answer,
		   const struct rejects_share *share)
{
	if (!answer->rejected) {
		*rejects = (struct rejects){};
		return;
	}
	if (answer->reason == REJECT_UNAUTHORIZED || answer->reason == REJECT_NOT_SUBSCRIBED)
		rejects->login++;
	else if (share->meets_job)
		rejects->login = 0;
	if (share->again || !share->meets_job)
		return;
	rejects->newest += share->newest;
	if (rejects->any++ == 0)
		rejects->since_ns = answer->received_ns;
	rejects->last_ns = answer->received_ns;
}

enum rejects_verdict rejects_judge(const struct rejects *rejects,
				   const struct conf_failover *limits)
{
	if (rejects->login >= REJECTS_LOST_LOGIN)
		return REJECTS_LOGIN_LOST;
	if (rejects->newest >= limits->max_rejects)
		return REJECTS_TOO_MANY;
	/* Up to the last that counts: those that crossed one block came at once, long ago perhaps.
	 */
	if (rejects->any >= limits->max_rejects &&
	    rejects->last_ns - rejects->since_ns >= limits->reply_timeout * CLOCK_S)
		return REJECTS_TOO_MANY;
	return REJECTS_TOLERATED;
}
