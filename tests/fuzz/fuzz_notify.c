/* SPDX-License-Identifier: MIT */
/*
 * upstream/stratum/fast_parser and work: new work that is read where it lies is what json-c reads,
 * and the job that comes of it is whole.
 */
#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fuzz.h"
#include "upstream/stratum/message.h"
#include "upstream/stratum/work.h"

static bool same(const struct message_text *a, const struct message_text *b)
{
	return a->size == b->size && memcmp(a->data, b->data, a->size) == 0;
}

/* With one more key the fast parser does not take the line. */
static void check_quick(const struct message_notify *quick, const char *line)
{
	struct message slow = MESSAGE_NULL;
	const char *reason;
	size_t used;
	char *longer;

	assert(asprintf(&longer, "{\"\":0,%s", strchr(line, '{') + 1) > 0);
	assert(message_parse(&slow, longer, strlen(longer), &used, &reason) == MESSAGE_OK);
	assert(slow.root && slow.kind == MESSAGE_NOTIFY);
	assert(same(&quick->id, &slow.notify.id) && same(&quick->prevhash, &slow.notify.prevhash));
	assert(same(&quick->coinb1, &slow.notify.coinb1));
	assert(same(&quick->coinb2, &slow.notify.coinb2));
	assert(same(&quick->version, &slow.notify.version));
	assert(same(&quick->nbits, &slow.notify.nbits) && same(&quick->ntime, &slow.notify.ntime));
	assert(quick->clean == slow.notify.clean && quick->n_branches == slow.notify.n_branches);
	for (size_t i = 0; i < quick->n_branches; i++)
		assert(same(&quick->branches[i], &slow.notify.branches[i]));
	message_deinit(&slow);
	free(longer);
}

static void check_work(const struct message_notify *notify, size_t extranonce2_size)
{
	struct work_terms terms = {
		.extranonce1_size = 4,
		.extranonce2_size = extranonce2_size,
		.version_mask = UINT32_MAX,
	};
	struct job *job = NULL;
	const char *reason = NULL;

	work_set_difficulty(&terms, 1);
	if (work_from_notify(&job, notify, &terms, &reason) != WORK_OK)
		return;
	assert(job->extranonce2_size == extranonce2_size && job->coinbase_size <= JOB_COINBASE_MAX);
	assert(job->extranonce2_offset + job->extranonce2_size <= job->coinbase_size);
	assert((job->version & job->version_mask) == 0);
	job_unref(job);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct message message = MESSAGE_NULL;
	char *line = malloc(size + 1);
	const char *reason;
	size_t used;

	assert(line);
	memcpy(line, data, size);
	line[size] = 0;
	if (message_parse(&message, line, size, &used, &reason) == MESSAGE_OK &&
	    message.kind == MESSAGE_NOTIFY) {
		if (!message.root)
			check_quick(&message.notify, line);
		check_work(&message.notify, 1);
		check_work(&message.notify, JOB_EXTRANONCE2_MAX);
	}
	message_deinit(&message);
	free(line);
	return 0;
}
