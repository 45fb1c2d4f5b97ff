/* SPDX-License-Identifier: MIT */
#pragma once

/* The state of the daemon as the control socket's Status() replies it. Io thread. */
#include <stddef.h>
#include <stdint.h>

#include "common/json_writer.h"
#include "status/status_source.h"

/* The text written last. */
struct status {
	struct json_writer writer;
	uint64_t written_ns; /* clock_now(); 0: there is no text */
};

#define STATUS_NULL ((struct status){.writer = JSON_WRITER_NULL})

void status_deinit(struct status *status);

/* "mining" */
const char *status_state_name(enum status_state state);

/*
 * The reply of Status(), as JSON of *ret_size bytes: at most age_ns old, so that many clients that
 * ask at once share one text. It lives until the next call. NULL on allocation failure; the next
 * call tries again.
 */
const char *status_json(struct status *status, const struct status_source *source, uint64_t age_ns,
			size_t *ret_size);
