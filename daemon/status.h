/* SPDX-License-Identifier: MIT */
#pragma once

/* The daemon's state: as the control socket's Status() tells it, and in one line. Io thread. */
#include <stddef.h>
#include <stdint.h>

#include "common/json_writer.h"

enum { STATUS_LINE_MAX = 256 };

struct minerd;

/* The last text that was written. */
struct status {
	struct json_writer writer;
	uint64_t written_ns; /* clock_now(); 0: there is none */
};

#define STATUS_NULL ((struct status){.writer = JSON_WRITER_NULL})

void status_deinit(struct status *status);

/*
 * What Status() replies, as JSON of *ret_size bytes: at most age_ns old, so that many who ask at
 * once share one text. It lives until the next call. NULL on allocation failure; the next call
 * tries again.
 */
const char *status_json(struct minerd *minerd, uint64_t age_ns, size_t *ret_size);

/* One line for `systemctl status` and the journal: hash rate, pool, shares. */
void status_line(struct minerd *minerd, char ret[STATUS_LINE_MAX]);
