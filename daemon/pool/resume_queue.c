/* SPDX-License-Identifier: MIT */
#include "pool/resume_queue.h"

#include "common/assert.h"
#include "common/cleanup.h"

void resume_queue_open(struct resume_queue *queue, struct job *last)
{
	assert(!queue->job);
	queue->job = job_ref(last);
}

bool resume_queue_add(struct resume_queue *queue, const struct share *share, bool sent)
{
	assert(queue->job && share->job->session == queue->job->session);
	if (queue->n == RESUME_QUEUE_MAX)
		return false;
	queue->shares[queue->n++] = (struct resume_share){*share, sent};
	job_ref(share->job);
	return true;
}

void resume_queue_close(struct resume_queue *queue)
{
	for (unsigned i = 0; i < queue->n; i++)
		job_unref(queue->shares[i].share.job);
	queue->n = 0;
	job_unref(TAKE(queue->job));
}
