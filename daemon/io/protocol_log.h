/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * Logs what is sent to a server and received from it, for those who watch a protocol at work
 * (option -P of minerd(8)): at level info, escaped, not limited in its rate. A caller masks
 * passwords. Io thread.
 */
#include <stddef.h>

enum { PROTOCOL_LOG_MAX = 768 /* characters that are logged of a line; a longer one is cut */ };

enum protocol_log_direction { PROTOCOL_LOG_SENT, PROTOCOL_LOG_RECEIVED };

/* What stands for a password. */
#define PROTOCOL_LOG_MASK "***"

/* A line of n bytes, with or without its end. pool: its name. */
void protocol_log(enum protocol_log_direction direction, const char *pool, const char *line,
		  size_t n);
