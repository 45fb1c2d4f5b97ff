/* SPDX-License-Identifier: MIT */
#include "pool/inflight.h"

#include "common/assert.h"
#include "common/cleanup.h"
#include "common/container.h"
#include "common/hot.h"

HOT_SHARE struct inflight_share *inflight_add(struct inflight *inflight, const struct share *share,
					      bool again)
{
	struct inflight_share *place;

	if (inflight->n == INFLIGHT_MAX)
		return NULL;
	do
		place = &inflight->place[inflight->next++ % INFLIGHT_MAX];
	while (place->share.job);
	*place = (struct inflight_share){*share, again};
	job_ref(share->job);
	inflight->n++;
	return place;
}

void inflight_take(struct inflight *inflight, const struct share *share, struct inflight_share *ret)
{
	struct inflight_share *place = container_of(share, struct inflight_share, share);

	assert(place >= inflight->place && place < inflight->place + INFLIGHT_MAX);
	assert(inflight->n && place->share.job);
	*ret = *place;
	place->share.job = NULL;
	inflight->n--;
}

struct inflight_share *inflight_next(struct inflight *inflight, struct inflight_share *after)
{
	struct inflight_share *place;
	unsigned i = 0;

	assert(!after || (after >= inflight->place && after < inflight->place + INFLIGHT_MAX));
	/* The place that is used next has been used for longest. */
	if (after)
		i = ((unsigned)(after - inflight->place) - inflight->next) % INFLIGHT_MAX + 1;
	for (; inflight->n && i < INFLIGHT_MAX; i++) {
		place = &inflight->place[(inflight->next + i) % INFLIGHT_MAX];
		if (place->share.job)
			return place;
	}
	return NULL;
}

void inflight_remove(struct inflight *inflight, struct inflight_share *share)
{
	assert(inflight->n && share->share.job);
	job_unref(TAKE(share->share.job));
	inflight->n--;
}
