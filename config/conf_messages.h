/* SPDX-License-Identifier: MIT */
#pragma once

/* Collects errors and warnings, in the order of their lines. For config/, and what completes it. */
#include "config/conf.h"

enum { CONF_MESSAGE_MAX = 1024 /* bytes of one message */ };

/* The place of a setting. */
struct conf_place {
	const char *file;
	unsigned line;	/* of file, from 1 on; 0: the file as a whole */
	unsigned order; /* of the configuration with its included files in place */
};

/* Escapes control characters as \xNN. Negative errno: allocation failure. */
int conf_messages_add(struct conf_messages *messages, enum conf_severity severity,
		      struct conf_place place, const char *format, ...)
	__attribute__((format(printf, 4, 5)));
