/* SPDX-License-Identifier: MIT */
#pragma once

/* The state of the daemon in one line, for `systemctl status` and the log. Io thread. */
#include "status/status_source.h"

enum { STATUS_LINE_MAX = 256 /* bytes, including the NUL */ };

/* Hash rate, pool and shares; or why there is no pool. What does not fit is cut off. */
void status_line(const struct status_source *source, char ret[STATUS_LINE_MAX]);
