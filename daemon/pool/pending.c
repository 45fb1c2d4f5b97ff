/* SPDX-License-Identifier: MIT */
#include "pool/pending.h"

#include "common/cleanup.h"

void pending_open(struct pending *pending, struct job *last)
{
	pending->session = last->session;
	pending->job = job_ref(last);
}

bool pending_add(struct pending *pending, const struct share *share, bool sent)
{
	if (pending->n == PENDING_MAX)
		return false;
	pending->shares[pending->n++] = (struct pending_share){*share, sent};
	job_ref(share->job);
	return true;
}

void pending_close(struct pending *pending)
{
	for (unsigned i = 0; i < pending->n; i++)
		job_unref(pending->shares[i].share.job);
	pending->n = 0;
	pending->session = 0;
	job_unref(TAKE(pending->job));
}
