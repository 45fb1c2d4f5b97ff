/* SPDX-License-Identifier: MIT */
#include "upstream/node/reader.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "common/assert.h"
#include "common/cleanup.h"
#include "common/container.h"

static void reading_free(struct reading *reading)
{
	if (!reading)
		return;
	rpc_reply_deinit(&reading->reply);
	template_unref(reading->template);
	free(reading->body);
	free(reading);
}

static void reading_run(struct reading *reading)
{
	rpc_reply_read(&reading->reply, "getblocktemplate", reading->status, reading->body,
		       reading->size);
	free(TAKE(reading->body)); /* before the template needs as much again */
	if (reading->reply.outcome == RPC_RESULT)
		reading->template = template_read(reading->reply.result, reading->reader->sha256,
						  reading->reason);
	rpc_reply_deinit(&reading->reply);
}

static void reader_on_run(struct helper_task *task)
{
	reading_run(container_of(task, struct reading, task));
}

static void reader_on_drop(struct helper_task *task)
{
	reading_free(container_of(task, struct reading, task));
}

static void reader_start(struct reader *reader, struct reading *reading)
{
	int r = helper_start(&reader->helper, &reading->task);

	if (r == 0)
		return;
	/* Late is better than never. */
	reading_run(reading);
	reader->done(reader, reading);
	reading_free(reading);
}

static void reader_on_done(struct helper_task *task)
{
	struct reading *reading = container_of(task, struct reading, task);
	struct reader *reader = reading->reader;
	struct reading *next = TAKE(reader->next);

	if (next)
		reader_start(reader, next);
	if (!reader->stopping)
		reader->done(reader, reading);
	reading_free(reading);
	if (reader->stopping && !reader_busy(reader)) {
		reader->stopping = false;
		reader->stopped(reader);
	}
}

int reader_init(struct reader *reader, struct ring *ring,
		void (*done)(struct reader *reader, struct reading *reading),
		void (*stopped)(struct reader *reader))
{
	*reader = (struct reader){.sha256 = sha256_best(), .done = done, .stopped = stopped};
	return helper_init(&reader->helper, ring);
}

bool reader_deinit(struct reader *reader)
{
	reading_free(TAKE(reader->next));
	return helper_deinit(&reader->helper);
}

bool reader_read(struct reader *reader, const struct reading *about, char *body, size_t size)
{
	struct reading *reading = malloc(sizeof(*reading));

	assert(!reader->stopping && body);
	if (!reading) {
		free(body);
		return false;
	}
	*reading = *about;
	reading->task = (struct helper_task){
		.run = reader_on_run, .done = reader_on_done, .drop = reader_on_drop};
	reading->reader = reader;
	reading->body = body;
	reading->size = size;
	if (reader_busy(reader)) {
		reading->long_poll |= reader->next && reader->next->long_poll;
		reading_free(reader->next);
		reader->next = reading;
	} else if (size > READER_INLINE_MAX) {
		reader_start(reader, reading);
	} else {
		reading_run(reading);
		reader->done(reader, reading);
		reading_free(reading);
	}
	return true;
}

bool reader_busy(const struct reader *reader)
{
	return helper_busy(&reader->helper);
}

void reader_stop(struct reader *reader)
{
	reading_free(TAKE(reader->next));
	if (reader_busy(reader))
		reader->stopping = true;
	else
		reader->stopped(reader);
}
