/* SPDX-License-Identifier: MIT */
#pragma once

/* The rule for the log: it stays short enough to be read; and what it said. */

void model_log_begin(void);

/* The daemon logs a line. */
void model_log_line(int level, const char *text);

/* Lines that contain a text; it must be watched for, model_log.c. */
unsigned model_log_lines_with(const char *text);
