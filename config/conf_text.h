/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * A configuration file with its @include files put in place, as one text for libconfig, and where
 * each of its lines came from. Doing this here and not in libconfig makes paths relative to the
 * file that names them, gives every message its file, and keeps libconfig 1.5 from cutting large
 * numbers to 32 bits without a word. Internal to config/; one thread.
 */
#include <stddef.h>

#include "config/conf.h"

enum {
	CONF_FILES_MAX = 32,	     /* files read for one configuration */
	CONF_DEPTH_MAX = 8,	     /* of @include within @include */
	CONF_SIZE_MAX = 1024 * 1024, /* bytes of all files together */
	CONF_MESSAGE_MAX = 1024,     /* characters of one error */
	CONF_PATH_MAX = 1023,	     /* characters */
};

struct conf_origin {
	const char *file; /* one of conf_text.files */
	unsigned line;	  /* from 1 on */
};

struct conf_text {
	char *text;
	size_t size, room;
	struct conf_origin *origins; /* of each line of text */
	size_t n_lines, lines_room;
	char *files[CONF_FILES_MAX];
	size_t n_files;
	bool incomplete; /* a file could not be read: what is missing may have been in it */
	bool unfinished; /* a text or comment has no end: libconfig is not asked, as it would leak
			  */
};

#define CONF_TEXT_NULL ((struct conf_text){})

/* Mistakes go to errors; the text holds whatever could be read. Negative errno: no memory. */
int conf_text_load(struct conf_text *text, const char *file, struct conf_errors *errors);

void conf_text_deinit(struct conf_text *text);

/* Where line (from 1 on) of the text came from. */
struct conf_origin conf_text_origin(const struct conf_text *text, unsigned line);

/* Adds "FILE:LINE: message" (without LINE when it is 0). Negative errno: no memory. */
int conf_error(struct conf_errors *errors, struct conf_origin origin, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

/* Reads a file of at most max bytes whole; *ret ends with a NUL. Negative errno; -EFBIG. */
int conf_read_whole(char **ret, size_t *ret_size, const char *file, size_t max);
