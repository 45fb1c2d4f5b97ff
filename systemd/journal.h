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
 * A log_sink_fn; it may block. Lines on stderr, with the level as sd-daemon(3) writes it, are
 * attributed to the unit even when the journal reads them after the process has ended, which
 * entries with fields are not. So an error without fields, as the last words of a start that fails
 * are, goes there; and all others do where the journal's socket takes nothing.
 */
void journal_sink(enum log_level level, const char *text, const struct log_field *fields);
