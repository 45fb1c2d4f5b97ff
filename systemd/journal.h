/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * The sink of common/log.h that writes to the systemd journal with the fields of each event:
 * MESSAGE, PRIORITY, SYSLOG_IDENTIFIER=minerd and what the event names, systemd.journal-fields(7).
 */
#include <stdbool.h>

#include "common/log.h"

enum { JOURNAL_ENTRY_MAX = 4096 /* bytes of the event's own fields; what does not fit is cut */ };

/* Whether stderr is a stream of the journal, $JOURNAL_STREAM of systemd.exec(5). */
bool journal_wanted(void);

/*
 * A log_sink_fn; it may block. The journal attributes lines on stderr to the unit even when it
 * reads them after the process has ended, which it cannot do for entries with fields. Therefore an
 * error without fields, such as the last message of a failed start, goes to stderr with its level
 * as in sd-daemon(3). So does every message that the journal's socket does not accept.
 */
void journal_sink(enum log_level level, const char *text, const struct log_field *fields);
