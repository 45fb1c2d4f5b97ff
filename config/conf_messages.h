/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * Collects what is to be said about a configuration, in the order of its lines. Internal to
 * config/.
 */
#include "config/conf.h"

enum { CONF_MESSAGE_MAX = 1024 /* bytes of one message */ };

/* Where something stands. */
struct conf_place {
	const char *file;
	unsigned line;	/* of file, from 1 on; 0: the file as a whole */
	unsigned order; /* of the configuration with its included files in place */
};

/* Control characters in the text are shown as \xNN. Negative errno: no memory. */
int conf_messages_add(struct conf_messages *messages, enum conf_severity severity,
		      struct conf_place place, const char *format, ...)
	__attribute__((format(printf, 4, 5)));
